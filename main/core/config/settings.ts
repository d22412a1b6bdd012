/**
 * The table of all settings: one row each. Everything else that spells settings is derived from it: their types, the
 * configuration (schema.ts), the checks (validation.ts), flags, help, shell completion, `config show`, the dashboard's
 * settings page and docs/configuration.md. It is loaded with every command, so it needs no library.
 */

/** What a checked value of each kind is. Sizes in bytes, durations in milliseconds. */
export interface KindTypes {
  name: string;
  connection: string;
  count: number;
  size: number;
  duration: number;
  image: string;
  digest: string;
  word: string;
  program: string;
  choice: string;
  version: string;
  boolean: boolean;
  components: readonly string[];
  map: Readonly<Record<string, unknown>>;
  port: number;
  ports: readonly number[];
  probe: string;
  url: string;
}

export type SettingKind = keyof KindTypes;

/**
 * Which configuration files may set it. The environment and flags are the user's own and may set everything.
 *
 * - `project`: both files. It shapes the VM, and nothing else.
 * - `project-only`: the project's file. It makes no sense for all projects of a user at once.
 * - `user`: the user's file. It names a program on the host, or where programs come from: a project folder may be
 *   anybody's work.
 */
export type SettingScope = 'project' | 'project-only' | 'user';

/**
 * When a changed value takes effect.
 *
 * - `setup`: when a VM is created. An existing one keeps what it was created with.
 * - `start`: the next time the VM boots.
 * - `use`: at the next command or check that needs it.
 */
export type SettingEffect = 'setup' | 'start' | 'use';

/** Groups of settings, in their order. */
export const settingGroups = {
  vm: 'VM',
  k3s: 'K3s',
  image: 'Guest image',
  network: 'Network',
  storage: 'Storage',
  timing: 'Start and stop',
  dashboard: 'Dashboard',
  sources: 'Download sources',
} as const;

export type SettingGroup = keyof typeof settingGroups;

interface Row<K extends SettingKind> {
  readonly kind: K;
  readonly group: SettingGroup;
  readonly scope: SettingScope;
  readonly effect: SettingEffect;
  /** A few words; the dashboard's label. */
  readonly title: string;
  /** Sentences, for help and documentation. */
  readonly description: string;
  /** null: `none`; where there is no such word, it is worked out when the configuration is loaded. */
  readonly default: KindTypes[K] | null;
  /** The default in words, where the value itself would not tell. */
  readonly defaultText?: string;
  /** A value other than the default, for help and documentation. */
  readonly example: string;
  /** The word for null: chosen automatically, or not done at all. */
  readonly none?: 'auto' | 'off';
  /** The values there are; for other kinds than `choice` and `components`, the usual ones. */
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Its flag with the argument, as commander writes it. A setting without one is set in files and the environment. */
  readonly flag?: `--${string} <${string}>`;
  /** Values of a `user` setting that a project's file may have all the same. */
  readonly projectValues?: readonly string[];
  /** Why a project's file may not set a `user` setting; completes "it …". */
  readonly risk?: string;
}

export type Setting = { [K in SettingKind]: Row<K> }[SettingKind];

const GiB = 2 ** 30;
const localConnections = ['auto', 'qemu:///system', 'qemu:///session'] as const;
const sourceRisk = 'decides where downloaded programs come from';

