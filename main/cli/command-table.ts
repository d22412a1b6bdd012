/**
 * Every command: its syntax, its help, and the module that does it, which is loaded when it is called. The parser,
 * the help and the shell completion are made from this table.
 */
import { settings, settingNames, type SettingName } from '../core/config/settings';
import { toText } from '../core/config/text';
import type { Cli } from './context';

export interface OptionSyntax {
  /** As commander writes it: `-f, --follow`, `--lines <n>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** What the shell completes its value with. */
  readonly completes?: 'folder' | 'file';
}

export interface ArgumentSyntax {
  /** `<required>`, `[optional]`, `[many...]` */
  readonly name: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly completes?: 'file';
}

/** Runs a command and returns the exit status. */
export type Run = (cli: Cli, options: never, args: readonly string[]) => Promise<number>;

export interface CommandSyntax {
  readonly name: string;
  readonly description: string;
  readonly details?: string;
  readonly arguments?: readonly ArgumentSyntax[];
  readonly options?: readonly OptionSyntax[];
  readonly examples: readonly (readonly [command: string, what: string])[];
  readonly run?: () => Promise<{ readonly run: Run }>;
  readonly commands?: readonly CommandSyntax[];
}

const json: OptionSyntax = { flags: '--json', description: 'print the result as JSON' };
const yes: OptionSyntax = { flags: '-y, --yes', description: 'do not ask' };

/** An option that is a setting for this one call. */
const setting = (key: SettingName, flags: string): OptionSyntax => {
  const { description, choices, default: value } = settings[key];
  const text = description.replace(/\.$/, '').replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
  return {
    flags,
    description: value === null ? text : `${text} (default: ${toText(key, value)})`,
    ...(choices === undefined ? {} : { choices }),
  };
};
const wait = setting('wait', '--wait <what>');
const timeout = setting('timeout', '--timeout <time>');

const key: ArgumentSyntax = {
  name: '<key>',
  description: 'a setting, e.g. memory or k3s.version',
  choices: settingNames,
};
const userFile: OptionSyntax = { flags: '--user', description: "the user's file instead of the project's" };

export const globalOptions: readonly OptionSyntax[] = [
  {
    flags: '--project <folder>',
    description: 'project folder (default: found from here upwards)',
    completes: 'folder',
  },
  { flags: '--name <vm>', description: 'name of the VM' },
  {
    flags: '--connection <uri>',
    description: 'libvirt connection: auto, qemu:///system, qemu:///session',
    choices: ['auto', 'qemu:///system', 'qemu:///session'],
  },
  { flags: '--progress <kind>', description: 'auto, plain, json or none', choices: ['auto', 'plain', 'json', 'none'] },
  { flags: '-q, --quiet', description: 'print results and errors only' },
  { flags: '-v, --verbose', description: 'print every virsh call' },
];

