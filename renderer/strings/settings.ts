import type { SettingEntry } from '../../preload/api';

type SourceKind = SettingEntry['source']['kind'];

export const settings = {
  intro: 'Everything k3s-vm.yaml knows. A change is saved with the Save button beside it, or with Enter.',

  // The dashboard itself
  dashboard: 'This dashboard',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  startAtLogin: 'Start at login',
  startAtLoginText: 'Opens in the tray when you log in.',

  // The toolbar
  search: 'Search settings',
  found: (count: number, all: number): string => (count === all ? `${all} settings` : `${count} of ${all} settings`),
  nothingFound: 'No setting matches',
  nothingFoundText: (query: string): string => `Nothing is called or described by “${query}”.`,
  clearSearch: 'Show all settings',
  saveTo: 'Save to',
  scopes: { project: 'This project', user: 'All my projects' },
  scopeFiles: { project: 'Project file', user: 'User file' },
  scopesText: 'The project’s file wins over the user’s.',

  // A row
  save: 'Save',
  undo: 'Undo',
  reset: 'Reset to default',
  resetOf: (title: string): string => `Reset ${title} to default`,
  saveOf: (title: string): string => `Save ${title}`,
  undoOf: (title: string): string => `Undo the change of ${title}`,
  example: (text: string): string => `For example: ${text}`,
  empty: 'chosen automatically',
  sources: {
    default: 'Default',
    user: 'User file',
    project: 'Project file',
    environment: 'Variable',
    flag: 'Flag',
  } satisfies Record<SourceKind, string>,
  fixedBy: (where: string): string =>
    `Fixed by ${where} for as long as this dashboard runs. Start the dashboard without it to change the value here.`,
  setBy: 'Only the command line can change this, because it decides which programs run on this machine. For example:',
  projectOnly: 'Only for this project.',
  overridden: 'The project’s file sets this too, and wins.',
  saved: (title: string, value: string, source: string): string => `${title} is ${value} now (${source}).`,
  on: 'On',
  off: 'Off',

  files: 'Files',
  filesText: 'You can edit them by hand as well; the command line reads the same ones.',

  /** Groups in the order of the page; keys that are in none go by their prefix, or to `otherGroup`. */
  groups: [
    { id: 'vm', title: 'VM', keys: ['name', 'connection', 'cpus', 'memory', 'disk', 'acceleration'] },
    { id: 'k3s', title: 'K3s', keys: ['k3s.*'] },
    { id: 'image', title: 'Guest image', keys: ['image', 'imageDigest'] },
    { id: 'network', title: 'Network', keys: ['network', 'egressProbe', 'ports.*'] },
    { id: 'storage', title: 'Storage', keys: ['pool'] },
    { id: 'timing', title: 'Start and stop', keys: ['wait', 'timeout', 'stopTimeout', 'stopMode', 'autoSuspend'] },
    { id: 'sources', title: 'Download sources', keys: ['sources.*'] },
  ],
  otherGroup: 'Other',

  /** Readable titles; a key that has none is its own. */
  titles: {
    name: 'Name',
    connection: 'libvirt connection',
    cpus: 'CPUs',
    memory: 'Memory',
    disk: 'Disk',
    acceleration: 'Acceleration',
    'k3s.version': 'Version',
    'k3s.airgap': 'Carry K3s’ images into the VM',
    'k3s.disable': 'Components to leave out',
    'k3s.config': 'Further K3s configuration',
    image: 'Guest image',
    imageDigest: 'Digest of the image',
    network: 'libvirt network',
    egressProbe: 'Internet check',
    'ports.ssh': 'SSH port',
    'ports.api': 'API port',
    'ports.nodePorts': 'Forwarded NodePorts',
    pool: 'Storage pool',
    wait: 'Wait for',
    timeout: 'Start timeout',
    stopTimeout: 'Stop timeout',
    stopMode: 'What stop does',
    autoSuspend: 'Save when idle',
    terminal: 'Terminal',
    'sources.images': 'Guest images',
    'sources.k3sReleases': 'K3s releases',
    'sources.k3sChannels': 'K3s channels',
    'sources.k3sInstall': 'K3s install script',
  } as Readonly<Record<string, string>>,
} as const;
