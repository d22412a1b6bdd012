import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findElectron, openers } from './dashboard-host';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'k3s-vm-electron-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function install(...path: string[]): string {
  const file = join(root, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

describe("Electron's binary", () => {
  const env = () => ({ DISPLAY: ':0', PATH: join(root, 'path') });

  it('is the one that is named, then the distribution’s, then npm’s', async () => {
    expect(await findElectron(root, env())).toBeUndefined();
    const bundled = install('node_modules', 'electron', 'dist', 'electron');
    expect(await findElectron(root, env())).toBe(bundled);
    const installed = install('path', 'electron');
    expect(await findElectron(root, env())).toBe(installed);
    const named = install('named', 'electron');
    expect(await findElectron(root, { ...env(), ELECTRON_OVERRIDE_DIST_PATH: join(root, 'named') })).toBe(named);
  });

  it('is of no use without a display', async () => {
    install('path', 'electron');
    expect(await findElectron(root, { PATH: join(root, 'path') })).toBeUndefined();
  });
});

describe('what opens a page', () => {
  const url = 'http://127.0.0.1:1/?token=x';

  it('is a window of its own before a tab', () => {
    const commands = openers(url, { WAYLAND_DISPLAY: 'wayland-0' });
    expect(commands[0]).toEqual(['chromium', `--app=${url}`]);
    expect(commands.at(-1)).toEqual(['xdg-open', url]);
  });

  it.each([
    ['without a display', {}],
    ["over SSH, whose display is another machine's", { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '1 2 3 4' }],
  ])('is nothing %s', (_where, env) => {
    expect(openers(url, env)).toEqual([]);
  });
});
