import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HealthCheck } from '../../cluster';
import type { ApiClient } from '../../k3s/api';
import { apiHealth } from '../../k3s/health';
import { sshRun } from '../../guest/ssh';
import { comingUp } from './coming-up.fixture';
import { readyStep } from './ready-step';
import type { Environment } from '../environment';
import { waitUntilReady } from './ready';
import { refreshKubeconfig } from '../refresh-kubeconfig';
import { renewalIsDue } from './renew-certificates';

vi.mock('./ready', async (original) => ({ ...(await original()), waitUntilReady: vi.fn() }));
vi.mock('../refresh-kubeconfig', () => ({ refreshKubeconfig: vi.fn() }));
vi.mock('./watchdog', () => ({ watchdog: () => new Promise(() => undefined) }));
vi.mock('../../guest/ssh', () => ({ sshRun: vi.fn() }));
vi.mock('../../guest/clock', () => ({ setGuestClock: () => Promise.resolve(0) }));
vi.mock('../../k3s/kubeconfig-files', async (original) => ({
  ...(await original()),
  keptKubeconfig: () => Promise.resolve({ access: { server: 'https://192.168.122.9:6443' } }),
}));

const certificates = (state: HealthCheck['state']): HealthCheck => ({
  id: 'certificates',
  title: 'Certificates',
  state,
  detail: state,
});

/** What has been done, in order. */
let done: string[];
/** How the certificates are. */
let state: HealthCheck['state'];
/** Whether K3s has newer ones than the kubeconfig. */
let newerInGuest: boolean;

beforeEach(() => {
  [done, newerInGuest] = [[], false];
  vi.mocked(waitUntilReady).mockImplementation((_config, _access, _level, { onHealth, enough }) => {
    const checks = [certificates(state)];
    onHealth({ checks, nodes: [], clockSkewMs: 0 });
    // An expired one keeps the cluster from ever getting ready
    if (enough?.(checks) !== true && state === 'failed') return new Promise(() => undefined);
    done.push(enough?.(checks) === true ? 'seen' : 'ready');
    return Promise.resolve();
  });
  vi.mocked(refreshKubeconfig).mockImplementation(() => {
    done.push('kubeconfig');
    if (newerInGuest) state = 'ok';
    return Promise.resolve('');
  });
  vi.mocked(sshRun).mockImplementation((_target, command) => {
    done.push(command.join(' '));
    newerInGuest = true;
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' } as Awaited<ReturnType<typeof sshRun>>);
  });
});

/** Waits for a VM that was resumed, or booted, to be ready. @returns what the step tells */
function wait(resumed: boolean): Promise<unknown> {
  const env = {
    uri: 'qemu:///system',
    virsh: { attempt: () => new Promise(() => undefined) },
    config: { name: 'k3s-a', project: '/p', timeoutMs: 5000 },
  } as unknown as Environment;
  const guest = { ...comingUp({ address: '192.168.122.9' }), resumed };
  const { signal } = new AbortController();
  return Promise.resolve(readyStep(env, 'all').run({ signal, report: () => undefined }, guest));
}

const restart = 'sudo systemctl restart k3s';

describe('a VM that is resumed', () => {
  it.each(['warning', 'failed'] as const)('has K3s renew certificates that are in state %s', async (found) => {
    state = found;
    expect(await wait(true)).toBe("K3s' certificates were renewed");
    expect(done).toEqual(['seen', 'kubeconfig', 'seen', restart, 'kubeconfig', 'ready']);
  });

  it('only fetches the kubeconfig where K3s has newer ones', async () => {
    [state, newerInGuest] = ['warning', true];
    await wait(true);
    expect(done).toEqual(['seen', 'kubeconfig', 'ready']);
  });

  it('leaves K3s alone where they hold for long', async () => {
    state = 'ok';
    expect(await wait(true)).toBeUndefined();
    expect(done).toEqual(['ready']);
  });
});

it('a VM that boots has K3s renew them by itself', async () => {
  state = 'warning';
  await wait(false);
  expect(done).toEqual(['ready']);
});

it('a server certificate that has expired is seen, although nothing can be asked any more', async () => {
  const error = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });
  const client = { server: 's', get: () => Promise.reject(error) } as unknown as ApiClient;
  const { checks } = await apiHealth(client, { level: 'all', disabled: [], clientCert: Buffer.alloc(0) });
  expect(renewalIsDue(checks)).toBe(true);
  expect(checks.map(({ id, fix }) => [id, fix?.command])).toEqual([
    ['certificates', 'k3s-vm restart'],
    ['api', 'k3s-vm restart'],
  ]);
});
