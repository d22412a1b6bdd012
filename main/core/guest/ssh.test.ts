import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { seeded } from '../testing/random';
import { createVmFolder, vmDir } from '../files/vm-folder';
import { createIdentity } from './identity';
import { shellQuote } from '../shell-quote';
import { isFinal, sshArgs, sshFailure, sshInteractive, sshRun, type SshTarget } from './ssh';

const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
const target: SshTarget = { uuid, vm: 'k3s-a', address: '127.0.0.1', port: 2222 };

let root: string;
beforeEach(() => {
  root = tempFolder();
  vi.stubEnv('XDG_STATE_HOME', join(root, 'state'));
});
afterEach(() => void vi.unstubAllEnvs());

/** What ssh makes of our arguments, by option. */
function understood(args: readonly string[], cwd: string): Record<string, string> {
  const { stdout, stderr, status } = spawnSync('ssh', ['-G', ...args], { cwd, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return Object.fromEntries(stdout.split('\n').map((line) => line.split(/ (.*)/s).slice(0, 2) as [string, string]));
}

describe('ssh', () => {
  it('pins the host key under the VM’s name and uses nothing of the user’s', () => {
    const args = sshArgs(target, ['echo', "it's"]);
    expect(args).toContain('StrictHostKeyChecking=yes');
    expect(args).toContain('HostKeyAlias=k3s-a');
    expect(args.slice(0, 2)).toEqual(['-F', '/dev/null']);
    expect(args.slice(-4)).toEqual(['--', '127.0.0.1', 'echo', `'it'\\''s'`]);
  });

  it('is given no path, so that there is none to be misread', () => {
    vi.stubEnv('XDG_STATE_HOME', '/a "b" %h ${HOME}\n~c');
    const args = sshArgs(target, []);
    expect(args.filter((arg) => arg.includes('/'))).toEqual(['/dev/null', 'GlobalKnownHostsFile=/dev/null']);
  });

  it.runIf(spawnSync('ssh', ['-V']).status === 0)('reads the files of the VM wherever they are', () => {
    const random = seeded(42);
    const odd = `a"'%hd\${HOME}~ \n\t\\#;*ü=:,@-`;
    for (let i = 0; i < 40; i++) {
      const folder = join(root, `x${random.text(odd, 24)}`, `y${random.text(odd, 24)}`);
      mkdirSync(folder, { recursive: true });
      // ssh passes over a key that it does not find
      writeFileSync(join(folder, 'id_ed25519'), '');
      expect(understood(sshArgs(target, []), folder)).toMatchObject({
        hostname: '127.0.0.1',
        user: 'k3s-vm',
        port: '2222',
        identityfile: 'id_ed25519',
        userknownhostsfile: 'known_hosts',
        stricthostkeychecking: 'true',
        hostkeyalias: 'k3s-a',
        updatehostkeys: 'false',
      });
    }
  });

  it('goes to an address and to nothing else', () => {
    for (const address of ['-oProxyCommand=touch /tmp/x', '', 'evil.example', '::1 -v', '127.0.0.1\n']) {
      expect(() => sshArgs({ ...target, address }, []), address).toThrow(/address/);
    }
    expect(sshArgs({ ...target, address: 'fd00::2' }, []).slice(-2)).toEqual(['--', 'fd00::2']);
  });

  it('quotes words for the guest’s shell', () => {
    expect(shellQuote('a b')).toBe("'a b'");
    expect(shellQuote('/usr/bin/x')).toBe('/usr/bin/x');
    expect(shellQuote('')).toBe("''");
  });
});

describe('what ssh says', () => {
  const refused = 'k3s-vm@10.0.0.2: Permission denied (publickey).';
  const unverified =
    'No ED25519 host key is known for k3s-a and you have requested strict checking.\nHost key verification failed.';
  it.each([
    [refused, 'SSH_DENIED', true],
    [`"System is booting up. Unprivileged users are not permitted to log in yet."\n${refused}`, 'SSH_FAILED', false],
    [unverified, 'HOST_KEY_MISMATCH', true],
    [
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.',
      'HOST_KEY_MISMATCH',
      true,
    ],
    ['ssh: connect to host 10.0.0.2 port 22: Connection refused', 'SSH_FAILED', false],
    ['kex_exchange_identification: Connection closed by remote host', 'SSH_FAILED', false],
    ['client_loop: send disconnect: Broken pipe', 'SSH_FAILED', false],
    ['cat: /etc/shadow: Permission denied', 'SSH_FAILED', false],
    ['', 'SSH_FAILED', false],
  ])('%j is %s', (stderr, code, final) => {
    const error = sshFailure(stderr, target);
    expect(error).toMatchObject({
      code,
      hints: expect.arrayContaining([expect.objectContaining({ text: expect.any(String) })]),
    });
    expect(isFinal(error)).toBe(final);
  });
});

describe('a VM', () => {
  /** Puts a program in ssh's place. */
  const fakeSsh = (script: string): void => {
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin/ssh'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, 'bin/ssh'), 0o755);
    vi.stubEnv('PATH', `${join(root, 'bin')}:${process.env.PATH ?? ''}`);
  };
  const vm = { name: 'k3s-a', connection: 'qemu:///system', project: '/p' };

  it('whose keys are lost is told as such at once, with the way out', async () => {
    fakeSsh('exit 0');
    const lost = {
      code: 'KEYS_LOST',
      hints: expect.arrayContaining([expect.objectContaining({ command: 'k3s-vm reset --recreate' })]),
    };
    await expect(sshRun(target, ['true'])).rejects.toMatchObject(lost);
    await createVmFolder(uuid, vm);
    await expect(sshInteractive(target, ['true'])).rejects.toMatchObject(lost);
  });

  it('is reached from its own folder', async () => {
    fakeSsh('pwd; ls');
    await createIdentity(uuid, vm);
    expect((await sshRun(target, ['true'])).stdout.split('\n')).toEqual([
      execFileSync('realpath', [vmDir(uuid)], { encoding: 'utf8' }).trim(),
      'id_ed25519',
      'id_ed25519.pub',
      'known_hosts',
      'vm.json',
    ]);
  });

  it('that refuses a shell says why, and a command may end with ssh’s own status', async () => {
    await createIdentity(uuid, vm);
    fakeSsh(`case "$*" in *true) echo 'x@y: Permission denied (publickey).' >&2 ;; esac; exit 255`);
    await expect(sshInteractive(target, ['ls'])).rejects.toMatchObject({ code: 'SSH_DENIED' });
    writeFileSync(join(root, 'bin/ssh'), '#!/bin/sh\ncase "$*" in *true) exit 0 ;; esac; exit 255\n');
    expect(await sshInteractive(target, ['sh', '-c', 'exit 255'])).toBe(255);
  });
});
