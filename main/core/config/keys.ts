/**
 * The table of all settings. Defaults, help, `config show`, completion and the schema are made from it.
 */
import { defaultSources } from '../k3s/sources';
import type { Acceleration, StopMode, WaitFor } from './schema';

/** Validated values by dotted key. Sizes in bytes, durations in milliseconds; null: chosen automatically. */
export interface Settings {
  name: string | null;
  connection: string;
  cpus: number;
  memory: number;
  disk: number;
  image: string;
  imageDigest: string | null;
  goldenImage: boolean;
  network: string;
  pool: string;
  acceleration: Acceleration;
  'k3s.version': string;
  'k3s.airgap': boolean;
  'k3s.disable': readonly string[];
  'k3s.config': Readonly<Record<string, unknown>>;
  'ports.ssh': number | null;
  'ports.api': number | null;
  'ports.nodePorts': readonly number[];
  wait: WaitFor;
  timeout: number;
  stopTimeout: number;
  stopMode: StopMode;
  autoSuspend: number | null;
  egressProbe: string | null;
  terminal: string | null;
  'sources.images': string;
  'sources.k3sReleases': string;
  'sources.k3sChannels': string;
  'sources.k3sInstall': string;
}

export type SettingName = keyof Settings;

export type SettingKind =
  | 'name'
  | 'connection'
  | 'count'
  | 'size'
  | 'duration'
  | 'image'
  | 'digest'
  | 'word'
  | 'program'
  | 'choice'
  | 'version'
  | 'boolean'
  | 'components'
  | 'map'
  | 'port'
  | 'ports'
  | 'probe'
  | 'url';

/**
 * Which configuration files may set it. The environment and flags are the user's own and may set everything.
 *
 * - `project`: both files. It shapes the VM, and nothing else.
 * - `project-only`: a project's file. It makes no sense for all projects of a user at once.
 * - `user`: the user's file. It names a program on the host, or where programs come from: a project folder may be
 *   anybody's work.
 */
export type SettingScope = 'project' | 'project-only' | 'user';

export interface Setting<T = unknown> {
  readonly kind: SettingKind;
  readonly scope: SettingScope;
  readonly default: T;
  readonly description: string;
  /** A value other than the default, for help and documentation. */
  readonly example: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Values of a `user` setting that a project's file may have all the same. */
  readonly projectValues?: readonly string[];
  /** Why a project's file may not set a `user` setting; completes "it …". */
  readonly risk?: string;
}

const GiB = 2 ** 30;
const localConnections = ['auto', 'qemu:///system', 'qemu:///session'];
const sourceRisk = 'decides where downloaded programs come from';

