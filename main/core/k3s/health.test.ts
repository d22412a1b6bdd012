import { describe, expect, it } from 'vitest';
import {
  apiUnreachable,
  certificatesCheck,
  clockCheck,
  clockSkew,
  coreDeployments,
  guestDiskCheck,
  guestFacts,
  networkChecks,
  nodeCheck,
  pressureCheck,
  readyzCheck,
  workloadsCheck,
  type DeploymentObject,
  type NodeObject,
  type PodObject,
} from './health';

const node = (conditions: { type: string; status: string; message?: string }[], unschedulable = false): NodeObject => ({
  metadata: { name: 'n' },
  spec: { unschedulable },
  status: { conditions },
});
const deployment = (name: string, available = 1): DeploymentObject => ({
  metadata: { name },
  spec: { replicas: 1 },
  status: { availableReplicas: available },
});
const pod = (name: string, phase: string, ready = false, waiting?: string): PodObject => ({
  metadata: { name },
  status: {
    phase,
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    ...(waiting === undefined ? {} : { containerStatuses: [{ state: { waiting: { reason: waiting } } }] }),
  },
});

describe('the API', () => {
  it('tells a K3s that is not up from a VM that does not answer', () => {
    const refused = apiUnreachable(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    const timeout = apiUnreachable(new Error('no answer within 5 s'));
    expect(refused.diagnosis).toContain('does not accept connections');
    expect(timeout.diagnosis).toContain('network');
  });

  it('names an expired certificate and a foreign kubeconfig', () => {
    const expired = apiUnreachable(Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' }));
    expect(expired.fix?.command).toBe('k3s-vm restart');
    const foreign = apiUnreachable(Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }));
    expect(foreign.fix?.command).toContain('kubeconfig --refresh');
  });

  it('names the parts of readyz that fail', () => {
    const body = '[+]ping ok\n[-]poststarthook/rbac failed: reason withheld\n[-]etcd failed\nreadyz check failed';
    expect(readyzCheck({ status: 500, body })).toMatchObject({
      state: 'failed',
      detail: 'not ready: poststarthook/rbac, etcd',
    });
    expect(readyzCheck({ status: 200, body: 'ok' }).state).toBe('ok');
    expect(readyzCheck({ status: 401, body: '' }).diagnosis).toContain('kubeconfig');
  });
});

describe('the node', () => {
  it('is ready, cordoned, not ready or not there', () => {
    expect(nodeCheck([node([{ type: 'Ready', status: 'True' }])]).state).toBe('ok');
    expect(nodeCheck([node([{ type: 'Ready', status: 'True' }], true)]).state).toBe('warning');
    const failing = nodeCheck([node([{ type: 'Ready', status: 'False', message: 'cni plugin not initialized' }])]);
    expect(failing).toMatchObject({ state: 'failed', diagnosis: 'cni plugin not initialized' });
    expect(nodeCheck([]).state).toBe('failed');
  });

  it('is under pressure, with the fix for that kind', () => {
    expect(pressureCheck([node([{ type: 'DiskPressure', status: 'False' }])]).state).toBe('ok');
    expect(pressureCheck([node([{ type: 'MemoryPressure', status: 'True' }])]).fix?.command).toContain('memory');
    expect(pressureCheck([node([{ type: 'DiskPressure', status: 'True' }])]).fix?.command).toContain('disk');
  });
});

describe('core workloads', () => {
  const all = coreDeployments([]).map((name) => deployment(name));

  it('are well when every deployment is available and every pod ready or done', () => {
    const pods = [pod('coredns-1', 'Running', true), pod('helm-install-1', 'Succeeded')];
    expect(workloadsCheck(all, pods, [])).toMatchObject({ state: 'ok' });
  });

  it('are not well before K3s has made them', () => {
    expect(workloadsCheck([], [], [])).toMatchObject({ state: 'failed' });
    expect(workloadsCheck([], [], []).detail).toContain('coredns');
  });

  it('may be left out', () => {
    expect(workloadsCheck([], [], ['coredns', 'local-storage', 'metrics-server'])).toMatchObject({ state: 'ok' });
  });

  it('name the pod and why it waits', () => {
    const check = workloadsCheck(all, [pod('coredns-1', 'Pending', false, 'ImagePullBackOff')], []);
    expect(check.detail).toContain('coredns-1: ImagePullBackOff');
    expect(check.diagnosis).toContain('pulled');
  });
});

describe('certificates', () => {
  it('that cannot be read are a failure, not a crash', () => {
    expect(certificatesCheck(undefined, Buffer.from('nonsense'), new Date()).state).toBe('failed');
  });
});

describe('the guest', () => {
  it('clock is judged by the exact skew where there is one, else by whole seconds', () => {
    expect(clockCheck(300)).toMatchObject({ state: 'ok' });
    expect(clockCheck(-31_000)).toMatchObject({ state: 'failed', detail: '31 s behind the host' });
    expect(clockCheck(clockSkew(new Date(10_000), 10_500, 10_900)).state).toBe('ok');
    expect(clockCheck(clockSkew(new Date(20_000), 10_500, 10_900))).toMatchObject({ state: 'warning' });
    expect(clockCheck(17_999_000).detail).toBe('5 h ahead of the host');
    expect(clockCheck(-86_400_000 * 9).detail).toBe('9 days behind the host');
    expect(clockCheck(undefined).state).toBe('unknown');
  });

  it('facts are read line by line, and what is missing is not guessed', () => {
    const facts = guestFacts('clock 17.5\ndisk 96\ndns ok\negress failed\nnoise\n');
    expect(guestDiskCheck(facts.disk)).toMatchObject({ state: 'failed', detail: '96% used' });
    expect(networkChecks(facts).map((check) => [check.id, check.state])).toEqual([
      ['egress', 'failed'],
      ['dns', 'ok'],
    ]);
    expect(guestFacts('k3s-reason  a \u001b[31mred\u0007 line ')).toEqual({ 'k3s-reason': 'a [31mred line' });
    expect(guestDiskCheck(undefined).state).toBe('unknown');
    expect(networkChecks({})).toEqual([]);
  });

  it('a host that does not answer for names is told as its firewall, also without internet', () => {
    const fix = { text: 'Let the VMs through:', command: 'sudo ufw allow in on virbr-k3svm' };
    expect(networkChecks({ nameserver: 'failed', dns: 'failed' }, fix)).toEqual([
      {
        id: 'dns',
        title: 'Guest DNS',
        state: 'failed',
        detail: "the host's DNS server does not answer the guest",
        diagnosis: 'A firewall on this host drops DNS queries of the VM.',
        fix,
      },
    ]);
    expect(networkChecks({ nameserver: 'failed' })[0]?.fix?.command).toBe('k3s-vm doctor');
    expect(networkChecks({ nameserver: 'ok' })).toEqual([]);
  });
});
