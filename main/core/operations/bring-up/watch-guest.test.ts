import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../../testing/temp-folder';
import { createIdentity } from '../../guest/identity';
import type { SshTarget } from '../../guest/ssh';
import { watchGuest, type GuestWatch } from './watch-guest';

const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
let root: string;
let guest: Server;
let target: SshTarget;
let ended: AbortController;
beforeEach(async () => {
  root = tempFolder();
  vi.stubEnv('XDG_STATE_HOME', join(root, 'state'));
  // A guest whose sshd greets; what ssh makes of it says the program below
  guest = createServer((socket) => void socket.on('error', () => undefined).write('SSH-2.0-x\r\n'));
  await new Promise<void>((resolve) => guest.listen(0, '127.0.0.1', resolve));
  target = { uuid, vm: 'k3s-a', address: '127.0.0.1', port: (guest.address() as AddressInfo).port };
  ended = new AbortController();
  await createIdentity(uuid, { name: 'k3s-a', connection: 'qemu:///system', project: '/p' });
});
afterEach(() => {
  ended.abort();
  guest.close();
  vi.unstubAllEnvs();
});

/** Puts a program in ssh's place. It counts its calls in `$n`. */
const fakeSsh = (script: string): void => {
  mkdirSync(join(root, 'bin'));
  const count = `n=$(($(cat '${root}/n' 2>/dev/null || echo 0) + 1)); echo $n >'${root}/n'`;
  writeFileSync(join(root, 'bin/ssh'), `#!/bin/sh\n${count}\n${script}\n`);
  chmodSync(join(root, 'bin/ssh'), 0o755);
  vi.stubEnv('PATH', `${join(root, 'bin')}:${process.env.PATH ?? ''}`);
};
const denied = `echo 'k3s-vm@127.0.0.1: Permission denied (publickey).' >&2; exit 255`;
const watch = (graceMs: number, needed = true): GuestWatch => watchGuest(target, ended.signal, { graceMs, needed });
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error as { code?: unknown }).code,
  );
const after = (ms: number): Promise<string> => new Promise((resolve) => setTimeout(resolve, ms, 'nothing'));

describe('a guest that refuses us', () => {
  it.each([
    ['SSH_DENIED', denied],
    ['HOST_KEY_MISMATCH', `echo 'Host key verification failed.' >&2; exit 255`],
  ])('is named within seconds: %s', async (code, script) => {
    fakeSsh(script);
    const startedAt = performance.now();
    expect(await codeOf(watch(1000).kubeconfig)).toBe(code);
    expect(performance.now() - startedAt).toBeLessThan(8000);
  });

  it('may do so for a while at its first boot, and again after it rebooted', async () => {
    fakeSsh(`case $n in 1|2|4) ${denied} ;; 3) exit 255 ;; *) echo stage k3s; echo kubeconfig eA==; sleep 5 ;; esac`);
    expect(await watch(60_000).kubeconfig).toBe('x');
  });

  it('is waited for as long as it says that it boots', async () => {
    const booting = `echo '"System is booting up. Unprivileged users are not permitted to log in yet."' >&2`;
    fakeSsh(`case $n in 1|2|3) ${booting}; exit 255 ;; *) echo stage k3s; sleep 5 ;; esac`);
    await watch(0).reachable;
  });

  it('fails nothing where only the speed depends on it', async () => {
    fakeSsh(denied);
    const { failure, active } = watch(0, false);
    expect(await Promise.race([codeOf(failure), codeOf(active), after(2500)])).toBe('nothing');
  });
});

it('a VM whose keys are lost is told as such at once', async () => {
  rmSync(join(root, 'state'), { recursive: true });
  expect(await codeOf(watch(60_000).reachable)).toBe('KEYS_LOST');
});
