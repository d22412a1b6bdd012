/**
 * QEMU, and what it runs on.
 */
import { k3sVmError } from '../../errors';
import { isK3sVmError } from '../../errors';
import { virshError } from '../../libvirt/virsh';
import { chooseAcceleration, noAcceleration } from '../acceleration';
import { failed, ok, warning, type Check } from '../check';
import { remedy } from '../remedies';
import { qemuNames } from '../find-program';

export const qemuCheck: Check = {
  id: 'qemu',
  title: 'QEMU',
  timeoutMs: 30_000,
  async run(env, signal) {
    const { machine, remote, virsh } = env;
    const { arch } = machine;
    const missing = (cause?: string) =>
      failed(k3sVmError('QEMU_MISSING', { arch }, cause), remote ? [] : remedy('qemu', machine.on, machine.facts));
    if (!remote && (await env.probe()).trap) {
      // Asking libvirt now would take more than a minute.
      const path = await machine.find(qemuNames(arch));
      return path === undefined ? missing() : ok(`${path} (libvirt was not asked: the KVM device would hang it)`);
    }
    // Another machine's architecture is for its libvirt to know.
    const question = ['domcapabilities', '--virttype', 'qemu', ...(remote ? [] : ['--arch', arch])];
    try {
      const outcome = await virsh.attempt(question, { signal, timeoutMs: 25_000 });
      if (outcome.fault === 'no-emulator') return missing(outcome.stderr.trim());
      if (outcome.fault !== undefined)
        return failed(virshError(outcome.fault, outcome.stderr, virsh.uri, 'inspect QEMU'));
      const { parseXml } = await import('../../libvirt/xml');
      const answer = parseXml(outcome.stdout, 'domainCapabilities');
      return ok(`${answer.at('path')?.text ?? 'found'} for ${answer.at('arch')?.text ?? arch} guests`);
    } catch (error) {
      if (!isK3sVmError(error, 'VIRSH_TIMEOUT')) throw error;
      return warning('libvirt does not report what its QEMU can do; creating a VM may take minutes', error.hints);
    }
  },
};

export const accelerationCheck: Check = {
  id: 'acceleration',
  title: 'Acceleration',
  timeoutMs: 40_000,
  async run({ config, machine, remote, uri, virsh, probe }, signal) {
    const wanted = config.acceleration;
    if (remote) {
      const { type, note } = await chooseAcceleration(wanted, uri, { virshFor: () => virsh, signal });
      return note === undefined ? ok(type === 'kvm' ? 'KVM, according to its libvirt' : 'turned off') : warning(note);
    }
    const found = await probe();
    if (found.trap) {
      // Even a VM that does without KVM suffers from this one.
      const detail = `${found.why}. It makes libvirt hang for more than a minute whenever a VM is defined`;
      return wanted === 'kvm' ? failed(noAcceleration(found)) : warning(detail, found.hints);
    }
    if (wanted === 'tcg') return ok(found.works ? 'turned off (KVM would work)' : 'turned off');
    if (found.works) return ok(`KVM: ${found.why}`);
    if (wanted === 'kvm') return failed(noAcceleration(found));
    const hints = found.hints.length > 0 ? found.hints : remedy('kvm', machine.on, machine.facts);
    return warning(`no KVM, so VMs run several times slower: ${found.why}`, hints);
  },
};
