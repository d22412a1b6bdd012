/**
 * The configuration of a project: flags, then environment, then the project's file, then the user's, then defaults.
 */
import { dirname } from 'node:path';
import { k3sVmError } from '../errors';
import { projectConfigFile, userConfigFile } from '../paths';
import { defaultName } from './naming';
import { nearest } from './nearest';
import { trustVariable, trustedOwners, type Owners } from './ownership';
import { findProject, type ProjectQuery } from './project';
import { readConfigFile } from './read-file';
import { toConfig, type Config } from './schema';
import { assertScope, imagePath, isUnpinned, unpinned, type FileScope } from './scope';
import { environmentName, flagName, settingNames, settings, type SettingName, type Settings } from './settings';
import { fromText } from './text';

/** Where a value comes from; `where` is the flag, the variable or file:line. */
export interface ValueSource {
  readonly kind: 'flag' | 'environment' | 'project' | 'user' | 'default';
  readonly where: string;
}

/** Whether the user named the VM for this call (flag, environment), rather than a file or the project folder. */
export const isNamed = ({ sources }: Pick<LoadedConfig, 'sources'>): boolean =>
  sources.name.kind === 'flag' || sources.name.kind === 'environment';

/** Settings given on the command line, as the texts the user typed. */
export type Flags = { readonly [K in SettingName]?: string | undefined };

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<SettingName, ValueSource>>;
  /** Keys that do not have their default: what a VM takes on at its next start. */
  readonly explicit: ReadonlySet<string>;
  /** The validated values by key, as `config show` prints them. */
  readonly values: Settings;
  readonly warnings: readonly string[];
  readonly files: { readonly project: string; readonly user: string };
}

export interface LoadOptions extends ProjectQuery {
  readonly flags?: Flags;
}

interface Found {
  readonly value: unknown;
  readonly source: ValueSource;
}

/**
 * Loads the configuration. Without files, variables or flags neither the checks nor yaml are loaded.
 *
 * @throws CONFIG_INVALID, naming the file and line, the variable or the flag
 * @throws USAGE when the named project folder is not there
 * @throws UNTRUSTED_PROJECT when it is another user's
 */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const { cwd = process.cwd(), env = process.env, flags = {} } = options;
  const project = findProject(options);
  const files = { project: projectConfigFile(project), user: userConfigFile(env) };

  const found = new Map<SettingName, Found>();
  await fromFile(files.user, 'user', files, found);
  await fromFile(files.project, 'project', files, found, trustedOwners(project, env));
  await fromTexts(
    'environment',
    settingNames,
    (key) => env[environmentName(key)] || undefined,
    environmentName,
    cwd,
    found,
  );
  await fromTexts('flag', settingNames, (key) => flags[key], flagName, cwd, found);
  assertPinned(found);

  const defaultOf = (key: SettingName): Found => ({
    value: key === 'name' ? defaultName(project) : settings[key].default,
    source: { kind: 'default', where: key === 'name' ? 'from the project folder' : 'default' },
  });
  const all = settingNames.map((key) => [key, found.get(key) ?? defaultOf(key)] as const);
  const values = Object.fromEntries(all.map(([key, { value }]) => [key, value])) as unknown as Settings;
  const sources = Object.fromEntries(all.map(([key, { source }]) => [key, source])) as Record<SettingName, ValueSource>;
  const explicit = new Set<string>(found.keys());
  return { config: toConfig(project, values), sources, explicit, values, warnings: unknownVariables(env), files };
}

type Files = LoadedConfig['files'];

async function fromFile(
  path: string,
  scope: FileScope,
  files: Files,
  found: Map<SettingName, Found>,
  owners?: Owners,
): Promise<void> {
  const source = await readConfigFile(path, owners);
  if (source === undefined) return;
  const { parseConfigFile } = await import('./yaml-file');
  const parsed = parseConfigFile(path, source);
  assertScope(parsed, scope, path, files.user);
  for (const [key, { value, line }] of parsed.values) {
    const absolute = key === 'image' ? imagePath(String(value), dirname(path)) : value;
    found.set(key, { value: absolute, source: { kind: scope, where: `${path}:${line}` } });
  }
}

/** An image that a project's file names by its URL is pinned, wherever the digest comes from. */
function assertPinned(found: ReadonlyMap<SettingName, Found>): void {
  const [image, digest] = [found.get('image'), found.get('imageDigest')];
  if (image?.source.kind === 'project' && isUnpinned(image.value, digest?.value)) throw unpinned(image.source.where);
}

async function fromTexts(
  kind: 'environment' | 'flag',
  keys: readonly SettingName[],
  textOf: (key: SettingName) => string | undefined,
  nameOf: (key: SettingName) => string,
  cwd: string,
  found: Map<SettingName, Found>,
): Promise<void> {
  const given = keys.flatMap((key) => {
    const text = textOf(key);
    return text === undefined ? [] : [[key, text] as const];
  });
  if (given.length === 0) return;
  const { checkValue } = await import('./validation');
  const problems: string[] = [];
  for (const [key, text] of given) {
    const checked = checkValue(key, fromText(key, text));
    if ('problem' in checked) problems.push(`${nameOf(key)}: ${checked.problem}`);
    else {
      const value = key === 'image' ? imagePath(String(checked.value), cwd) : checked.value;
      found.set(key, { value, source: { kind, where: nameOf(key) } });
    }
  }
  const where = kind === 'flag' ? 'The command line' : 'The environment';
  if (problems.length > 0) throw k3sVmError('CONFIG_INVALID', { where, problems });
}

/** Variables that look like a mistyped setting. Any other variable with our prefix may belong to another program. */
function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = [
    ...settingNames.map(environmentName),
    'K3S_VM_PROJECT',
    'K3S_VM_CACHE_DIR',
    'K3S_VM_HOME',
    'K3S_VM_PROGRAM',
    trustVariable,
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith('K3S_VM_') && !known.includes(name))
    .flatMap((name) => {
      // The prefix is common to all, so only the rest tells how near they are
      const meant = nearest(
        name.slice(7),
        known.map((candidate) => candidate.slice(7)),
      );
      return meant === undefined ? [] : [`${name} is not a setting; did you mean K3S_VM_${meant}?`];
    });
}
