/**
 * Everything that the command line itself says to a person, apart from the help (command-table.ts) and from what the
 * core reports. Loaded at every start: nothing is imported but types. Write as CONTRIBUTING.md says ("Language").
 */
import type { OperationName } from '../core/progress';
import type { Plan, VmInfo, VmState } from '../core/cluster';
import type { FileState } from '../core/project-bin';

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
const list = (words: readonly string[]): string => words.join(', ');

/** The end of a usage error: the value that was meant, else all values. */
const instead = (meant: string | undefined, choices: readonly string[]): string =>
  meant === undefined ? `Choose one of ${list(choices)}.` : `Did you mean "${meant}"?`;

/** A VM's state in a word or two. The states themselves are for JSON. */
const states: Readonly<Record<VmState, string>> = {
  absent: 'no VM',
  provisioning: 'setup incomplete',
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  suspended: 'suspended',
  paused: 'paused',
  crashed: 'crashed',
  error: 'error',
};

/** `suspended`; a setup that is under way is not called incomplete. */
const stateOf = ({ state, operation }: Pick<VmInfo, 'state' | 'operation'>): string =>
  state === 'provisioning' && operation !== undefined ? 'setting up' : states[state];

const fileStates: Readonly<Record<FileState, string>> = {
  created: 'created',
  updated: 'updated',
  unchanged: 'up to date',
  kept: 'kept',
  foreign: 'left alone, because k3s-vm did not write it or it was changed since',
};

