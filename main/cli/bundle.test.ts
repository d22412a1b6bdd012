/**
 * The bundle as a process, built as `npm run build` does.
 */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let bundle: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'k3s vm ')));
  bundle = join(folder, 'k3s-vm.cjs');
  execFileSync(process.execPath, [join(checkout, 'build.mjs'), '--only=cli', `--outdir=${folder}`]);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [bundle, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: join(folder, 'home') },
  });

describe('the bundle', () => {
  it('prints help and version', () => {
    expect(run('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('Commands:') });
    expect(run('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^k3s-vm \d/) });
    expect(run('completion', 'bash')).toMatchObject({ status: 0, stdout: expect.stringContaining('complete -F') });
  });

  it('refuses what it does not know', () => {
    expect(run('statsu')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('Did you mean "status"?'),
    });
    const asJson = run('status', '--jsn', '--json');
    expect(asJson.status).toBe(2);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('edits and shows the configuration', () => {
    expect(run('config', 'set', 'k3s.disable', 'traefik')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'k3s-vm.yaml'), 'utf8')).toContain('disable: [ traefik ]');
    expect(run('config', 'get', 'k3s.disable').stdout).toBe('traefik\n');
    expect(run('config', 'show').stdout).toMatch(/k3s\.disable +traefik +.*k3s-vm\.yaml:4/);
    expect(run('config', 'set', 'cpus', 'x')).toMatchObject({ status: 2 });
  });

  it.each(['0.12.18', '18.20.4', '20.9.0', '20.10.0'])('refuses Node %s on every run, in words', (version) => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
    const old = spawnSync(process.execPath, ['-e', `${pretend} require(${JSON.stringify(bundle)})`], {
      encoding: 'utf8',
    });
    expect(old.status).toBe(10);
    expect(old.stdout).toBe('');
    expect(old.stderr).toMatch(/^k3s-vm needs Node\.js 20\.11 or newer; .*\nInstall a newer one: https:/);
  });

  const asRoot = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;
  it.skipIf(!asRoot)('says that a folder cannot be written, and is no bug', () => {
    const project = join(folder, "pro'ject");
    const home = join(folder, 'own home');
    for (const path of [project, home]) mkdirSync(path);
    const script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1" && shift && exec "$@"';
    const env = { PATH: process.env.PATH, HOME: home };
    const readOnly = (what: string, ...args: string[]): SpawnSyncReturns<string> =>
      spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', what, process.execPath, bundle, ...args], {
        encoding: 'utf8',
        env,
      });
    const set = readOnly(project, '--project', project, 'config', 'set', 'cpus', '3');
    expect(set).toMatchObject({ status: 10, stdout: '' });
    expect(set.stderr).toContain(`k3s-vm cannot use ${project}/k3s-vm.yaml: it is on a read-only file system.`);
    const imported = join(folder, 'install.sh');
    writeFileSync(imported, '#!/bin/sh\n');
    const kept = readOnly(home, '--project', project, 'cache', 'import', imported, '--k3s-version', 'v1.36.1+k3s1');
    expect(kept.status).toBe(10);
    expect(kept.stderr).toContain('it is on a read-only file system');

    // Their own folder, which they may not write to; and mkdtemp lets nobody else look into its folder
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chownSync(closed, 65534, 65534);
    chmodSync(closed, 0o555);
    chmodSync(folder, 0o755);
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, bundle];
    const asNobody = spawnSync('setpriv', [...nobody, '--project', closed, 'config', 'set', 'cpus', '3'], {
      cwd: closed,
      encoding: 'utf8',
      env,
    });
    chmodSync(folder, 0o700);
    expect(asNobody.status).toBe(10);
    expect(asNobody.stderr).toContain('you lack permission');
    for (const { stderr } of [set, kept, asNobody]) expect(stderr).not.toContain('bug');
  });

  it('keeps its code cache for the very node that made it: another one crashed on it', () => {
    const files = readdirSync(join(folder, 'cli'));
    const scripts = files.filter((name) => name.endsWith('.cjs'));
    const caches = scripts.map((name) => name.replace('.cjs', `-${process.version}-${process.arch}.cache`));
    expect(files.filter((name) => name.endsWith('.cache')).sort()).toEqual(caches.sort());
    expect(scripts).toEqual(expect.arrayContaining(['index.cjs', 'look.cjs', 'rest.cjs']));
  });

  it('loads for the help and for a look at a cluster only their own scripts, which makes them quick', () => {
    const copy = join(folder, 'copy');
    cpSync(join(folder, 'cli'), join(copy, 'cli'), { recursive: true });
    cpSync(bundle, join(copy, 'k3s-vm.cjs'));
    rmSync(join(copy, 'cli/rest.cjs'));
    const without = (...args: string[]): SpawnSyncReturns<string> =>
      spawnSync(process.execPath, [join(copy, 'k3s-vm.cjs'), ...args], {
        cwd: copy,
        encoding: 'utf8',
        env: { PATH: '' },
      });
    expect(without('status', '--connection', 'qemu:///system')).toMatchObject({
      status: 10,
      stderr: expect.stringContaining('virsh'),
    });
    rmSync(join(copy, 'cli/look.cjs'));
    expect(without('--help')).toMatchObject({ status: 0, stderr: '' });
    rmSync(copy, { recursive: true });
  });

  it('does not mind a reader that leaves', () => {
    const piped = spawnSync(
      'bash',
      ['-o', 'pipefail', '-c', '"$0" "$1" completion bash | head -n 1', process.execPath, bundle],
      {
        encoding: 'utf8',
      },
    );
    expect(piped).toMatchObject({ status: 0, stderr: '' });
  });
});
