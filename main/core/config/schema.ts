/**
 * The configuration of one project, as the core uses it: the settings' checked values, dotted keys as nested objects,
 * each name with the unit of its value. Its type and its making follow from the table of settings.
 */
import { settingNames, withUnit, type SettingName, type Settings, type WithUnit } from './settings';

export type Acceleration = Settings['acceleration'];
export type WaitFor = Settings['wait'];

type Prefix = SettingName extends infer K ? (K extends `${infer P}.${string}` ? P : never) : never;

/** The resolved configuration of one project: `memoryBytes`, `timeoutMs`, `k3s.version`. */
export type Config = {
  /** Absolute path of the project folder. */
  readonly project: string;
} & {
  readonly [K in SettingName as K extends `${string}.${string}` ? never : WithUnit<K>]: Settings[K];
} & {
  readonly [P in Prefix]: {
    readonly [K in SettingName as WithUnit<K> extends `${P}.${infer Leaf}` ? Leaf : never]: Settings[K];
  };
};

/**
 * The configuration from checked values.
 *
 * @param project absolute path of the project folder
 */
export function toConfig(project: string, values: Settings): Config {
  const config: Record<string, unknown> = { project };
  for (const key of settingNames) {
    const [group, leaf] = withUnit(key).split('.') as [string, string?];
    if (leaf === undefined) config[group] = values[key];
    else config[group] = { ...(config[group] as object | undefined), [leaf]: values[key] };
  }
  // Exactly what the type above says, key by key
  return config as unknown as Config;
}