const table = {
  name: {
    kind: 'name',
    group: 'vm',
    scope: 'project-only',
    effect: 'setup',
    title: 'Name',
    description: 'Name of the VM and of its Kubernetes node.',
    default: null,
    defaultText: 'made from the project folder',
    example: 'my-cluster',
    flag: '--name <vm>',
  },
  connection: {
    kind: 'connection',
    group: 'vm',
    scope: 'user',
    effect: 'use',
    title: 'libvirt connection',
    description: 'libvirt connection: auto, qemu:///system, qemu:///session, or another libvirt URI of QEMU.',
    default: 'auto',
    example: 'qemu:///session',
    choices: localConnections,
    flag: '--connection <uri>',
    projectValues: localConnections,
    risk: 'can start programs on this machine',
  },
  cpus: {
    kind: 'count',
    group: 'vm',
    scope: 'project',
    effect: 'start',
    title: 'CPUs',
    description: 'Virtual CPUs.',
    default: 2,
    min: 1,
    max: 256,
    example: '4',
    flag: '--cpus <n>',
  },
  memory: {
    kind: 'size',
    group: 'vm',
    scope: 'project',
    effect: 'start',
    title: 'Memory',
    description: 'Memory of the VM.',
    default: 4 * GiB,
    min: GiB,
    example: '8GiB',
    flag: '--memory <size>',
  },
  disk: {
    kind: 'size',
    group: 'vm',
    scope: 'project',
    effect: 'start',
    title: 'Disk',
    description: 'Size of the disk. It takes up only what is written to it, and can grow but not shrink.',
    default: 20 * GiB,
    min: 5 * GiB,
    example: '40GiB',
    flag: '--disk <size>',
  },
  acceleration: {
    kind: 'choice',
    group: 'vm',
    scope: 'project',
    effect: 'start',
    title: 'Acceleration',
    description: 'How the VM runs: kvm, tcg (emulated, and slow), or auto (KVM where it works).',
    default: 'auto',
    example: 'tcg',
    choices: ['auto', 'kvm', 'tcg'],
    flag: '--acceleration <kind>',
  },
  'k3s.version': {
    kind: 'version',
    group: 'k3s',
    scope: 'project',
    effect: 'setup',
    title: 'Version',
    description: 'K3s channel (stable, latest, v1.36) or exact version (v1.36.1+k3s1).',
    default: 'stable',
    example: 'v1.36',
    choices: ['stable', 'latest'],
    flag: '--k3s-version <version>',
  },
  'k3s.airgap': {
    kind: 'boolean',
    group: 'k3s',
    scope: 'project',
    effect: 'setup',
    title: 'Include K3s images',
    description: "Hand K3s' own container images to the VM, so that it needs no internet to come up.",
    default: true,
    example: 'false',
  },
  'k3s.disable': {
    kind: 'components',
    group: 'k3s',
    scope: 'project',
    effect: 'setup',
    title: 'Disabled components',
    description: 'Packaged components of K3s to leave out.',
    default: [],
    defaultText: 'none',
    example: 'traefik,servicelb',
    choices: ['traefik', 'servicelb', 'metrics-server', 'local-storage', 'coredns'],
  },
  'k3s.config': {
    kind: 'map',
    group: 'k3s',
    scope: 'project',
    effect: 'setup',
    title: 'Additional K3s configuration',
    description: 'Anything else for /etc/rancher/k3s/config.yaml in the VM.',
    default: {},
    defaultText: 'none',
    example: '{"cluster-cidr": "10.52.0.0/16"}',
  },
  image: {
    kind: 'image',
    group: 'image',
    scope: 'project',
    effect: 'setup',
    title: 'Guest image',
    description: 'Guest image: debian-12, debian-13, or the URL or path of a cloud image with cloud-init.',
    default: 'debian-12',
    example: 'debian-13',
    choices: ['debian-12', 'debian-13'],
    flag: '--image <image>',
  },
  imageDigest: {
    kind: 'digest',
    group: 'image',
    scope: 'project',
    effect: 'setup',
    title: 'Image digest',
    description: 'Digest of the guest image: sha256:… or sha512:…',
    default: null,
    defaultText: 'the published digest',
    none: 'auto',
    example: 'sha256:<64 hex digits>',
    flag: '--image-digest <digest>',
  },
  goldenImage: {
    kind: 'boolean',
    group: 'image',
    scope: 'project',
    effect: 'setup',
    title: 'Golden image',
    description: 'Keep a golden image of the first VM of its kind. Later VMs start from it, in a fraction of the time.',
    default: true,
    example: 'false',
  },
  network: {
    kind: 'word',
    group: 'network',
    scope: 'project',
    effect: 'setup',
    title: 'libvirt network',
    description:
      "libvirt network (qemu:///system only). With auto it is k3s-vm's own, made with the first VM and removed with the last.",
    default: 'auto',
    example: 'default',
    flag: '--network <name>',
  },
  'ports.ssh': {
    kind: 'port',
    group: 'network',
    scope: 'project',
    effect: 'start',
    title: 'SSH port',
    description: 'Port of SSH on 127.0.0.1 (qemu:///session only).',
    default: null,
    defaultText: 'a free port',
    none: 'auto',
    min: 1,
    max: 65_535,
    example: '2222',
  },
  'ports.api': {
    kind: 'port',
    group: 'network',
    scope: 'project',
    effect: 'start',
    title: 'API port',
    description: 'Port of the Kubernetes API on 127.0.0.1 (qemu:///session only).',
    default: null,
    defaultText: 'a free port',
    none: 'auto',
    min: 1,
    max: 65_535,
    example: '6443',
  },
  'ports.nodePorts': {
    kind: 'ports',
    group: 'network',
    scope: 'project',
    effect: 'start',
    title: 'Forwarded NodePorts',
    description: 'NodePorts to forward to the same ports on 127.0.0.1 (qemu:///session only).',
    default: [],
    defaultText: 'none',
    min: 1,
    max: 65_535,
    example: '30080,30443',
  },
  egressProbe: {
    kind: 'probe',
    group: 'network',
    // A connection is opened and closed, nothing is sent, and only while the VM runs, whose guest can do the same
    scope: 'project',
    effect: 'use',
    title: 'Internet check',
    description: 'host:port that status connects to, to see whether the host and the VM reach the internet.',
    default: 'get.k3s.io:443',
    none: 'off',
    example: 'proxy.example:3128',
  },
  pool: {
    kind: 'word',
    group: 'storage',
    scope: 'project',
    effect: 'setup',
    title: 'Storage pool',
    description: 'libvirt storage pool that holds the disks.',
    default: 'default',
    example: 'fast',
    flag: '--pool <name>',
  },
  wait: {
    kind: 'choice',
    group: 'timing',
    scope: 'project',
    effect: 'use',
    title: 'Wait for',
    description:
      'What setup, start and restart wait for: api, node (the node is Ready), all (core pods as well) or none.',
    default: 'all',
    example: 'api',
    choices: ['none', 'api', 'node', 'all'],
    flag: '--wait <what>',
  },
  timeout: {
    kind: 'duration',
    group: 'timing',
    scope: 'project',
    effect: 'use',
    title: 'Start timeout',
    description: 'How long setup, start and restart wait.',
    default: 600_000,
    min: 1000,
    example: '20m',
    flag: '--timeout <time>',
  },
  stopTimeout: {
    kind: 'duration',
    group: 'timing',
    scope: 'project',
    effect: 'use',
    title: 'Stop timeout',
    description: 'How long stop waits for the guest to shut down.',
    default: 60_000,
    min: 1000,
    example: '2m',
    flag: '--timeout <time>',
  },
  stopMode: {
    kind: 'choice',
    group: 'timing',
    scope: 'project',
    effect: 'use',
    title: 'Stop mode',
    description: 'What stop does: shut the VM down, or save it to disk with its memory (suspend).',
    default: 'shutdown',
    example: 'save',
    choices: ['shutdown', 'save'],
  },
  autoSuspend: {
    kind: 'duration',
    group: 'timing',
    scope: 'project',
    effect: 'start',
    title: 'Suspend when idle',
    description: 'Suspend the VM after this long without traffic (qemu:///system only).',
    default: null,
    none: 'off',
    min: 60_000,
    example: '30m',
  },
  terminal: {
    kind: 'program',
    group: 'dashboard',
    scope: 'user',
    effect: 'use',
    title: 'Terminal',
    description: 'Terminal in which the dashboard opens k9s and shells.',
    default: null,
    defaultText: "the desktop's own",
    none: 'auto',
    example: 'alacritty',
    risk: 'names a program that runs on this machine',
  },
  // Every URL that is asked for is one of these bases plus a path, so that a mirror is a plain copy of the originals
  'sources.images': {
    kind: 'url',
    group: 'sources',
    scope: 'user',
    effect: 'use',
    title: 'Guest images',
    description: "Where Debian's cloud images come from.",
    // `<base>/bookworm/latest/debian-12-genericcloud-amd64.qcow2`
    default: 'https://cloud.debian.org/images/cloud',
    example: 'https://mirror.example/images/cloud',
    risk: sourceRisk,
  },
  'sources.k3sReleases': {
    kind: 'url',
    group: 'sources',
    scope: 'user',
    effect: 'use',
    title: 'K3s releases',
    description: 'Where K3s releases come from.',
    // `<base>/v1.36.1%2Bk3s1/k3s`
    default: 'https://github.com/k3s-io/k3s/releases/download',
    example: 'https://mirror.example/k3s',
    risk: sourceRisk,
  },
  'sources.k3sChannels': {
    kind: 'url',
    group: 'sources',
    scope: 'user',
    effect: 'use',
    title: 'K3s channels',
    description: 'The K3s channel server.',
    // Answers with JSON; https://docs.k3s.io/upgrades/manual#release-channels
    default: 'https://update.k3s.io/v1-release/channels',
    example: 'https://mirror.example/channels',
    risk: sourceRisk,
  },
  'sources.k3sInstall': {
    kind: 'url',
    group: 'sources',
    scope: 'user',
    effect: 'use',
    title: 'K3s install script',
    description: "Where K3s' install.sh comes from.",
    // `<base>/v1.36.1+k3s1/install.sh`: the script as it was at that release, so that both fit together
    default: 'https://raw.githubusercontent.com/k3s-io/k3s',
    example: 'https://mirror.example/k3s-source',
    risk: sourceRisk,
  },
  'sources.k3sVm': {
    kind: 'url',
    group: 'sources',
    scope: 'user',
    effect: 'use',
    title: 'k3s-vm releases',
    description: 'The npm registry that version --check asks for the newest k3s-vm. Nothing else asks it.',
    // `<base>/k3s-vm/latest`: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md#getpackageversion
    default: 'https://registry.npmjs.org',
    example: 'https://npm.example',
    risk: 'decides which release is called the newest',
  },
} as const satisfies Readonly<Record<string, Setting>>;