export const settings: { readonly [K in SettingName]: Setting<Settings[K]> } = {
  name: {
    kind: 'name',
    scope: 'project-only',
    default: null,
    description: 'Name of the VM and of its node. Default: made from the project folder.',
    example: 'my-cluster',
  },
  connection: {
    kind: 'connection',
    scope: 'user',
    default: 'auto',
    description: 'libvirt connection: auto, qemu:///system, qemu:///session or another URI.',
    example: 'qemu:///session',
    choices: localConnections,
    projectValues: localConnections,
    risk: 'can start programs on this machine',
  },
  cpus: { kind: 'count', scope: 'project', default: 2, min: 1, max: 256, description: 'Virtual CPUs.', example: '4' },
  memory: {
    kind: 'size',
    scope: 'project',
    default: 4 * GiB,
    min: GiB,
    description: 'Memory of the VM.',
    example: '8GiB',
  },
  disk: {
    kind: 'size',
    scope: 'project',
    default: 20 * GiB,
    min: 5 * GiB,
    description: 'Size of its disk (grows as it is used).',
    example: '40GiB',
  },
  image: {
    kind: 'image',
    scope: 'project',
    default: 'debian-12',
    description: 'Guest image: debian-12, debian-13, or the URL or path of a cloud image.',
    example: 'debian-13',
    choices: ['debian-12', 'debian-13'],
  },
  imageDigest: {
    kind: 'digest',
    scope: 'project',
    default: null,
    description: 'sha256:… or sha512:… of the image. Default: the published digest.',
    example: 'sha256:<64 hex digits>',
  },
  goldenImage: {
    kind: 'boolean',
    scope: 'project',
    default: true,
    description:
      'Keep a golden image of the first VM of its kind, and make later ones from it within a fraction of the time.',
    example: 'false',
  },
  network: {
    kind: 'word',
    scope: 'project',
    default: 'auto',
    description:
      "libvirt network (qemu:///system only); auto: k3s-vm's own, made with the first VM and removed with the last.",
    example: 'default',
  },
  pool: {
    kind: 'word',
    scope: 'project',
    default: 'default',
    description: 'libvirt storage pool of the disks.',
    example: 'fast',
  },
  acceleration: {
    kind: 'choice',
    scope: 'project',
    default: 'auto',
    description: 'auto: KVM where it works, else emulation (tcg).',
    example: 'tcg',
    choices: ['auto', 'kvm', 'tcg'],
  },
  'k3s.version': {
    kind: 'version',
    scope: 'project',
    default: 'stable',
    description: 'K3s channel (stable, latest, v1.33) or exact version (v1.33.4+k3s1).',
    example: 'v1.33',
    choices: ['stable', 'latest'],
  },
  'k3s.airgap': {
    kind: 'boolean',
    scope: 'project',
    default: true,
    description: "Carry K3s' own container images into the guest, so that it needs no internet to come up.",
    example: 'false',
  },
  'k3s.disable': {
    kind: 'components',
    scope: 'project',
    default: [],
    description: 'Packaged components to leave out.',
    example: 'traefik,servicelb',
    choices: ['traefik', 'servicelb', 'metrics-server', 'local-storage', 'coredns'],
  },
  'k3s.config': {
    kind: 'map',
    scope: 'project',
    default: {},
    description: 'Anything else for /etc/rancher/k3s/config.yaml.',
    example: '{"cluster-cidr": "10.52.0.0/16"}',
  },
  'ports.ssh': {
    kind: 'port',
    scope: 'project',
    default: null,
    min: 1,
    max: 65_535,
    description: 'Port of SSH on 127.0.0.1 (qemu:///session only). Default: a free one.',
    example: '2222',
  },
  'ports.api': {
    kind: 'port',
    scope: 'project',
    default: null,
    min: 1,
    max: 65_535,
    description: 'Port of the Kubernetes API on 127.0.0.1 (qemu:///session only). Default: a free one.',
    example: '6443',
  },
  'ports.nodePorts': {
    kind: 'ports',
    scope: 'project',
    default: [],
    min: 1,
    max: 65_535,
    description: 'NodePorts to forward to the same ports on 127.0.0.1 (qemu:///session only).',
    example: '30080,30443',
  },
  wait: {
    kind: 'choice',
    scope: 'project',
    default: 'all',
    description: 'What setup, start and restart wait for: the API, a Ready node, all core pods, or nothing.',
    example: 'api',
    choices: ['none', 'api', 'node', 'all'],
  },
  timeout: {
    kind: 'duration',
    scope: 'project',
    default: 600_000,
    min: 1000,
    description: 'How long setup, start and restart wait.',
    example: '20m',
  },
  stopTimeout: {
    kind: 'duration',
    scope: 'project',
    default: 60_000,
    min: 1000,
    description: 'How long stop waits for the guest to shut down.',
    example: '2m',
  },
  stopMode: {
    kind: 'choice',
    scope: 'project',
    default: 'shutdown',
    description: 'What stop does: shut the guest down, or save it to disk so that start goes on where it was.',
    example: 'save',
    choices: ['shutdown', 'save'],
  },
  autoSuspend: {
    kind: 'duration',
    scope: 'project',
    default: null,
    min: 60_000,
    description:
      'How long the VM may be without traffic until it is saved to disk (qemu:///system only); off: it never is.',
    example: '30m',
  },
  egressProbe: {
    kind: 'probe',
    // A connection is opened and closed, nothing is sent, and only while the VM runs, whose guest can do the same
    scope: 'project',
    default: 'get.k3s.io:443',
    description: 'host:port by which status tells whether host and guest reach the internet; off: it does not look.',
    example: 'proxy.example:3128',
  },
  terminal: {
    kind: 'program',
    scope: 'user',
    risk: 'names a program that runs on this machine',
    default: null,
    description: "Terminal in which the dashboard opens k9s and shells. Default: the desktop's own.",
    example: 'alacritty',
  },
  'sources.images': {
    kind: 'url',
    scope: 'user',
    risk: sourceRisk,
    default: defaultSources.images,
    description: "Where Debian's cloud images come from.",
    example: 'https://mirror.example/images/cloud',
  },
  'sources.k3sReleases': {
    kind: 'url',
    scope: 'user',
    risk: sourceRisk,
    default: defaultSources.k3sReleases,
    description: 'Where K3s releases come from.',
    example: 'https://mirror.example/k3s',
  },
  'sources.k3sChannels': {
    kind: 'url',
    scope: 'user',
    risk: sourceRisk,
    default: defaultSources.k3sChannels,
    description: 'The K3s channel server.',
    example: 'https://mirror.example/channels',
  },
  'sources.k3sInstall': {
    kind: 'url',
    scope: 'user',
    risk: sourceRisk,
    default: defaultSources.k3sInstall,
    description: "Where K3s' install.sh comes from.",
    example: 'https://mirror.example/k3s-source',
  },
};

/** All keys, in the order of the table. */
export const settingNames = Object.keys(settings) as SettingName[];

/** The environment variable of a key: `k3s.version` is K3S_VM_K3S_VERSION. */
export const environmentName = (key: SettingName): string =>
  `K3S_VM_${key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

/** Whether a text is a key. */
export const isSettingName = (text: string): text is SettingName => Object.hasOwn(settings, text);
