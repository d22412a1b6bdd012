/**
 * All settings, as the settings page shows and changes them: the same table, schema and files as the command line's.
 */
import type { SettingEntry } from '../../preload/api';
import { knownKey } from '../core/config/edit';
import { settingNames, settings } from '../core/config/keys';
import type { LoadedConfig } from '../core/config/load';
import { defaultName } from '../core/config/naming';
import { fromText, toText } from '../core/config/text';
import { checkValue } from '../core/config/validation';

export const settingEntries = ({ values, sources, config }: LoadedConfig): readonly SettingEntry[] =>
  settingNames.map((key) => {
    const { kind, description, example, choices, projectOnly, default: fallback } = settings[key];
    return {
      key,
      kind,
      description,
      example,
      ...(choices === undefined ? {} : { choices }),
      value: toText(key, values[key]),
      defaultValue: key === 'name' ? defaultName(config.project) : toText(key, fallback),
      source: sources[key],
      projectOnly: projectOnly === true,
    };
  });

/** What is wrong with a text as the value of a key; null: nothing. @throws USAGE for an unknown key */
export function problemOf(key: string, text: string): string | null {
  const name = knownKey(key);
  const checked = checkValue(name, fromText(name, text));
  return 'problem' in checked ? checked.problem : null;
}
