import { afterEach, describe, expect, it, vi } from 'vitest';
import { k3sVmError } from '../errors';
import { resolveConnection } from './connection';
import { isRemote, sessionUri, systemUri } from './uri';
import { systemAsksForPassword, type PolkitProbe } from './polkit';
import { classifyFault, type Virsh, type VirshOutcome } from './virsh';

const noDomain: Partial<VirshOutcome> = { fault: 'no-domain' };

afterEach(() => void vi.restoreAllMocks());

/** A user who is not root; what each connection says, and which were asked. */
function user(answers: Record<string, Partial<VirshOutcome> | Error>) {
  vi.spyOn(process, 'getuid').mockReturnValue(1000);
  const asked: string[] = [];
  const virshFor = (uri: string): Virsh =>
    ({
      attempt: () => {
        asked.push(uri);
        const answer = answers[uri] ?? {};
        return answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve({ stdout: '', stderr: '', ...answer });
      },
    }) as unknown as Virsh;
  return { virshFor, asked };
}
const asks = (answer: 'asks' | 'no' | 'unknown') => () => Promise.resolve(answer);

describe('connection: auto', () => {
  it('is qemu:///session where qemu:///system would ask for a password, and nobody is asked', async () => {
    const { virshFor, asked } = user({ [sessionUri]: noDomain });
    const choice = await resolveConnection('auto', { name: 'k3s-a', virshFor, asksForPassword: asks('asks') });
    expect(choice).toEqual({
      uri: sessionUri,
      why: 'qemu:///system asks you for a password; this one needs no privileges',
      refusal: 'asks you for a password',
    });
    expect(asked).toEqual([sessionUri]);
  });

  it('is qemu:///session where libvirt refuses, in whichever words polkit has for it', async () => {
    for (const text of [
      'error: authentication unavailable: no polkit agent available to authenticate action ’org.libvirt.unix.manage’',
      'error: authentication failed: access denied by policy',
      "error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
      'error: authentication cancelled: user cancelled authentication process',
    ]) {
      const { virshFor } = user({ [systemUri]: { fault: classifyFault(text) }, [sessionUri]: noDomain });
      expect(classifyFault(text), text).toBe('permission');
      const choice = await resolveConnection('auto', { name: 'k3s-a', virshFor, asksForPassword: asks('no') });
      expect(choice).toMatchObject({ uri: sessionUri, refusal: 'denies you access' });
    }
  });

  it('is qemu:///system for who may use it, and where the VM is', async () => {
    const member = user({ [systemUri]: noDomain, [sessionUri]: noDomain });
    const options = { name: 'k3s-a', asksForPassword: asks('no') };
    expect(await resolveConnection('auto', { ...options, virshFor: member.virshFor })).toMatchObject({
      uri: systemUri,
    });
    const there = user({});
    expect(await resolveConnection('auto', { ...options, virshFor: there.virshFor })).toMatchObject({ uri: systemUri });
    expect(there.asked).toEqual([systemUri]);
    const inSession = user({ [systemUri]: noDomain, [sessionUri]: {} });
    expect(await resolveConnection('auto', { ...options, virshFor: inSession.virshFor })).toMatchObject({
      uri: sessionUri,
    });
  });

  it('does not wait for a window that asks; but a libvirt that hangs is no refusal', async () => {
    const hangs = (): Error => k3sVmError('VIRSH_TIMEOUT', { command: 'virsh domstate', seconds: 5 });
    const { virshFor } = user({ [systemUri]: hangs(), [sessionUri]: noDomain });
    expect(await resolveConnection('auto', { virshFor, asksForPassword: asks('unknown') })).toMatchObject({
      uri: sessionUri,
    });
    await expect(resolveConnection('auto', { virshFor, asksForPassword: asks('no') })).rejects.toMatchObject({
      code: 'VIRSH_TIMEOUT',
    });
  });
});

describe('systemAsksForPassword', () => {
  const probe = (mode: number | undefined, status?: number): PolkitProbe => ({
    mode: () => Promise.resolve(mode),
    check: () => Promise.resolve(status),
  });

  it.each([
    ['polkit wants one', 0o140666, 2, 'asks'],
    ['polkit lets its group in', 0o140666, 0, 'no'],
    ['polkit never lets anybody in', 0o140666, 1, 'no'],
    ['there is no pkcheck', 0o140666, undefined, 'unknown'],
    ['polkit cannot be reached', 0o140666, 127, 'unknown'],
    ["the socket is its group's alone", 0o140660, 2, 'no'],
    ['libvirt is not there', undefined, 2, 'no'],
  ] as const)('where %s', async (_where, mode, status, expected) => {
    expect(await systemAsksForPassword(undefined, probe(mode, status))).toBe(expected);
  });
});

describe('isRemote', () => {
  it.each([
    'qemu://big/system',
    'qemu+ssh://big/system',
    'qemu+ssh://ada@big:2222/system?keyfile=/k',
    'qemu+libssh://big/system',
    'qemu+libssh2://big/session',
    'qemu+tls://[fd00::1]/system',
    'qemu+tcp://10.0.0.1/system',
    'qemu+ssh://big',
    'qemu+ssh://localhost/system',
    'QEMU+SSH://big/system',
    // A program of the user's, which may go anywhere
    'qemu+ext:///system?command=/usr/local/bin/hop',
  ])('%s is', (uri) => expect(isRemote(uri)).toBe(true));

  it.each([
    'qemu:///system',
    'qemu:///session',
    'qemu+unix:///system',
    'qemu+unix:///session?socket=/run/user/1000/libvirt-sock',
    'qemu+unix://localhost/system',
    'qemu+tcp:///system',
    'test:///default',
    'test:///home/ada/node.xml',
    'auto',
  ])('%s is not', (uri) => expect(isRemote(uri)).toBe(false));
});
