import type { SettingEffect, SettingEntry } from '../../preload/api';

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
  /** Beside settings that a change of the file alone does not bring to the VM. */
  effects: {
    setup: 'Used when the VM is set up; one that is there keeps its own.',
    start: 'Takes effect at the next start.',
    use: null,
  } satisfies Record<SettingEffect, string | null>,
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
} as const;
