/**
 * Situations to look at and to test with, complete and plausible. Times are told from `now`.
 */
import type { ErrorData, HealthCheck, ProgressEvent, Snapshot, VmInfo, WorkloadRow } from '../../preload/api';

export const now = Date.parse('2026-05-04T10:00:00Z');
const GiB = 2 ** 30;
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

const vm = (more: Partial<VmInfo>): VmInfo => ({
  name: 'k3s-shop-3f9a1c',
  connection: 'qemu:///system',
  state: 'running',
  since: ago(4211),
  project: '/home/ada/src/shop',
  address: '192.168.122.57',
  sshPort: 22,
  apiPort: 6443,
  cpus: 4,
  memoryBytes: 8 * GiB,
  diskBytes: 40 * GiB,
  diskUsedBytes: 6.4 * GiB,
  acceleration: 'kvm',
  k3sVersion: 'v1.36.1+k3s1',
  image: 'debian-12',
  ...more,
});

const check = (id: string, title: string, detail: string, more: Partial<HealthCheck> = {}): HealthCheck => ({
  id,
  title,
  state: 'ok',
  detail,
  ...more,
});

export const checks: readonly HealthCheck[] = [
  check('api', 'API reachable', 'https://192.168.122.57:6443 answers in 12 ms'),
  check('readyz', 'API ready', 'all /readyz checks pass'),
  check('node', 'Node', 'Ready'),
  check('workloads', 'Core workloads', '5 of 5 running'),
  check('certificates', 'Certificates', 'valid for 364 days'),
  check('pressure', 'Node pressure', 'no pressure on disk, memory or PIDs'),
  check('guest-disk', 'Guest disk', '12% used'),
  check('clock', 'Guest clock', 'in sync with the host'),
  check('egress', 'Guest internet', 'get.k3s.io is reachable'),
  check('dns', 'Guest DNS', 'get.k3s.io resolves'),
];

const snapshot = (more: Partial<Snapshot>): Snapshot => ({
  sequence: 1,
  project: '/home/ada/src/shop',
  name: 'k3s-shop-3f9a1c',
  link: { state: 'connected' },
  vm: vm({}),
  health: { healthy: true, checks, checkedAt: ago(4) },
  kubeconfig: { path: '/home/ada/src/shop/.kube/config', exists: true },
  stopMode: 'shutdown',
  operation: null,
  lastOperation: null,
  ...more,
});

const step = (index: number, id: string, title: string, more: Partial<ProgressEvent> = {}): ProgressEvent => ({
  operation: 'setup',
  step: id,
  title,
  index,
  total: 8,
  state: 'done',
  elapsedMs: 400 * index,
  ...more,
});

const bootFailure: ErrorData = {
  code: 'BOOT_TIMEOUT',
  message: 'The VM did not boot within 10 min.',
  hints: [
    { text: 'See the console log:', command: 'bin/k3s-vm logs --source console' },
    { text: 'Allow more time:', command: 'bin/k3s-vm start --timeout 20m' },
  ],
  cause: '[  OK  ] Reached target network-online.target\n[ TIME ] Timed out waiting for device /dev/vdb',
  exitStatus: 15,
};

const off = { health: null } as const;

export const scenarios = {
  running: snapshot({}),
  unhealthy: snapshot({
    health: {
      healthy: false,
      checkedAt: ago(2),
      checks: checks.map((line) =>
        line.id === 'workloads'
          ? check('workloads', 'Core workloads', 'coredns: ImagePullBackOff', {
              state: 'failed',
              diagnosis: 'Without it, no name resolves in the cluster.',
              fix: { text: 'See why its image cannot be pulled:', command: 'bin/kubectl -n kube-system describe pods' },
            })
          : line.id === 'clock'
            ? check('clock', 'Guest clock', '42 s behind the host', {
                state: 'warning',
                diagnosis:
                  'The host was asleep. Certificates and leases may be misjudged until the clock is corrected.',
                fix: { text: 'Correct the clock:', command: 'bin/k3s-vm shell -- sudo date', fixId: 'set-clock' },
              })
            : line,
      ),
    },
  }),
  stopped: snapshot({ ...off, vm: vm({ state: 'stopped', since: ago(7300) }) }),
  suspended: snapshot({
    ...off,
    vm: vm({ state: 'suspended', since: ago(1900), savedBytes: 0.77 * GiB }),
    stopMode: 'save',
  }),
  absent: snapshot({
    ...off,
    vm: { name: 'k3s-shop-3f9a1c', connection: 'qemu:///system', state: 'absent' },
    kubeconfig: { path: '/home/ada/src/shop/.kube/config', exists: false },
  }),
  'setting-up': snapshot({
    ...off,
    vm: { name: 'k3s-shop-3f9a1c', connection: 'qemu:///system', state: 'absent' },
    kubeconfig: null,
    operation: {
      operation: 'setup',
      startedAt: ago(21),
      cancelling: false,
      steps: [
        step(1, 'preflight', 'Check this machine'),
        step(2, 'image', 'Download the guest image', {
          state: 'progress',
          message: 'downloading debian-12',
          percent: 63,
          bytes: { done: 210 * 2 ** 20, total: 333 * 2 ** 20, perSecond: 11.4 * 2 ** 20 },
          elapsedMs: 18_400,
        }),
      ],
    },
  }),
  failed: snapshot({
    ...off,
    vm: vm({ state: 'provisioning', since: ago(700) }),
    lastOperation: {
      operation: 'setup',
      startedAt: ago(700),
      endedAt: ago(60),
      outcome: 'failed',
      steps: [step(1, 'preflight', 'Check this machine')],
      error: bootFailure,
    },
  }),
  crashed: snapshot({ ...off, vm: vm({ state: 'crashed', since: ago(95) }) }),
  'libvirt-lost': snapshot({
    ...off,
    link: {
      state: 'lost',
      since: ago(30),
      error: {
        code: 'DAEMON_NOT_RUNNING',
        message: 'libvirt is not responding at qemu:///system.',
        hints: [{ text: 'Start it:', command: 'sudo systemctl start libvirtd' }],
        exitStatus: 10,
      },
    },
  }),
} as const satisfies Readonly<Record<string, Snapshot>>;

