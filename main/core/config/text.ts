/**
 * Settings as text: what flags, environment variables and `config set` carry, and what `config get` prints.
 */
import { formatDuration, formatSize } from './units';
import { settings, type SettingName } from './settings';

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

const number = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/**
 * What the text would be in YAML. Text that does not fit is passed on as it is: the schema says what is wrong with it.
 */
export function fromText(key: SettingName, text: string): unknown {
  const trimmed = text.trim();
  switch (settings[key].kind) {
    case 'count':
      return number(trimmed);
    case 'boolean':
      return truths[trimmed.toLowerCase()] ?? trimmed;
    case 'components':
      return words(trimmed);
    case 'ports':
      return words(trimmed).map(number);
    case 'port':
      return number(trimmed);
    case 'map':
      try {
        return JSON.parse(trimmed === '' ? '{}' : trimmed) as unknown;
      } catch {
        return trimmed;
      }
    default:
      return trimmed;
  }
}

const words = (text: string): string[] =>
  text
    .replace(/^\[(.*)\]$/, '$1')
    .split(/[\s,]+/)
    .filter(Boolean);

/** A validated value as text that fromText and the schema read back to the same value. */
export function toText(key: SettingName, value: unknown): string {
  if (value === null || value === undefined) return settings[key].none ?? 'auto';
  switch (settings[key].kind) {
    case 'size':
      return formatSize(Number(value));
    case 'duration':
      return formatDuration(Number(value));
    case 'components':
    case 'ports':
      return (value as readonly unknown[]).join(',');
    case 'map':
      return JSON.stringify(value);
    default:
      return String(value);
  }
}

/** The default of a setting for people: `4GiB`, `a free port`. */
export const defaultText = (key: SettingName): string =>
  settings[key].defaultText ?? toText(key, settings[key].default);
