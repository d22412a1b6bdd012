/**
 * The programs that are called.
 */
import { k3sVmError } from '../../errors';
import { failed, ok, warning, type Check } from '../check';
import { remedy } from '../remedies';

export const sshCheck: Check = {
  id: 'ssh',
  title: 'SSH',
  async run({ machine }) {
    const [ssh, keygen] = await Promise.all([machine.find(['ssh']), machine.find(['ssh-keygen'])]);
    if (ssh !== undefined && keygen !== undefined) return ok(ssh);
    return failed(k3sVmError('TOOL_MISSING', { tool: 'ssh' }), remedy('ssh', machine.on, machine.facts));
  },
};

export const flockCheck: Check = {
  id: 'flock',
  title: 'flock',
  async run({ machine }) {
    const path = await machine.find(['flock']);
    if (path !== undefined) return ok(path);
    return failed(k3sVmError('TOOL_MISSING', { tool: 'flock' }), remedy('flock', machine.on, machine.facts));
  },
};

/** Clusters come up without it, so its absence is no failure. */
export const kubectlCheck: Check = {
  id: 'kubectl',
  title: 'kubectl',
  async run({ machine }) {
    const path = await machine.find(['kubectl']);
    if (path !== undefined) return ok(path);
    return warning('not installed; bin/kubectl needs it', remedy('kubectl', machine.on, machine.facts));
  },
};

export const k9sCheck: Check = {
  id: 'k9s',
  title: 'k9s',
  async run({ machine }) {
    const path = await machine.find(['k9s']);
    return path === undefined ? ok('not installed (optional)', remedy('k9s', machine.on, machine.facts)) : ok(path);
  },
};
