import type { SettingEntry } from '../../../preload/api';

/** Which control a setting gets. `suggest`: any text, with the usual ones offered. */
export type Control = 'switch' | 'select' | 'suggest' | 'input';

/** Only a closed set of choices is a select: an image may be a path, a version may be exact. */
export function controlOf({ kind, choices }: SettingEntry): Control {
  if (kind === 'boolean') return 'switch';
  if (choices === undefined || choices.length === 0) return 'input';
  if (kind === 'choice') return 'select';
  // The choices are for single words of the list, but a browser would offer them for the whole text
  return kind === 'components' ? 'input' : 'suggest';
}

/** Whether the value comes from a flag or a variable, which no file can change. */
export const isFixed = ({ source }: SettingEntry): boolean => source.kind === 'flag' || source.kind === 'environment';

/** Whether it can only be read here. */
export const isReadOnly = (entry: SettingEntry): boolean => isFixed(entry) || entry.setBy !== undefined;
