import { describe, expect, it } from 'vitest';
import type { HealthCheck, Status, VmState } from '../../core/cluster';
import { createStyle } from './color';
import { renderBrief, renderStatus, statusExit } from './status';
import { displayWidth } from './text';

const status = (state: VmState, healthy: boolean | null, more: Partial<Status> = {}): Status => ({
  schemaVersion: 1,
  vm: {
    name: 'k3s-shop-1a2b3c',
    connection: 'qemu:///system',
    state,
    since: '2026-01-01T00:00:00Z',
    address: '192.168.122.17',
    cpus: 2,
    memoryBytes: 4 * 2 ** 30,
    diskBytes: 20 * 2 ** 30,
    diskUsedBytes: 3.1 * 2 ** 30,
    acceleration: 'kvm',
    k3sVersion: 'v1.36.1+k3s1',
    project: '/shop',
  },
  healthy,
  checks: [],
  kubeconfig: { path: '/shop/.kube/config', exists: true },
  ...more,
});
const bad: HealthCheck = {
  id: 'node',
  title: 'Node',
  state: 'failed',
  detail: 'NotReady',
  diagnosis: 'The container runtime does not answer.',
  fix: { text: 'Restart K3s:', command: 'k3s-vm restart' },
};
const options = {
  style: createStyle(false),
  command: (command: string) => command.replace('k3s-vm', 'bin/k3s-vm'),
  now: Date.parse('2026-01-01T00:12:00Z'),
  width: 100,
};

describe('statusExit', () => {
  it.each([
    ['running', true, 0],
    ['running', false, 3],
    ['running', null, 3],
    ['starting', null, 3],
    ['provisioning', null, 3],
    ['stopping', null, 3],
    ['paused', null, 3],
    ['crashed', null, 3],
    ['error', null, 3],
    ['stopped', null, 4],
    ['suspended', null, 4],
    ['absent', null, 5],
  ] as const)('%s, healthy %s is %d', (state, healthy, exit) => expect(statusExit(status(state, healthy))).toBe(exit));
});

describe('renderStatus', () => {
  it('has the state first, then the facts', () =>
    expect(renderStatus(status('running', true), options).replace(/\(2025.*\)|\(2026.*\)/, '(local time)'))
      .toMatchInlineSnapshot(`
      " RUNNING   healthy  k3s-shop-1a2b3c

        Since       12 min ago (local time)
        Address     192.168.122.17
        Size        2 CPUs, 4 GiB memory, 20 GiB disk (3.1 GiB used on the host)
        K3s         v1.36.1+k3s1
        libvirt     qemu:///system, KVM
        Project     /shop
        Kubeconfig  /shop/.kube/config"
    `));

  it('has what is wrong with what fixes it', () => {
    const text = renderStatus(
      status('running', false, {
        checks: [{ id: 'api', title: 'Kubernetes API', state: 'ok', detail: 'answers' }, bad],
      }),
      options,
    );
    expect(text).toContain('RUNNING   unhealthy');
    expect(text.slice(text.indexOf('  ✓'))).toBe(
      '  ✓ Kubernetes API  answers\n  ✗ Node            NotReady\n      The container runtime does not answer.\n      Restart K3s:\n        k3s-vm restart',
    );
  });

  it.each([
    ['stopped', 'bin/k3s-vm start'],
    ['suspended', 'bin/k3s-vm resume'],
    ['crashed', 'bin/k3s-vm start'],
    ['absent', 'bin/k3s-vm setup'],
    ['provisioning', 'bin/k3s-vm setup'],
  ] as const)('%s says %s', (state, command) => expect(renderStatus(status(state, null), options)).toContain(command));

  it('does not offer to finish what is under way', () => {
    const busy = status('provisioning', null);
    const vm = { ...busy.vm, operation: { name: 'setup', pid: 7, since: '2026-01-01T00:11:00Z' } };
    const text = renderStatus({ ...busy, vm }, options);
    expect(text).toContain('setup (process 7), started 1 min ago');
    expect(text).not.toContain('k3s-vm setup');
  });

  it('breaks long details under themselves on a narrow terminal', () => {
    const long = { ...bad, detail: 'word '.repeat(30).trim() };
    const lines = renderStatus(status('running', false, { checks: [long] }), { ...options, width: 40 }).split('\n');
    expect(lines.filter((line) => line.includes('word')).length).toBeGreaterThan(3);
    for (const line of lines.filter((text) => text.includes('word'))) expect(displayWidth(line)).toBeLessThan(40);
  });
});

describe('the connection', () => {
  it('that was chosen because qemu:///system refuses says so', () => {
    const text = renderStatus(status('running', true, { systemRefusal: 'asks you for a password' }), {
      ...options,
      width: 200,
    });
    expect(text).toContain('KVM, because qemu:///system asks you for a password (see bin/k3s-vm doctor)');
  });
});

describe('renderBrief', () => {
  const brief = (value: Status): string => renderBrief(value, options);
  it.each([
    [status('absent', null), 'There is no VM "k3s-shop-1a2b3c" yet.\nCreate it: bin/k3s-vm setup'],
    [status('stopped', null), 'The VM "k3s-shop-1a2b3c" is stopped.\nStart it: bin/k3s-vm start'],
    [status('running', true), 'The VM "k3s-shop-1a2b3c" is running and healthy.'],
    [
      status('running', false, { checks: [bad] }),
      'The VM "k3s-shop-1a2b3c" is running but unhealthy. Node: NotReady\nRestart K3s: k3s-vm restart',
    ],
  ])('%#', (value, text) => expect(brief(value)).toBe(text));
});
