import { describe, expect, it } from 'vitest';
import { openTerminal, terminalArguments, terminalNames } from './terminal';

const desktop = { DISPLAY: ':0', PATH: '/usr/bin' };

describe('which terminals are tried', () => {
  it.each([
    [
      'what is configured first, then what the environment names',
      { ...desktop, TERMINAL: 'kitty' },
      'foot',
      ['foot', 'kitty', 'xdg-terminal-exec'],
    ],
    [
      "the desktop's own before others",
      { ...desktop, XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' },
      null,
      ['xdg-terminal-exec', 'ptyxis', 'kgx', 'gnome-terminal'],
    ],
    ["KDE's", { WAYLAND_DISPLAY: 'wayland-0', XDG_CURRENT_DESKTOP: 'KDE' }, null, ['xdg-terminal-exec', 'konsole']],
    ['none without a display', { PATH: '/usr/bin' }, 'foot', []],
  ])('%s', (_what, env, wanted, first) => {
    expect(terminalNames(env, wanted).slice(0, first.length)).toEqual(first);
    if (first.length === 0) expect(terminalNames(env, wanted)).toEqual([]);
  });

  it('tries none twice', () => {
    const names = terminalNames({ ...desktop, XDG_CURRENT_DESKTOP: 'KDE', TERMINAL: 'konsole' }, 'konsole');
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('how they are given a command', () => {
  it.each([
    ['gnome-terminal', ['--', 'sh', '-c', "it's"]],
    ['/usr/bin/konsole', ['-e', 'sh', '-c', "it's"]],
    ['kitty', ['sh', '-c', "it's"]],
    ['tilix', ['-e', `sh -c 'it'\\''s'`]],
    ['some-other-term', ['-e', 'sh', '-c', "it's"]],
  ])('%s', (name, args) => {
    expect(terminalArguments(name, ['sh', '-c', "it's"])).toEqual(args);
  });
});

describe('openTerminal', () => {
  const options = {
    what: 'shell',
    project: '/home/ada/my project',
    bin: '/opt/k3s vm/bin',
    env: desktop,
    wanted: null,
  } as const;

  it('goes on to the next where one cannot start', async () => {
    const started: (readonly [string, readonly string[]])[] = [];
    const opened = await openTerminal({
      ...options,
      find: (name) => Promise.resolve(['gnome-terminal', 'xterm'].includes(name) ? `/usr/bin/${name}` : undefined),
      start: (file, args) => {
        if (file.endsWith('gnome-terminal')) return Promise.reject(new Error('no D-Bus'));
        started.push([file, args]);
        return Promise.resolve();
      },
    });
    expect(opened).toBe('xterm');
    const [[file, args] = ['', []]] = started;
    expect(file).toBe('/usr/bin/xterm');
    expect(args.slice(-4)).toEqual(['sh', '/home/ada/my project', '/opt/k3s vm/bin/k3s-vm', 'shell']);
  });

  it('has the command to run by hand where there is none', async () => {
    await expect(openTerminal({ ...options, find: () => Promise.resolve(undefined) })).rejects.toMatchObject({
      code: 'NO_TERMINAL',
      hints: [{ command: "cd '/home/ada/my project' && '/opt/k3s vm/bin/k3s-vm' shell" }],
    });
  });
});