export type ScenarioName = keyof typeof scenarios;

const row = { namespace: 'shop', createdAt: ago(86_400 * 3), condition: 'good', status: 'Running' } as const;

/** The workloads of a small cluster. @param pods how many pods */
export function workloads(pods = 6): readonly WorkloadRow[] {
  return [
    {
      ...row,
      kind: 'nodes',
      uid: 'n1',
      name: 'k3s-shop-3f9a1c',
      namespace: '',
      status: 'Ready',
      roles: ['control-plane', 'master'],
      version: 'v1.36.1+k3s1',
      address: '192.168.122.57',
      taints: [],
    },
    ...['default', 'kube-system', 'shop'].map(
      (name) => ({ ...row, kind: 'namespaces', uid: `ns-${name}`, name, namespace: '', status: 'Active' }) as const,
    ),
    ...(['api', 'web', 'worker'] as const).map(
      (name, index) =>
        ({
          ...row,
          kind: 'deployments',
          uid: `d-${name}`,
          name,
          ready: index === 2 ? 0 : 2,
          desired: index === 2 ? 1 : 2,
          upToDate: index === 2 ? 1 : 2,
          images: [`registry.example/shop/${name}:1.${index}`],
          ...(index === 2 ? ({ condition: 'busy', status: 'Progressing' } as const) : { status: 'Available' }),
        }) as const,
    ),
    ...Array.from(
      { length: pods },
      (_, index) =>
        ({
          ...row,
          kind: 'pods',
          uid: `p-${index}`,
          name: `${['api', 'web', 'worker'][index % 3] ?? 'x'}-6d5f9c7b8-${(index + 2 ** 16).toString(36)}`,
          containers: [{ name: 'main', ready: index % 3 !== 2, init: false }],
          restarts: index % 3 === 2 ? 7 : 0,
          node: 'k3s-shop-3f9a1c',
          ip: `10.42.0.${(index % 250) + 2}`,
          ...(index % 3 === 2
            ? ({
                condition: 'bad',
                status: 'CrashLoopBackOff',
                message: 'main: back-off 5m0s restarting failed container',
              } as const)
            : {}),
        }) as const,
    ),
    {
      ...row,
      kind: 'services',
      uid: 's1',
      name: 'web',
      condition: 'none',
      status: 'NodePort',
      type: 'NodePort',
      clusterIp: '10.43.12.9',
      ports: ['80:30080/TCP'],
    },
    {
      ...row,
      kind: 'events',
      uid: 'e1',
      name: 'worker.17a',
      condition: 'bad',
      status: 'BackOff',
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off restarting failed container main in pod worker-6d5f9c7b8-1eki',
      about: 'pod/worker-6d5f9c7b8-1eki',
      count: 31,
      lastSeen: ago(20),
    },
  ];
}

/** A plausible journal of K3s. */
export const k3sLog = (lines: number): readonly string[] =>
  Array.from({ length: lines }, (_, index) => {
    const time = new Date(now - (lines - index) * 1000).toISOString().slice(0, 19);
    const said = [
      'time="2026-05-04T09:59:00Z" level=info msg="Handling backend connection request [k3s-shop-3f9a1c]"',
      'I0504 09:59:01.112233    1031 controller.go:615] quota admission added evaluator for: deployments.apps',
      'time="2026-05-04T09:59:02Z" level=warning msg="Unable to read /etc/rancher/node/password: no such file"',
      'I0504 09:59:03.445566    1031 trace.go:236] Trace[1913]: "Update" url:/apis/apps/v1/namespaces/shop/deployments/web',
      'E0504 09:59:04.778899    1031 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to StartContainer for main with CrashLoopBackOff" pod="shop/worker-6d5f9c7b8-1eki"',
    ];
    return `${time}+0000 k3s-shop-3f9a1c k3s[1031]: ${said[index % said.length] ?? ''}`;
  });