export const strings = {
  stateOf,

  /** `--help` of every command. */
  help: {
    program: 'Run one K3s cluster per project, in a libvirt VM of its own.',
    usage: '[options] <command>',
    version: 'print the version',
    help: 'show help',
    helpCommand: 'show help for a command',
    examples: 'Examples:',
    next: 'Use the cluster with bin/kubectl and bin/k9s. See the settings with "k3s-vm config show".',
    globalOptions: 'Global options: k3s-vm --help',
  },

  /** What is wrong with a command line; the error adds the help to read. */
  usage: {
    didYouMean: (problem: string, meant: string): string => `${problem} Did you mean "${meant}"?`,
    needsValue: (option: string): string => `Option '${option}' needs a value.`,
    progress: (given: string, kinds: readonly string[]): string =>
      `--progress: "${given}" is not one of ${list(kinds)}.`,
    exclusive: (options: readonly string[]): string =>
      `Use only one of ${list(options.slice(0, -1))} and ${options.at(-1) ?? ''}.`,
    pathOrContent: 'Use either --path or --print, not both.',
    arch: (given: string): string => `--arch: "${given}" is neither amd64 nor arm64.`,
    lines: (given: string): string => `--lines: "${given}" is not a number.`,
    port: (given: string): string => `--port: "${given}" is not a port number.`,
    duration: (given: string): string => `"${given}" is not a duration; write it as 90s or 5m`,
    whenIdle: (problem: string): string => `--when-idle: ${problem}.`,
    noLog: (given: string, meant: string | undefined, logs: readonly string[]): string =>
      `There is no log "${given}". ${instead(meant, logs)}`,
    noCompletion: (given: string, meant: string | undefined, shells: readonly string[]): string =>
      `There is no completion for "${given}". ${instead(meant, shells)}`,
  },

  errors: {
    error: 'Error:',
    cause: 'Cause:',
    warning: 'Warning:',
    needsConfirmation: (command: string): string =>
      `"${command}" asks for confirmation, but there is no terminal to ask on.`,
    confirmInAdvance: 'Confirm in advance:',
    notSuspended: (name: string, state: string): string =>
      `The VM "${name}" is ${state}, not suspended. There is nothing to resume.`,
    startIt: 'Start it:',
    notBuilt: (file: string): string => `The dashboard is not built: ${file} is missing.`,
    build: 'Build it in the k3s-vm folder:',
  },

  /** Ctrl-C, and questions. */
  interrupt: {
    command: 'The command',
    stopping: 'Stopping cleanly… Press Ctrl-C again to stop at once.',
    cancelled: 'Cancelled.',
  },
  confirm: {
    answers: { yes: '[Y/n]', no: '[y/N]' },
    declined: 'Nothing was changed.',
  },

  /** `--verbose`: after each command that was run. */
  trace: {
    exit: (status: number | undefined): string => (status === undefined ? 'no exit status' : `exit status ${status}`),
  },

  /** Times. `count` is whole. */
  time: {
    seconds: (seconds: number | string): string => `${seconds} s`,
    minutes: (minutes: number, seconds: string): string => `${minutes} min ${seconds} s`,
    hours: (hours: number, minutes: string): string => `${hours} h ${minutes} min`,
    now: 'just now',
    ago: (count: number, unit: 's' | 'min' | 'h' | 'day'): string =>
      `${unit === 'day' ? counted(count, unit) : `${count} ${unit}`} ago`,
  },

  /** Steps of an operation, live and in a pipe. */
  progress: {
    amountOf: (done: string, total: string): string => `${done} of ${total}`,
    perSecond: (amount: string): string => `${amount}/s`,
    left: (time: string): string => `${time} left`,
    stepOf: (index: number, total: number): string => `step ${index} of ${total}`,
    done: (time: string, detail: string | undefined): string => `done in ${time}${detail ? ` (${detail})` : ''}`,
    skipped: (why: string | undefined): string => (why ? `skipped (${why})` : 'nothing to do'),
    failed: (time: string): string => `failed after ${time}`,
  },

  /** The end of setup, start and restart. `how` comes from the operation and whether it waited for Kubernetes. */
  ready: {
    headline: (operation: OperationName, how: { readonly already: boolean; readonly waited: boolean }): string => {
      const isSetup = operation === 'setup';
      if (how.already) return isSetup ? 'The cluster is already set up' : 'The cluster is already running';
      if (!how.waited) return isSetup ? 'The VM is created' : 'The VM is running';
      return isSetup ? 'The cluster is ready' : 'The cluster is running';
    },
    k3s: (version: string): string => `K3s ${version}`,
    stillStarting: 'K3s is still starting. Watch it:',
    kubeconfig: 'Kubeconfig',
    try: 'Try',
  },

  /** `init`, and its offer by setup. */
  init: {
    question: 'Add bin/kubectl, bin/k9s and bin/k3s-vm to this project, to be committed?',
    file: (path: string, state: FileState): string => `${path}: ${fileStates[state]}`,
    wrongOptions:
      'bin/k3s-vm starts kubectl and k9s itself. Of the options, only --project, -q and -v may come before them.',
  },

  /** `setup --dry-run` */
  plan: {
    title: 'Your cluster (dry run: nothing was created)',
    vm: 'VM',
    project: 'Project',
    connection: 'Connection',
    acceleration: 'Acceleration',
    kvm: 'KVM',
    emulated: 'none (emulation, slow)',
    size: 'Size',
    sizeOf: (cpus: number, memory: string, disk: string): string =>
      `${counted(cpus, 'CPU')}, ${memory} memory, ${disk} disk`,
    image: 'Guest image',
    k3s: 'K3s',
    goldenImage: 'Golden image',
    golden: {
      used: 'found, with K3s already installed',
      made: 'none yet; setup will keep one for the next setup',
      none: 'not used',
    } satisfies Record<NonNullable<Plan['golden']>, string>,
    volumes: 'Volumes',
    volume: (exists: boolean): string => (exists ? 'exists already' : 'will be created'),
    documents: {
      domain: 'Domain XML',
      userData: 'user-data',
      metaData: 'meta-data',
      network: 'network-config',
      k3s: 'K3s configuration',
    },
  },

  /** What setup installs first, and `setup --install-deps`. */
  installDeps: {
    nothingMissing: 'All dependencies are already installed.',
    missing: (names: string, commands: number): string =>
      `Not installed on this machine: ${names}. k3s-vm can install what is missing with ${commands === 1 ? 'this command' : 'these commands'}:`,
    group: (group: string, session: string): readonly string[] => [
      `Members of the group "${group}" can control this machine as root can.`,
      `To do without the group, answer n and run: ${session}`,
    ],
    question: (commands: number): string => (commands === 1 ? 'Run it?' : 'Run them?'),
    continued: (command: string): string => `"${command}" failed; continuing without it.`,
    newGroup: (group: string): string => `Installed. Continuing as a member of the group "${group}"…`,
    nextLogin: (group: string): string =>
      `You are a member of the group "${group}" from your next login on, so this cluster uses qemu:///session. For qemu:///system instead, press Ctrl-C, log out and in, and run setup again.`,
  },

  stop: {
    notRunning: (name: string): string => `The VM "${name}" is not running.`,
    stopped: (name: string): string => `The VM "${name}" is stopped. The cluster is kept. Start it again:`,
    suspended: (name: string): string => `The VM "${name}" is suspended. The cluster is kept. Resume it:`,
    waitingUntilIdle: (name: string, time: string): string =>
      `Waiting until the VM "${name}" has had no traffic for ${time}…`,
    watched: (name: string): string => `Another process is already waiting for the VM "${name}" to be idle.`,
  },

  reset: {
    project: (folder: string): string => `Project ${folder}`,
    title: 'This deletes the following and cannot be undone:',
    leftovers: (name: string): string => `whatever is left of the VM "${name}" (libvirt has no such VM)`,
    vm: (name: string, state: string, connection: string): string =>
      `the VM "${name}" (${state}, on ${connection}) with its snapshots and its saved memory`,
    disks: (used: string | undefined): string =>
      `its disks${used === undefined ? '' : ` (${used} on this host)`} with the cluster and all its data`,
    address: (address: string): string => `its address reservation ${address}`,
    access: (kubeconfig: string): string => `${kubeconfig} and the VM's SSH keys`,
    kept: 'Kept: your settings (k3s-vm.yaml), downloads in the cache, and everything else in the project.',
    question: (recreate: boolean): string =>
      recreate ? 'Delete the cluster and create a new one?' : 'Delete the cluster?',
    nothing: (name: string): string => `Nothing to delete: there is no VM "${name}".`,
    deleted: (name: string): string => `Deleted the VM "${name}" and its cluster.`,
  },

  status: {
    health: (healthy: boolean | null): string =>
      healthy === null ? 'health unknown' : healthy ? 'healthy' : 'unhealthy',
    facts: {
      operation: 'Operation',
      since: 'Since',
      reason: 'Reason',
      address: 'Address',
      size: 'Size',
      savedMemory: 'Saved memory',
      k3s: 'K3s',
      image: 'Image',
      libvirt: 'libvirt',
      project: 'Project',
      kubeconfig: 'Kubeconfig',
    },
    operation: (name: string, pid: number, ago: string): string => `${name} (process ${pid}), started ${ago}`,
    since: (ago: string, localTime: string): string => `${ago} (${localTime})`,
    address: (address: string, apiPort: number | undefined): string =>
      apiPort === undefined ? address : `${address}, API on port ${apiPort}`,
    cpus: (count: number): string => counted(count, 'CPU'),
    memory: (size: string): string => `${size} memory`,
    disk: (size: string, used: string | undefined): string =>
      `${size} disk${used === undefined ? '' : ` (${used} used on the host)`}`,
    onHost: (size: string): string => `${size} on the host`,
    kvm: 'KVM',
    emulated: 'emulated (slow)',
    /** @param refusal what the system connection does instead: `asks you for a password` */
    refusal: (refusal: string, doctor: string): string => `because qemu:///system ${refusal} (see ${doctor})`,
    noKubeconfig: (path: string): string => `${path} (not created yet)`,
    next: {
      create: 'Create it:',
      resume: 'Resume it:',
      start: 'Start it:',
      startAgain: 'Start it again (its disk is kept):',
      finish: 'Finish the setup:',
    },
    /** The first line of `status --brief`. */
    brief: (name: string, vm: Pick<VmInfo, 'state' | 'operation'>, healthy: boolean | null): string => {
      switch (vm.state) {
        case 'absent':
          return `There is no VM "${name}" yet.`;
        case 'provisioning':
          return vm.operation === undefined
            ? `The setup of the VM "${name}" is incomplete.`
            : `The VM "${name}" is being set up.`;
        case 'running':
          return `The VM "${name}" is running${healthy === null ? '' : healthy ? ' and healthy' : ' but unhealthy'}.`;
        case 'crashed':
          return `The VM "${name}" stopped unexpectedly.`;
        case 'error':
          return `The VM "${name}" cannot be used in its current state.`;
        default:
          return `The VM "${name}" is ${states[vm.state]}.`;
      }
    },
    briefCheck: (title: string, detail: string): string => `${title}: ${detail}`,
  },

  list: {
    header: ['', 'NAME', 'STATE', 'CPUS', 'MEMORY', 'DISK', 'K3S', 'PROJECT'],
    none: (setup: string): string => `There are no clusters yet. Create one: ${setup}`,
    folderMissing: (folder: string): string => `${folder} (folder missing)`,
  },

  doctor: {
    passed: (checks: number): string =>
      checks === 1
        ? 'Ready to run a cluster. The check passed.'
        : `Ready to run a cluster. All ${checks} checks passed.`,
    warnings: (count: number): string => `Ready to run a cluster (${counted(count, 'warning')}).`,
    problems: (count: number): string => `Not ready to run a cluster: ${counted(count, 'problem')} to fix first.`,
    fixable: 'k3s-vm can fix this for you:',
    fixFailed: (fix: string, why: string): string => `${fix}: ${why}`,
  },

  config: {
    project: 'Project',
    header: ['SETTING', 'VALUE', 'FROM'],
    set: (key: string, value: string, file: string): string => `Set ${key} to ${value} in ${file}`,
    removed: (key: string, file: string): string => `Removed ${key} from ${file}`,
    notSet: (key: string, file: string): string => `${key} is not set in ${file}`,
  },

  cache: {
    header: ['NAME', 'SOURCE', 'SIZE', 'STATE', 'USED'],
    empty: (folder: string): string => `The cache is empty (${folder}).`,
    inUse: (state: string): string => `${state}, in use`,
    goldenState: (whole: boolean): string => (whole ? 'ready' : 'unusable'),
    total: (size: string, folder: string, golden: string | undefined): string =>
      `${size} in ${folder}${golden === undefined ? '' : `, ${golden} in libvirt's storage pool`}`,
    goldenSkipped: (why: string): string => `Golden images skipped: ${why}`,
    nothingToDelete: 'Nothing to delete.',
    unused: 'unused',
    freed: (size: string): string => `Freed ${size}.`,
    import: (file: string): string => `Import ${file}`,
    imported: (size: string, verified: boolean | undefined): string =>
      `${size}${verified === undefined ? '' : verified ? ', digest verified' : ', not verified: no digest known'}`,
    ignored: (file: string, why: string): string => `${file}: ${why}`,
  },

  version: {
    newest: 'This is the newest release.',
    newer: (version: string): string => `k3s-vm ${version} is available. Update:`,
    /** Where we cannot tell how we were installed. */
    anyWay: 'Install it the way you installed this one.',
  },

  dashboard: {
    windowFailed: (electron: string, failure: string): string =>
      `The dashboard window did not open: ${electron} ${failure}.`,
    failure: {
      exited: (status: number): string => `exited with status ${status}`,
      killed: (signal: string): string => `was killed by ${signal}`,
      notStarted: (why: string): string => `could not be started (${why})`,
    },
    browserInstead: 'Opening the dashboard in the browser instead.',
    noElectron:
      'Electron was not found (ELECTRON_OVERRIDE_DIST_PATH, or "electron" on PATH; NixOS: pkgs.electron). Opening the dashboard in the browser.',
    noDisplay: 'There is no display. Serving the dashboard to a browser.',
    link: (project: string): string => `Dashboard of ${project}:`,
    overSsh: (port: number): string => `On your own machine, first run:  ssh -L ${port}:127.0.0.1:${port} <this host>`,
    untilInterrupt: 'Press Ctrl-C to stop serving it. The link works in one browser tab.',
  },
};
