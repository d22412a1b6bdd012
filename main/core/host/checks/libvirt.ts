/**
 * libvirt: virsh, the daemon, and whether this user may use it.
 */
import { k3sVmError } from '../../errors';
import { sh } from '../../shell-quote';
import type { ConnectionChoice } from '../../libvirt/connection';
import { isSession, systemUri } from '../../libvirt/uri';
import { systemAsksForPassword } from '../../libvirt/polkit';
import { virshError, type Virsh, type VirshFault } from '../../libvirt/virsh';
import { failed, ok, warning, type Check, type CheckEnvironment, type Finding } from '../check';
import { remedy } from '../remedies';
import { howToStartLibvirt } from '../fixes';
import { membership, type Membership } from '../membership';
import { libvirtGroup } from '../remedies';

export const virshCheck: Check = {
  id: 'virsh',
  title: 'virsh',
  timeoutMs: 10_000,
  async run({ virsh, machine }, signal) {
    const outcome = await virsh.attempt(['--version'], { signal, timeoutMs: 8000 });
    if (outcome.fault === undefined) return ok(`version ${outcome.stdout.trim()}`);
    if (outcome.fault !== 'no-virsh')
      return failed(virshError('other', outcome.stderr, virsh.uri, 'report its version'));
    return failed(k3sVmError('VIRSH_MISSING', {}), remedy('libvirt', machine.on, machine.facts));
  },
};

const asked = async (virsh: Virsh, signal: AbortSignal): Promise<{ fault?: VirshFault; stderr: string }> =>
  virsh.attempt(['uri'], { signal, timeoutMs: 20_000 });

/**
 * Whether libvirt answers.
 *
 * @param choice which connection, and why that one
 */
export const connectionCheck = (choice: ConnectionChoice): Check => ({
  id: 'connection',
  title: 'libvirt',
  timeoutMs: 45_000,
  async run(env, signal) {
    const { fault, stderr } = await asked(env.virsh, signal);
    if (fault === undefined) return ok(`${choice.uri} answers (${choice.why})`);
    const error = virshError(fault, stderr, choice.uri, 'answer');
    if (fault === 'permission')
      return failed(error, [...groupHints(env, await membership(env.machine)), ...error.hints.slice(-1)]);
    if (fault !== 'no-daemon') return failed(error);
    if (env.remote) {
      const byHand = { text: 'See what it reports:', command: sh`virsh -c ${choice.uri} uri` };
      return failed(k3sVmError('CONNECTION_FAILED', { uri: choice.uri }, stderr.trim()), [byHand]);
    }
    // The daemon of a session is started by virsh: there, its text says more than any advice of ours.
    return failed(error, isSession(choice.uri) ? [] : await howToStartLibvirt(env));
  },
});

const groupHints = ({ machine }: CheckEnvironment, state: Membership): Finding['hints'] & object =>
  remedy(state === 'next login' ? 'new-login' : 'libvirt-group', machine.on, machine.facts);

/**
 * Whether this user may use qemu:///system, which is the better one: a VM there has an address of its own.
 *
 * @param wanted the connection that is configured
 */
export const permissionCheck = (wanted: string): Check => ({
  id: 'permission',
  title: 'Permission',
  timeoutMs: 30_000,
  async run(env, signal) {
    const { machine } = env;
    if (machine.facts.root) return ok('you are root');
    const group = libvirtGroup(machine.on);
    const state = await membership(env.machine);
    if (!env.session) {
      return ok(state === 'member' ? `you are in the group "${group}"` : `you can use ${env.uri}`);
    }
    if (wanted !== 'auto') return ok(`${env.uri} needs no group`);
    if (state === 'next login') {
      return warning(
        `you are in the group "${group}", but not yet in this login session, so ${env.uri} is used`,
        groupHints(env, state),
      );
    }
    if (state === 'no' || state === 'no group') {
      return ok(`${env.uri} needs no group; ${systemUri} would need the group "${group}"`, groupHints(env, state));
    }
    if ((await systemAsksForPassword(signal)) === 'asks') {
      return warning(
        `you are in the group "${group}", but ${systemUri} still asks for a password, so ${env.uri} is used`,
        [{ text: 'Check the polkit rule for org.libvirt.unix.manage: it should allow this group.' }],
      );
    }
    const { fault } = await asked(env.virshFor(systemUri), signal);
    return warning(
      `you are in the group "${group}", but ${systemUri} does not answer, so ${env.uri} is used`,
      fault === 'no-daemon'
        ? await howToStartLibvirt({ machine, uri: systemUri })
        : remedy('start-libvirt', machine.on, machine.facts),
    );
  },
});