type Table = typeof table;
export type SettingName = keyof Table;
export const settings: Readonly<Record<SettingName, Setting>> = table;

/** The type of a checked value, from its row. */
type ValueOf<R extends Setting> =
  | (R extends { kind: 'choice'; choices: readonly (infer Choice)[] } ? Choice : KindTypes[R['kind']])
  | (R extends { none: string } ? null : never);

/** Checked values by dotted key. Sizes in bytes, durations in milliseconds; null: chosen automatically, or not done. */
export type Settings = { readonly [K in SettingName]: ValueOf<Table[K]> };

/** Units in the names of checked values outside of this table: `memory` is `memoryBytes`, `timeout` is `timeoutMs`. */
const units = { size: 'Bytes', duration: 'Ms' } as const;

type UnitOf<K extends SettingKind> = K extends keyof typeof units ? (typeof units)[K] : '';
/** A key with the unit of its value: the path of the value in the configuration. */
export type WithUnit<K extends SettingName> = K extends SettingName ? `${K}${UnitOf<Table[K]['kind']>}` : never;

/** A key with the unit of its value: `memory` is `memoryBytes`, `cpus` and `k3s.version` are themselves. */
export const withUnit = <K extends SettingName>(key: K): WithUnit<K> => {
  const { kind } = settings[key];
  return `${key}${kind in units ? units[kind as keyof typeof units] : ''}` as WithUnit<K>;
};

/** All keys, in the order of the table. */
export const settingNames = Object.keys(settings) as SettingName[];

/** Whether a text is a key. */
export const isSettingName = (text: string): text is SettingName => Object.hasOwn(settings, text);

/** The environment variable of a key: `k3s.version` is K3S_VM_K3S_VERSION. */
export const environmentName = (key: SettingName): string =>
  `K3S_VM_${key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

/** The flag of a key without its argument; the key itself where there is none. */
export const flagName = (key: SettingName): string => settings[key].flag?.split(' ')[0] ?? key;

/** The values to offer for a setting; undefined where any text may do. */
export const valuesOf = (key: SettingName): readonly string[] | undefined =>
  settings[key].choices ?? (settings[key].kind === 'boolean' ? ['true', 'false'] : undefined);
