/**
 * Each row of the table of settings is everything that a setting needs: flag, environment, files, completion, docs and
 * the dashboard have it.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, type Flags, type LoadedConfig } from '../core/config/load';
import { environmentName, flagName, settingNames, settings, valuesOf, withUnit } from '../core/config/settings';
import { settingEntries } from '../dashboard/settings';
import { globalOptions, leafCommands } from './command-table';
import { commands } from './commands';
import { completionScript, shells } from './completion';
import { configurationPage } from './docs';
import { runFake, type Ran } from './fake-cluster';
import { createProgram } from './program';

let root: string;
let project: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'k3s vm ')));
  project = realpathSync(mkdtempSync(join(root, 'shop ')));
});
afterEach(() => rmSync(root, { recursive: true }));

const load = (flags: Flags = {}, env: Readonly<Record<string, string>> = {}): Promise<LoadedConfig> =>
  loadConfig({ project, env: { HOME: root, ...env }, flags });
const run = (...args: string[]): Promise<Ran> => runFake(args, { cwd: project, env: { HOME: root } });

/** The settings that a command line sets. */
async function flagsOf(...args: string[]): Promise<Flags> {
  let found: Flags = {};
  const execute = ({ flags }: { readonly flags: Flags }): Promise<void> => {
    found = flags;
    return Promise.resolve();
  };
  const program = createProgram({ execute, write: () => undefined, columns: 80, color: false });
  await program.parseAsync(args, { from: 'user' });
  return found;
}

describe.each(settingNames)('%s', (key) => {
  const { scope, flag, title, description } = settings[key];
  const example = key === 'imageDigest' ? `sha256:${'a'.repeat(64)}` : settings[key].example;

  it('has a flag where its row has one', async () => {
    const taking = leafCommands.filter(([, { options = [] }]) => options.some(({ flags }) => flags === flag));
    const isGlobal = globalOptions.some(({ flags }) => flags === flag);
    expect(taking.length > 0 || isGlobal).toBe(flag !== undefined);
    const own = taking.filter(([, { options = [] }]) => options.some(({ sets }) => sets?.key === key));
    for (const [name] of own) {
      expect(await flagsOf(...name.split(' '), flagName(key), example)).toEqual({ [key]: example });
    }
    if (isGlobal) expect(await flagsOf(flagName(key), example, 'status')).toEqual({ [key]: example });
    else expect(own.length > 0).toBe(flag !== undefined);
  });

  it('is taken from flags and the environment, and is where the core looks for it', async () => {
    const byFlag = await load({ [key]: example });
    expect(byFlag.sources[key]).toEqual({ kind: 'flag', where: flagName(key) });
    const byEnvironment = await load({}, { [environmentName(key)]: example });
    expect(byEnvironment.sources[key]).toEqual({ kind: 'environment', where: environmentName(key) });
    expect(byEnvironment.values[key]).toEqual(byFlag.values[key]);
    const inConfig = withUnit(key)
      .split('.')
      .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], byFlag.config);
    expect(inConfig).toEqual(byFlag.values[key]);
    expect(byFlag.values[key]).not.toEqual((await load()).values[key]);
  });

  it('is set, read and removed in the file that may have it', async () => {
    const user = scope === 'user' ? ['--user'] : [];
    const before = (await run('config', 'get', key)).stdout;
    expect(await run('config', 'set', ...user, key, example)).toMatchObject({ status: 0 });
    expect((await load()).sources[key].kind).toBe(scope === 'user' ? 'user' : 'project');
    expect((await load()).values[key]).toEqual((await load({ [key]: example })).values[key]);
    expect((await run('config', 'show', key)).stdout).toContain(description);
    expect(await run('config', 'unset', ...user, key)).toMatchObject({ status: 0 });
    expect((await run('config', 'get', key)).stdout).toBe(before);
  });

  it('is completed', () => {
    for (const shell of shells) {
      const script = completionScript(shell);
      expect(script).toMatch(new RegExp(`[' (]${key.replace('.', '\\.')}[' )]`));
      const values = valuesOf(key)?.join(' ');
      if (values !== undefined) expect(script.replaceAll('\\:', ':')).toContain(values);
    }
  });

  it('is documented, and has a row in the dashboard', async () => {
    expect(configurationPage()).toContain(`### \`${key}\`\n\n${description}`);
    const entry = settingEntries(await load()).find((one) => one.key === key);
    expect(entry).toMatchObject({ title, description, control: expect.any(String) as string });
  });
});

it('every command has its module, and every module its command', () => {
  expect(Object.keys(commands).sort()).toEqual(leafCommands.map(([name]) => name).sort());
});
