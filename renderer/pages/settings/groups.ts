/**
 * The settings in groups with readable titles, and the search over them. A key that this page does not
 * know is shown too.
 */
import type { SettingEntry } from '../../../preload/api';
import { settings as strings } from '../../strings/settings';

export interface Group {
  readonly id: string;
  readonly title: string;
  readonly entries: readonly SettingEntry[];
}

/** A setting's readable title; its key where it has none. */
export const titleOf = (key: string): string => strings.titles[key] ?? key;

const matches = (pattern: string, key: string): boolean =>
  pattern.endsWith('.*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;

const capitalised = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

function groupOf(key: string): { readonly id: string; readonly title: string } {
  const known = strings.groups.find(({ keys }) => keys.some((pattern) => matches(pattern, key)));
  if (known !== undefined) return known;
  const [prefix, leaf] = key.split('.');
  return prefix === undefined || leaf === undefined
    ? { id: 'other', title: strings.otherGroup }
    : { id: prefix, title: capitalised(prefix) };
}

/** Entries by group, in the page's order. Unknown groups come last, in the order of their keys. */
export function groupsOf(entries: readonly SettingEntry[]): readonly Group[] {
  const groups = new Map<string, { id: string; title: string; entries: SettingEntry[] }>(
    strings.groups.map(({ id, title }) => [id, { id, title, entries: [] }]),
  );
  for (const entry of entries) {
    const { id, title } = groupOf(entry.key);
    const group = groups.get(id) ?? { id, title, entries: [] };
    group.entries.push(entry);
    groups.set(id, group);
  }
  return [...groups.values()].filter((group) => group.entries.length > 0);
}

/** Whether every word of the query is in the key, the title, the description or the group's title. */
export function isFound(entry: SettingEntry, query: string): boolean {
  const text = [entry.key, titleOf(entry.key), entry.description, groupOf(entry.key).title].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
