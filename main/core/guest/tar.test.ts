import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tar } from './tar';

const list = (archive: Buffer): string =>
  execFileSync('tar', ['--list', '--verbose', '--verbose', '--utc', '--file=-'], { input: archive, encoding: 'utf8' });

describe('tar', () => {
  const archive = tar([
    { path: 'home/k3s-vm/.ssh/', mode: 0o700, owner: 'k3s-vm' },
    { path: 'home/k3s-vm/.ssh/authorized_keys', mode: 0o600, owner: 'k3s-vm', content: 'ssh-ed25519 AAAA\n' },
    { path: 'etc/empty', mode: 0o644 },
    { path: 'etc/large', mode: 0o644, content: 'ä'.repeat(700) },
  ]);

  it('is read by the real tar, with modes, owners and sizes', () => {
    const lines = list(archive)
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(lines.map(([mode, owner, size, , , path]) => [mode, owner, size, path])).toEqual([
      ['drwx------', 'k3s-vm/k3s-vm', '0', 'home/k3s-vm/.ssh/'],
      ['-rw-------', 'k3s-vm/k3s-vm', '17', 'home/k3s-vm/.ssh/authorized_keys'],
      ['-rw-r--r--', 'root/root', '0', 'etc/empty'],
      ['-rw-r--r--', 'root/root', '1400', 'etc/large'],
    ]);
  });

  it('gives contents back byte for byte', () => {
    const extract = ['--extract', '--to-stdout', '--file=-', 'etc/large'];
    expect(execFileSync('tar', extract, { input: archive, encoding: 'utf8' })).toBe('ä'.repeat(700));
  });

  it('refuses a path that does not fit', () => {
    expect(() => tar([{ path: 'a'.repeat(101), mode: 0o644 }])).toThrow();
  });
});