export const commandTable: readonly CommandSyntax[] = [
  {
    name: 'setup',
    description: 'make the VM and its cluster, or finish an interrupted setup',
    options: [
      setting('cpus', '--cpus <n>'),
      setting('memory', '--memory <size>'),
      setting('disk', '--disk <size>'),
      setting('k3s.version', '--k3s-version <version>'),
      { ...setting('image', '--image <image>'), completes: 'file' },
      setting('imageDigest', '--image-digest <digest>'),
      setting('network', '--network <name>'),
      setting('pool', '--pool <name>'),
      setting('acceleration', '--acceleration <kind>'),
      wait,
      timeout,
      { flags: '--dry-run', description: 'print what would be made, and make nothing' },
      {
        flags: '--install-deps',
        description: 'install what is missing on this host first (shows the commands and asks)',
      },
      yes,
      json,
    ],
    examples: [
      ['setup', 'with the settings of the project'],
      ['setup --cpus 4 --memory 8GiB', 'a larger VM'],
      ['setup --k3s-version v1.33', 'the newest K3s 1.33'],
      ['setup --dry-run', 'look first'],
    ],
    run: () => import('./commands/setup'),
  },
  {
    name: 'start',
    description: 'start the VM and wait for the cluster',
    details: 'A VM that was saved goes on where it was.',
    options: [
      { flags: '--discard-saved', description: 'boot, even where there is a saved state' },
      wait,
      timeout,
      json,
    ],
    examples: [
      ['start', ''],
      ['start --wait none', 'do not wait for Kubernetes'],
    ],
    run: () => import('./commands/start'),
  },
  {
    name: 'stop',
    description: 'shut the VM down, or save it to disk; the cluster is kept',
    details: 'Which of the two it does without --save or --shutdown says the setting stopMode.',
    options: [
      { flags: '--save', description: 'save it to disk: start goes on where it was, within seconds' },
      { flags: '--shutdown', description: 'shut it down' },
      { flags: '-f, --force', description: 'cut the power instead of asking the guest' },
      setting('stopTimeout', '--timeout <time>'),
      json,
    ],
    examples: [
      ['stop', ''],
      ['stop --timeout 2m', 'give the guest longer'],
      ['stop --save', 'to go on in seconds'],
      ['stop --force', 'when it does not listen'],
    ],
    run: () => import('./commands/stop'),
  },
  {
    name: 'suspend',
    description: 'save the VM to disk; the same as stop --save',
    options: [
      {
        flags: '--when-idle <time>',
        description: 'wait until it has been without traffic for as long (qemu:///system)',
      },
      json,
    ],
    examples: [
      ['suspend', ''],
      ['suspend --when-idle 30m', 'once; the setting autoSuspend does it after every start'],
    ],
    run: () => import('./commands/suspend'),
  },
  {
    name: 'resume',
    description: 'go on with a VM that was saved or paused',
    options: [wait, timeout, json],
    examples: [['resume', '']],
    run: () => import('./commands/resume'),
  },
  {
    name: 'restart',
    description: 'stop and start the VM',
    options: [{ flags: '-f, --force', description: 'cut the power instead of asking the guest' }, wait, timeout, json],
    examples: [['restart', '']],
    run: () => import('./commands/restart'),
  },
  {
    name: 'reset',
    description: 'delete the VM, its disks and the cluster in it',
    details: 'Asks first. Settings (k3s-vm.yaml) and downloads stay.',
    options: [yes, { flags: '--recreate', description: 'set up a fresh one afterwards' }, wait, timeout, json],
    examples: [
      ['reset', ''],
      ['reset --recreate --yes', 'start over, in a script'],
      ['reset --name k3s-old-1a2b3c', 'the VM of a folder that is gone'],
    ],
    run: () => import('./commands/reset'),
  },
  {
    name: 'status',
    description: 'show the state and health of the cluster',
    details: 'Exit status: 0 healthy, 3 running but not healthy, 4 stopped, 5 absent.',
    options: [
      json,
      { flags: '-w, --watch', description: 'again every 2 seconds, until Ctrl-C' },
      { flags: '--brief', description: 'one line, and the command that helps' },
    ],
    examples: [
      ['status', ''],
      ['status --watch', ''],
      ['status --json', 'for scripts'],
    ],
    run: () => import('./commands/status'),
  },
  {
    name: 'logs',
    description: 'print a log of the VM',
    options: [
      {
        flags: '-s, --source <log>',
        description: 'k3s (default), cloud-init, console or operations',
        choices: ['k3s', 'cloud-init', 'console', 'operations'],
      },
      { flags: '-f, --follow', description: 'go on printing, until Ctrl-C' },
      { flags: '-n, --lines <n>', description: 'the last lines only' },
    ],
    examples: [
      ['logs -f', 'follow K3s'],
      ['logs --source console -n 50', 'the last words of the VM'],
    ],
    run: () => import('./commands/logs'),
  },
  {
    name: 'shell',
    description: 'open a shell in the VM, or run a command there',
    arguments: [{ name: '[command...]', description: 'what to run, after --' }],
    examples: [
      ['shell', ''],
      ['shell -- sudo k3s crictl ps', 'one command'],
    ],
    run: () => import('./commands/shell'),
  },
  {
    name: 'kubeconfig',
    description: "print the path of the project's kubeconfig, or its content",
    options: [
      { flags: '--path', description: 'print the path (default)' },
      { flags: '--print', description: 'print the content' },
      { flags: '--refresh', description: 'regenerate it from the VM first' },
    ],
    examples: [
      ['kubeconfig', ''],
      ['kubeconfig --print > /tmp/config', 'a copy'],
    ],
    run: () => import('./commands/kubeconfig'),
  },
  {
    name: 'list',
    description: 'list all clusters on this connection, of every project',
    options: [json],
    examples: [['list', '']],
    run: () => import('./commands/list'),
  },
  {
    name: 'dashboard',
    description: 'open the dashboard: its window, or with --web a page in the browser',
    details:
      'Without Electron (ELECTRON_OVERRIDE_DIST_PATH, "electron" on PATH) or without a display it opens the page. The page is served on 127.0.0.1 until Ctrl-C; its link opens it in one browser tab.',
    options: [
      { flags: '--web', description: 'serve it to a browser' },
      { flags: '--port <port>', description: 'port of the page on 127.0.0.1 (default: a free one)' },
      { flags: '--no-open', description: 'print the link and open nothing' },
      { flags: '--hidden', description: 'begin in the tray' },
      { flags: '--json', description: 'print the link as JSON' },
    ],
    examples: [
      ['dashboard', ''],
      ['dashboard --web --no-open', 'for an SSH session'],
    ],
    run: () => import('./commands/dashboard'),
  },
  {
    name: 'doctor',
    description: 'check this host, and say how to fix what is wrong',
    options: [
      {
        flags: '--fix',
        description: 'do the safe fixes: start the daemon; define, start or move the network, turn off its STP',
      },
      json,
    ],
    examples: [
      ['doctor', ''],
      ['doctor --fix', ''],
    ],
    run: () => import('./commands/doctor'),
  },
  {
    name: 'cache',
    description: 'show and manage downloads and golden images',
    examples: [
      ['cache list', ''],
      ['cache import ~/Downloads/debian-12-genericcloud-amd64.qcow2', 'on a machine without internet'],
    ],
    commands: [
      {
        name: 'list',
        description: 'list what was downloaded, and the golden images',
        options: [json],
        examples: [['cache list', '']],
        run: () => import('./commands/cache-list'),
      },
      {
        name: 'prune',
        description: 'delete unfinished, outdated and long unused downloads, and golden images no VM stands on',
        options: [{ flags: '--all', description: 'everything that is not in use' }, json],
        examples: [
          ['cache prune', ''],
          ['cache prune --all', 'start over with downloads'],
        ],
        run: () => import('./commands/cache-prune'),
      },
      {
        name: 'import',
        description: 'take in files that were downloaded elsewhere',
        details:
          'Guest images, k3s, install.sh, airgap images, or a folder of them. Digest lists beside them are checked.',
        arguments: [{ name: '<path...>', description: 'files or folders', completes: 'file' }],
        options: [
          {
            flags: '--as <what>',
            description:
              "what a file is, if its name does not tell: debian-12, debian-13, an image's URL, k3s, airgap-images or install.sh",
            choices: ['debian-12', 'debian-13', 'k3s', 'airgap-images', 'install.sh'],
          },
          { flags: '--k3s-version <version>', description: 'exact K3s version of the files, e.g. v1.33.4+k3s1' },
          { flags: '--arch <arch>', description: "amd64 or arm64, if not this machine's", choices: ['amd64', 'arm64'] },
          json,
        ],
        examples: [
          ['cache import debian-12-genericcloud-amd64.qcow2', ''],
          ['cache import ./v1.33.4+k3s1', 'all files of a K3s release'],
        ],
        run: () => import('./commands/cache-import'),
      },
    ],
  },
  {
    name: 'config',
    description: 'show and change settings',
    examples: [
      ['config show', 'all settings and where they come from'],
      ['config set memory 8GiB', 'for this project'],
    ],
    commands: [
      {
        name: 'show',
        description: 'show settings, their values and where they come from',
        arguments: [{ name: '[key]', description: 'a setting or a group, e.g. k3s', choices: settingNames }],
        options: [json],
        examples: [
          ['config show', ''],
          ['config show k3s', ''],
        ],
        run: () => import('./commands/config-show'),
      },
      {
        name: 'get',
        description: 'print one value',
        arguments: [key],
        examples: [['config get memory', '']],
        run: () => import('./commands/config-get'),
      },
      {
        name: 'set',
        description: 'change a setting in k3s-vm.yaml',
        arguments: [key, { name: '<value>', description: 'its value' }],
        options: [userFile],
        examples: [
          ['config set memory 8GiB', ''],
          ['config set k3s.disable traefik,servicelb', ''],
          ['config set --user connection qemu:///session', 'for all projects'],
        ],
        run: () => import('./commands/config-set'),
      },
      {
        name: 'unset',
        description: 'remove a setting from k3s-vm.yaml',
        arguments: [key],
        options: [userFile],
        examples: [['config unset memory', '']],
        run: () => import('./commands/config-unset'),
      },
      {
        name: 'path',
        description: 'print the path of the configuration file',
        options: [userFile],
        examples: [['config path', '']],
        run: () => import('./commands/config-path'),
      },
    ],
  },
  {
    name: 'version',
    description: 'print the version',
    options: [json],
    examples: [['version', '']],
    run: () => import('./commands/version'),
  },
  {
    name: 'completion',
    description: 'print shell completion',
    arguments: [{ name: '<shell>', description: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/k3s-vm', ''],
      ['completion zsh > ~/.zfunc/_k3s-vm', 'with fpath+=~/.zfunc before compinit'],
      ['completion fish > ~/.config/fish/completions/k3s-vm.fish', ''],
    ],
    run: () => import('./commands/completion'),
  },
];
