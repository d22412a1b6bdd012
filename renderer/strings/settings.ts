import type { SettingEffect, SettingEntry } from '../../preload/api';

type SourceKind = SettingEntry['source']['kind'];

export const settings = {
  intro: 'All settings of k3s-vm.yaml. Save a change with its Save button or with Enter.',

  // The dashboard itself
  dashboard: 'Preferences',
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
  /** Shown beside settings that a running VM does not pick up from the file. */
  effects: {
    setup: 'Takes effect when a VM is set up. An existing VM keeps its own.',
    start: 'Takes effect at the next start.',
    use: null,
  } satisfies Record<SettingEffect, string | null>,
  empty: 'automatic',
  sources: {
    default: 'Default',
    user: 'User file',
    project: 'Project file',
    environment: 'Environment',
    flag: 'Flag',
  } satisfies Record<SourceKind, string>,
  projectOnly: 'this project only',
  overridden: 'The project file sets this too and overrides it.',
  saved: (title: string, value: string, source: string): string => `${title} is now ${value} (${source}).`,
  on: 'On',
  off: 'Off',

  files: 'Files',
  filesText: 'You can also edit these files by hand. The command line uses the same ones.',
} as const;
