/**
 * All settings, as the settings page shows and changes them: the same table, schema and files as the command line's.
 */
import type { SettingEntry } from '../../preload/api';
import { knownKey } from '../core/config/edit';
import { settingGroups, settingNames, settings, type Setting, type SettingName } from '../core/config/settings';
import type { LoadedConfig } from '../core/config/load';
import { defaultName } from '../core/config/naming';
import { isForProjects, isReserved, reservedProblem } from '../core/config/scope';
import { fromText, toText } from '../core/config/text';
import { checkValue } from '../core/config/validation';
import { k3sVmError } from '../core/errors';
import { operand, sh } from '../core/shell-quote';
import { strings } from './strings';

/** Only a closed set of choices is a select: an image may be a path, a version may be exact. */
function controlOf({ kind, choices }: Setting): SettingEntry['control'] {
  if (kind === 'boolean') return 'switch';
  if (kind === 'choice') return 'select';
  // The choices are for single words of the list, but a browser would offer them for the whole text
  return choices === undefined || kind === 'components' ? 'input' : 'suggest';
}

/** The rows of the settings page, in the order of the table. */
export const settingEntries = ({ values, sources, config }: LoadedConfig): readonly SettingEntry[] =>
  settingNames.map((key) => {
    const { title, group, description, example, choices, effect, scope, default: fallback } = settings[key];
    return {
      key,
      title,
      group: settingGroups[group],
      description,
      example,
      control: controlOf(settings[key]),
      effect,
      ...(choices === undefined ? {} : { choices }),
      value: toText(key, values[key]),
      defaultValue: key === 'name' ? defaultName(config.project) : toText(key, fallback),
      source: sources[key],
      projectOnly: scope === 'project-only',
      ...(isReserved(key) ? { setBy: { text: strings.onlyCommandLine, command: userCommand(key, example) } } : {}),
    };
  });

/**
 * What is wrong with a text as the value of a key; null: nothing. A page may not choose programs or their sources, not even
 * in the user's file: a compromised page could run programs that way.
 *
 * @throws USAGE for an unknown key
 */
export function problemOf(key: string, text: string): string | null {
  const name = knownKey(key);
  const checked = checkValue(name, fromText(name, text));
  if ('problem' in checked) return checked.problem;
  return isForProjects(name, checked.value) ? null : notHere(name);
}

/**
 * Refuses what the dashboard may not change.
 *
 * @param text the value to set; null: the key is to be unset
 * @throws CONFIG_INVALID with the command that does it; USAGE for an unknown key
 */
export function assertSettable(key: string, text: string | null): void {
  const name = knownKey(key);
  const value = text === null ? undefined : checkValue(name, fromText(name, text));
  // An invalid value is refused later, when it is written
  if (value === undefined ? !isReserved(name) : 'problem' in value || isForProjects(name, value.value)) return;
  throw k3sVmError('CONFIG_INVALID', {
    where: key,
    problems: [notHere(name)],
    hints: [{ text: strings.useCommandLine, command: userCommand(name, text) }],
  });
}

const notHere = (key: SettingName): string => strings.notHere(reservedProblem(key));
const userCommand = (key: SettingName, text: string | null): string =>
  text === null ? sh`k3s-vm config unset --user ${key}` : sh`k3s-vm config set --user ${key} ${operand(text)}`;
