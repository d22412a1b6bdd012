/**
 * Every command: its syntax and its help. The parser, the help, shell completion and docs/commands.md are made from this
 * table; commands/index.ts has the module that runs each.
 */
import { settings, settingNames, valuesOf, type SettingGroup, type SettingName } from '../core/config/settings';
import { defaultText } from '../core/config/text';

export interface OptionSyntax {
  /** As commander writes it: `-f, --follow`, `--lines <n>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** What the shell completes its value with. */
  readonly completes?: 'folder' | 'file';
  /** The setting that it sets for this call: to `value`, else to its argument. */
  readonly sets?: { readonly key: SettingName; readonly value?: string };
}

export interface ArgumentSyntax {
  /** `<required>`, `[optional]`, `[many...]` */
  readonly name: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly completes?: 'file';
}

/** Command lines without the program's name, and what each is for; '' where that is plain. */
export type Examples = readonly (readonly [command: string, what: string])[];

export interface CommandSyntax {
  readonly name: string;
  readonly description: string;
  readonly details?: string;
  readonly arguments?: readonly ArgumentSyntax[];
  readonly options?: readonly OptionSyntax[];
  readonly examples: Examples;
  readonly commands?: readonly CommandSyntax[];
}

const json: OptionSyntax = { flags: '--json', description: 'print the result as JSON' };
const yes: OptionSyntax = { flags: '-y, --yes', description: 'do not ask' };

/** The first sentence of a setting's description, as options are described: `virtual CPUs (default: 2)`. */
function inShort(key: SettingName): string {
  const [sentence = ''] = settings[key].description.split('. ');
  const text = sentence.replace(/\.$/, '').replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
  return `${text} (default: ${defaultText(key)})`;
}

/** The flag of a setting: it holds for this one call. */
const setting = (key: SettingName): readonly OptionSyntax[] => {
  const { flag, kind } = settings[key];
  const choices = valuesOf(key);
  return flag === undefined
    ? []
    : [
        {
          flags: flag,
          description: inShort(key),
          sets: { key },
          ...(choices === undefined ? {} : { choices }),
          ...(kind === 'image' ? { completes: 'file' } : {}),
        },
      ];
};

/** Settings that say which VM a command is about. */
const ofEveryCommand: readonly SettingName[] = ['name', 'connection'];
/** What a VM is made from. */
const ofSetup: readonly SettingGroup[] = ['vm', 'k3s', 'image', 'network', 'storage'];
const setupSettings = settingNames.filter(
  (key) => ofSetup.includes(settings[key].group) && !ofEveryCommand.includes(key),
);
const waiting = [...setting('wait'), ...setting('timeout')];

const key: ArgumentSyntax = {
  name: '<key>',
  description: 'a setting, e.g. memory or k3s.version',
  choices: settingNames,
};
const userFile: OptionSyntax = {
  flags: '--user',
  description: 'use your own file, for all your projects, instead of k3s-vm.yaml',
};

export const globalOptions: readonly OptionSyntax[] = [
  {
    flags: '--project <folder>',
    description: 'project folder (default: the nearest one from the current folder upwards)',
    completes: 'folder',
  },
  ...ofEveryCommand.flatMap(setting),
  {
    flags: '--progress <kind>',
    description: 'how to show progress: auto, plain, json or none (default: auto)',
    choices: ['auto', 'plain', 'json', 'none'],
  },
  { flags: '-q, --quiet', description: 'print only results and errors' },
  { flags: '-v, --verbose', description: 'print every virsh call' },
];

/** Those of `k3s-vm --help`. */
export const firstExamples: Examples = [
  ['setup', 'create a cluster for this folder'],
  ['status', 'see how it is doing'],
  ['stop', 'stop the VM and keep the cluster'],
  ['reset', 'delete the cluster'],
];

