import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../../package.json';
import { testServer, type TestServer } from '../../core/testing/test-server';
import { runFake } from '../fake-cluster';

let home: string;
let registry: TestServer;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'k3s-vm-version-'));
  registry = await testServer();
  mkdirSync(join(home, '.config', 'k3s-vm'), { recursive: true });
  writeFileSync(join(home, '.config', 'k3s-vm', 'config.yaml'), `sources:\n  k3sVm: ${registry.url}\n`);
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true });
});

const run = (...args: string[]) => runFake(['version', ...args], { cwd: home, env: { HOME: home } });
const publish = (newest: string): unknown =>
  registry.files.set('/k3s-vm/latest', JSON.stringify({ version: newest, scripts: { install: 'reboot' } }));

describe('the version', () => {
  it('is told without asking anybody', async () => {
    publish('99.0.0');
    expect(await run()).toMatchObject({ status: 0, stdout: `k3s-vm ${version}\n`, stderr: '' });
    expect(await run('--json')).toMatchObject({ status: 0 });
    expect(registry.requests).toEqual([]);
  });

  it('is compared to the newest with --check', async () => {
    publish(version);
    const same = `k3s-vm ${version}\nThis is the newest release.\n`;
    expect(await run('--check')).toMatchObject({ status: 0, stdout: same, stderr: '' });
    publish('99.0.0');
    const { status, stdout } = await run('--check');
    expect(status).toBe(0);
    expect(stdout).toContain('k3s-vm 99.0.0 is available. Update:\n  ');
    expect(registry.requests).toEqual(['GET /k3s-vm/latest', 'GET /k3s-vm/latest']);
  });

  it('has both as JSON', async () => {
    publish('99.0.0');
    const { stdout } = await run('--check', '--json');
    expect(JSON.parse(stdout)).toEqual({
      ...{ schemaVersion: 1, version, node: process.versions.node },
      ...{ newest: '99.0.0', updateAvailable: true },
    });
  });

  it('says what to do when the registry cannot say', async () => {
    const { status, stdout, stderr } = await run('--check');
    expect({ status, stdout }).toEqual({ status: 12, stdout: '' });
    expect(stderr).toContain('k3s-vm config get sources.k3sVm');
    const { error } = JSON.parse((await run('--check', '--json')).stderr) as { error: { code: string } };
    expect(error.code).toBe('NEWEST_UNKNOWN');
  });
});
