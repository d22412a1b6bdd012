import type { SettingEntry } from '../../preload/api';

type SourceKind = SettingEntry['source']['kind'];

export const settings = {
  intro: 'All settings of k3s-vm.yaml. Save a change with its Save button or with Enter.',

  // The dashboard itself
  dashboard: 'Dashboard',
  theme: 'Theme',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
  startAtLogin: 'Start at login',
  startAtLoginText: 'Opens in the tray when you log in.',

  // The toolbar
  search: 'Search settings',
  found: (count: number, all: number): string => (count === all ? `${all} settings` : `${count} of ${all} settings`),
  nothingFound: 'No matching settings',
  nothingFoundText: (query: string): string => `No setting has “${query}” in its name or description.`,
  clearSearch: 'Show all settings',
  saveTo: 'Save to',
  scopes: { project: 'This project', user: 'All my projects' },
  scopeFiles: { project: 'Project file', user: 'User file' },
  scopesText: 'The project file overrides the user file.',

  // A row
  save: 'Save',
  undo: 'Undo',
  reset: 'Reset to default',
  resetOf: (title: string): string => `Reset ${title} to its default`,
  saveOf: (title: string): string => `Save ${title}`,
  undoOf: (title: string): string => `Undo the change to ${title}`,
  example: (text: string): string => `Example: ${text}`,
  empty: 'automatic',
  sources: {
    default: 'Default',
    user: 'User file',
    project: 'Project file',
    environment: 'Environment',
    flag: 'Flag',
  } satisfies Record<SourceKind, string>,
  setBy: 'This decides which programs run on your machine, so only the command line can change it. Example:',
  projectOnly: 'this project only',
  overridden: 'The project file sets this too and overrides it.',
  saved: (title: string, value: string, source: string): string => `${title} is now ${value} (${source}).`,
  on: 'On',
  off: 'Off',

  files: 'Files',
  filesText: 'You can also edit these files by hand. The command line uses the same ones.',

  /** Groups in the order of the page. A key that is in no group gets one by its prefix, else `otherGroup`. */
  groups: [
    { id: 'vm', title: 'VM', keys: ['name', 'connection', 'cpus', 'memory', 'disk', 'acceleration'] },
    { id: 'k3s', title: 'K3s', keys: ['k3s.*'] },
    { id: 'image', title: 'Guest image', keys: ['image', 'imageDigest', 'goldenImage'] },
    { id: 'network', title: 'Network', keys: ['network', 'egressProbe', 'ports.*'] },
    { id: 'storage', title: 'Storage', keys: ['pool'] },
    { id: 'timing', title: 'Start and stop', keys: ['wait', 'timeout', 'stopTimeout', 'stopMode', 'autoSuspend'] },
    { id: 'sources', title: 'Download sources', keys: ['sources.*'] },
  ],
  otherGroup: 'Other',

  /** Readable titles. A key without one is its own title. */
  titles: {
    name: 'Name',
    connection: 'libvirt connection',
    cpus: 'CPUs',
    memory: 'Memory',
    disk: 'Disk',
    acceleration: 'Acceleration',
    'k3s.version': 'Version',
    'k3s.airgap': 'Copy K3s images into the VM',
    'k3s.disable': 'Disabled components',
    'k3s.config': 'Additional K3s configuration',
    image: 'Guest image',
    imageDigest: 'Image digest',
    goldenImage: 'Keep a golden image',
    network: 'libvirt network',
    egressProbe: 'Internet check',
    'ports.ssh': 'SSH port',
    'ports.api': 'API port',
    'ports.nodePorts': 'Forwarded NodePorts',
    pool: 'Storage pool',
    wait: 'Wait for',
    timeout: 'Start timeout',
    stopTimeout: 'Stop timeout',
    stopMode: 'Stop mode',
    autoSuspend: 'Suspend when idle',
    terminal: 'Terminal',
    'sources.images': 'Guest images',
    'sources.k3sReleases': 'K3s releases',
    'sources.k3sChannels': 'K3s channels',
    'sources.k3sInstall': 'K3s install script',
  } as Readonly<Record<string, string>>,
} as const;
