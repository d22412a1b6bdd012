import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findWindow, openers } from './dashboard-host';

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

describe('what starts the window', () => {
  const env = () => ({ DISPLAY: ':0', PATH: join(root, 'path') });

  it('is the one that is named, then the distribution’s, then npm’s', async () => {
    expect(await findWindow(root, env())).toBeUndefined();
    const bundled = install('node_modules', 'electron', 'dist', 'electron');
    expect(await findWindow(root, env())).toEqual([bundled, root]);
    const installed = install('path', 'electron');
    expect(await findWindow(root, env())).toEqual([installed, root]);
    const named = install('named', 'electron');
    expect(await findWindow(root, { ...env(), ELECTRON_OVERRIDE_DIST_PATH: join(root, 'named') })).toEqual([
      named,
      root,
    ]);
  });

  it('is the app of the package that we are a part of, whatever else there is', async () => {
    install('path', 'electron');
    const unpacked = join(root, 'opt', 'resources', 'app.asar.unpacked');
    mkdirSync(unpacked, { recursive: true });
    writeFileSync(join(root, 'opt', 'resources', 'app.asar'), '');
    expect(await findWindow(unpacked, env())).toBeUndefined();
    const app = install('opt', 'k3s-vm-dashboard');
    expect(await findWindow(unpacked, env())).toEqual([app]);
  });

  it('is of no use without a display', async () => {
    install('path', 'electron');
    expect(await findWindow(root, { PATH: join(root, 'path') })).toBeUndefined();
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
