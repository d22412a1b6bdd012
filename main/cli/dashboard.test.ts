import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFake } from './fake-cluster';

let home: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-dashboard-')));
  mkdirSync(join(home, 'project'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** Opens the dashboard where Electron is a shell script. */
function open(electron: string, ...args: string[]) {
  const file = join(home, 'electron');
  writeFileSync(file, `#!/bin/sh\n${electron}\n`);
  chmodSync(file, 0o755);
  const env = { HOME: home, DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: home };
  return runFake(['dashboard', ...args], { cwd: join(home, 'project'), env });
}

describe("the dashboard's window", () => {
  it('opens, and is left to itself', async () => {
    expect(await open('exit 0')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('that crashes at its start is told, and the browser is opened instead', async () => {
    // Here is no build whose page could be served: it gets as far as looking for it
    const { stderr } = await open('sleep 0.7; exit 127');
    expect(stderr).toContain(`Warning: The dashboard window did not open: ${home}/electron exited with status 127.`);
    expect(stderr).toContain('Opening the dashboard in the browser instead.');
    expect(stderr).toContain('web.cjs');
  });

  it('that crashes when it was to stay hidden is a failure', async () => {
    const { status, stderr } = await open('kill -SEGV $$', '--hidden');
    expect(status).toBe(1);
    expect(stderr).toContain('was killed by SIGSEGV');
    expect(stderr).not.toContain('browser');
  });
});