export const commandTable: readonly CommandSyntax[] = [
  {
    name: 'init',
    description: "write the project's own bin/k3s-vm, bin/kubectl and bin/k9s, and a commented k3s-vm.yaml",
    details:
      'Commit these files. Adds .kube/ and .k3s-vm/ to .gitignore. Files that k3s-vm did not write are left alone; run it again to update its own.',
    options: [{ flags: '--envrc', description: 'also write .envrc for direnv: bin/ on PATH, and KUBECONFIG' }, json],
    examples: [
      ['init', ''],
      ['init --envrc', 'with direnv'],
    ],
  },
  {
    name: 'setup',
    description: 'create the VM and its cluster, or finish an interrupted setup',
    details:
      'Where libvirt, QEMU or ssh is missing, setup shows the commands that install them, asks once, and continues. Without a terminal it installs nothing unless --install-deps --yes says so.',
    options: [
      ...setupSettings.flatMap(setting),
      ...waiting,
      { flags: '--dry-run', description: 'show what would be created, without creating anything' },
      {
        flags: '--install-deps',
        description:
          'first install what is missing on this machine, kubectl too (shows the commands and asks; --yes does not ask)',
      },
      yes,
      json,
    ],
    examples: [
      ['setup', "with the project's settings"],
      ['setup --cpus 4 --memory 8GiB', 'a larger VM'],
      ['setup --k3s-version v1.36', 'the newest K3s 1.36'],
      ['setup --dry-run', 'see what it would create'],
    ],
  },
  {
    name: 'start',
    description: 'start the VM and wait for the cluster',
    details: 'A suspended VM resumes where it left off.',
    options: [
      { flags: '--discard-saved', description: 'boot a suspended VM afresh, and lose what was in its memory' },
      ...waiting,
      json,
    ],
    examples: [
      ['start', ''],
      ['start --wait none', 'do not wait for Kubernetes'],
    ],
  },
  {
    name: 'stop',
    description: 'shut the VM down, or suspend it; the cluster is kept',
    details: 'Without --save or --shutdown, the stopMode setting decides.',
    options: [
      {
        flags: '--save',
        description: 'suspend: save the VM to disk with its memory, so that it resumes within seconds',
        sets: { key: 'stopMode', value: 'save' },
      },
      { flags: '--shutdown', description: 'shut the VM down', sets: { key: 'stopMode', value: 'shutdown' } },
      { flags: '-f, --force', description: 'force stop: do not wait for the guest' },
      ...setting('stopTimeout'),
      json,
    ],
    examples: [
      ['stop', ''],
      ['stop --timeout 2m', 'give the guest more time'],
      ['stop --save', 'resume within seconds later'],
      ['stop --force', 'if the guest does not respond'],
    ],
  },
  {
    name: 'suspend',
    description: 'save the VM to disk with its memory; the same as stop --save',
    options: [
      {
        flags: '--when-idle <time>',
        description: 'first wait until the VM has had no traffic for this long (qemu:///system only)',
      },
      json,
    ],
    examples: [
      ['suspend', ''],
      ['suspend --when-idle 30m', 'once; the autoSuspend setting does it after every start'],
    ],
  },
  {
    name: 'resume',
    description: 'resume a suspended or paused VM',
    options: [...waiting, json],
    examples: [['resume', '']],
  },
  {
    name: 'restart',
    description: 'stop the VM and start it again',
    options: [{ flags: '-f, --force', description: 'force stop: do not wait for the guest' }, ...waiting, json],
    examples: [['restart', '']],
  },
  {
    name: 'reset',
    description: 'delete the VM, its disks and the cluster in it',
    details: 'Asks first. Keeps your settings (k3s-vm.yaml) and downloads.',
    options: [yes, { flags: '--recreate', description: 'set up a new cluster afterwards' }, ...waiting, json],
    examples: [
      ['reset', ''],
      ['reset --recreate --yes', 'start over, in a script'],
      ['reset --name k3s-old-1a2b3c', 'the VM of a folder that is gone'],
    ],
  },
  {
    name: 'status',
    description: 'show the state and health of the cluster',
    details: 'Exit status: 0 healthy, 3 running but unhealthy, 4 not running, 5 no VM.',
    options: [
      json,
      { flags: '-w, --watch', description: 'show it again every 2 seconds, until Ctrl-C' },
      { flags: '--brief', description: 'one line, and the command to run next' },
    ],
    examples: [
      ['status', ''],
      ['status --watch', ''],
      ['status --json', 'for scripts'],
    ],
  },
  {
    name: 'logs',
    description: 'print a log of the VM',
    options: [
      {
        flags: '-s, --source <log>',
        description: 'k3s, cloud-init, console or operations (default: k3s)',
        choices: ['k3s', 'cloud-init', 'console', 'operations'],
      },
      { flags: '-f, --follow', description: 'keep printing new lines, until Ctrl-C' },
      { flags: '-n, --lines <n>', description: 'print only the last n lines' },
    ],
    examples: [
      ['logs -f', 'follow K3s'],
      ['logs --source console -n 50', 'the last 50 lines of the console'],
    ],
  },
  {
    name: 'shell',
    description: 'open a shell in the VM, or run a command there',
    arguments: [{ name: '[command...]', description: 'the command to run, after --' }],
    examples: [
      ['shell', ''],
      ['shell -- sudo k3s crictl ps', 'run one command'],
    ],
  },
  {
    name: 'kubeconfig',
    description: "print the path of the project's kubeconfig, or its content",
    options: [
      { flags: '--path', description: 'print the path (default)' },
      { flags: '--print', description: 'print the content' },
      { flags: '--refresh', description: 'first regenerate it from the VM' },
    ],
    examples: [
      ['kubeconfig', ''],
      ['kubeconfig --print > /tmp/config', 'make a copy'],
    ],
  },
  {
    name: 'kubectl',
    description: "run the real kubectl on the project's cluster",
    details: 'What comes after it is for kubectl. --project comes before it.',
    arguments: [{ name: '[arguments...]', description: 'for kubectl' }],
    examples: [
      ['kubectl get nodes', ''],
      ['--project ../shop kubectl get pods -A', 'of another project'],
    ],
  },
  {
    name: 'k9s',
    description: "run the real k9s on the project's cluster",
    details: 'What comes after it is for k9s. --project comes before it.',
    arguments: [{ name: '[arguments...]', description: 'for k9s' }],
    examples: [['k9s', '']],
  },
  {
    name: 'list',
    description: 'list the clusters of all projects on this connection',
    options: [json],
    examples: [['list', '']],
  },
  {
    name: 'dashboard',
    description: 'open the dashboard in a window, or with --web in the browser',
    details:
      'Without a display, or without Electron (ELECTRON_OVERRIDE_DIST_PATH, or "electron" on PATH), it opens in the browser. The page is served on 127.0.0.1 until Ctrl-C, and its link works in one browser tab.',
    options: [
      { flags: '--web', description: 'serve the dashboard to a browser' },
      { flags: '--port <port>', description: 'port of the page on 127.0.0.1 (default: a free port)' },
      { flags: '--no-open', description: 'only print the link' },
      { flags: '--hidden', description: 'start in the tray' },
      { flags: '--json', description: 'print the link as JSON' },
    ],
    examples: [
      ['dashboard', ''],
      ['dashboard --web --no-open', 'over SSH'],
    ],
  },
  {
    name: 'doctor',
    description: 'check this machine, and say how to fix what is wrong',
    options: [
      {
        flags: '--fix',
        description: 'apply the safe fixes: start the daemon; define, start or move the network, or turn off its STP',
      },
      json,
    ],
    examples: [
      ['doctor', ''],
      ['doctor --fix', ''],
    ],
  },
  {
    name: 'cache',
    description: 'list, delete and import downloads and golden images',
    examples: [
      ['cache list', ''],
      ['cache import ~/Downloads/debian-12-genericcloud-amd64.qcow2', 'on a machine without internet'],
    ],
    commands: [
      {
        name: 'list',
        description: 'list downloads and golden images',
        options: [json],
        examples: [['cache list', '']],
      },
      {
        name: 'prune',
        description: 'delete unfinished, outdated and long unused downloads, and golden images that no VM uses',
        options: [{ flags: '--all', description: 'delete everything that is not in use' }, json],
        examples: [
          ['cache prune', ''],
          ['cache prune --all', 'download everything again'],
        ],
      },
      {
        name: 'import',
        description: 'import files that were downloaded elsewhere',
        details:
          'Takes guest images, k3s, install.sh, airgap images, or a folder of them. Digest lists beside them are checked.',
        arguments: [{ name: '<path...>', description: 'files or folders', completes: 'file' }],
        options: [
          {
            flags: '--as <what>',
            description:
              'what the file is, if its name does not say: debian-12, debian-13, the URL of an image, k3s, airgap-images or install.sh',
            choices: ['debian-12', 'debian-13', 'k3s', 'airgap-images', 'install.sh'],
          },
          { flags: '--k3s-version <version>', description: 'exact K3s version of the files, e.g. v1.36.1+k3s1' },
          {
            flags: '--arch <arch>',
            description: "amd64 or arm64 (default: this machine's)",
            choices: ['amd64', 'arm64'],
          },
          json,
        ],
        examples: [
          ['cache import debian-12-genericcloud-amd64.qcow2', ''],
          ['cache import ./v1.36.1+k3s1', 'all files of a K3s release'],
        ],
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
      },
      {
        name: 'get',
        description: 'print the value of a setting',
        arguments: [key],
        examples: [['config get memory', '']],
      },
      {
        name: 'set',
        description: 'change a setting in k3s-vm.yaml',
        arguments: [key, { name: '<value>', description: 'the new value' }],
        options: [userFile],
        examples: [
          ['config set memory 8GiB', ''],
          ['config set k3s.disable traefik,servicelb', ''],
          ['config set --user connection qemu:///session', 'for all your projects'],
        ],
      },
      {
        name: 'unset',
        description: 'remove a setting from k3s-vm.yaml',
        arguments: [key],
        options: [userFile],
        examples: [['config unset memory', '']],
      },
      {
        name: 'path',
        description: 'print the path of the configuration file',
        options: [userFile],
        examples: [['config path', '']],
      },
    ],
  },
  {
    name: 'version',
    description: 'print the version',
    details:
      'With --check it asks the npm registry (sources.k3sVm) for the newest release. Without it, k3s-vm never does; there is no telemetry. The exit status is 0 whether or not there is a newer one, and 12 when the registry cannot say.',
    options: [{ flags: '--check', description: 'also look for a newer release' }, json],
    examples: [
      ['version', ''],
      ['version --check', ''],
    ],
  },
  {
    name: 'completion',
    description: 'print a completion script for a shell',
    arguments: [{ name: '<shell>', description: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/k3s-vm', ''],
      ['completion zsh > ~/.zfunc/_k3s-vm', 'with fpath+=~/.zfunc before compinit'],
      ['completion fish > ~/.config/fish/completions/k3s-vm.fish', ''],
    ],
  },
];

/** The commands that do something, by their full name: `setup`, `config set`. */
export const leafCommands: readonly (readonly [name: string, CommandSyntax])[] = commandTable.flatMap((command) =>
  command.commands === undefined
    ? [[command.name, command] as const]
    : command.commands.map((sub) => [`${command.name} ${sub.name}`, sub] as const),
);
