/**
 * The settings in their groups, the search over them, and what can be changed of them.
 */
import type { SettingEntry } from '../../../preload/api';

export interface Group {
  readonly title: string;
  readonly entries: readonly SettingEntry[];
}

/** The entries by group, both in the order in which they come. */
export function groupsOf(entries: readonly SettingEntry[]): readonly Group[] {
  const groups = new Map<string, SettingEntry[]>();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups].map(([title, found]) => ({ title, entries: found }));
}

/** Whether every word of the query is in the key, the title, the description or the group's title. */
export function isFound({ key, title, description, group }: SettingEntry, query: string): boolean {
  const text = [key, title, description, group].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Whether the value comes from a flag or a variable, which no file can change. */
export const isFixed = ({ source }: SettingEntry): boolean => source.kind === 'flag' || source.kind === 'environment';

/** Whether it can only be read here. */
export const isReadOnly = (entry: SettingEntry): boolean => isFixed(entry) || entry.setBy !== undefined;
