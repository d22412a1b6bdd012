/**
 * The health of the cluster, check by check: what was checked, what was found, what it means, and the command that
 * fixes it.
 */
import { X509Certificate } from 'node:crypto';
import type { CheckState, HealthCheck } from '../cluster';
import { roughDuration } from '../config/units';
import { regenerateKubeconfig, run, type Remedy } from '../errors';
import { operand, sh } from '../shell-quote';
import type { ApiAnswer, ApiClient } from './api';

/** The parts of Kubernetes objects that are read here. */
export interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}
export interface PodObject {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}
export interface DeploymentObject {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number };
}

/** A line of the health report, without the parts that are undefined. @param diagnosis what the finding means */
export const check = (
  id: string,
  title: string,
  state: CheckState,
  detail: string,
  diagnosis?: string,
  fix?: Remedy,
): HealthCheck => ({
  id,
  title,
  state,
  detail,
  ...(diagnosis === undefined ? {} : { diagnosis }),
  ...(fix === undefined ? {} : { fix }),
});

export const journal: Remedy = { text: 'See the journal of K3s:', command: 'k3s-vm logs --source k3s' };

const renew: Remedy = {
  text: 'Restart the VM; K3s renews its certificates when it starts:',
  command: 'k3s-vm restart',
};

const errorCode = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? '';

/** What a failed connection to the API means. */
export function apiUnreachable(error: unknown): HealthCheck {
  const code = errorCode(error);
  const why = error instanceof Error ? error.message : String(error);
  if (code === 'CERT_HAS_EXPIRED') {
    return check('api', 'API reachable', 'failed', why, 'The server certificate of K3s expired.', renew);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    return check(
      'api',
      'API reachable',
      'failed',
      why,
      'The kubeconfig does not belong to this cluster.',
      regenerateKubeconfig,
    );
  }
  const diagnosis =
    code === 'ECONNREFUSED' || code === 'ECONNRESET'
      ? 'The VM answers, but K3s does not accept connections: it is starting or failing.'
      : 'The VM does not answer on its network.';
  return check('api', 'API reachable', 'failed', why, diagnosis, journal);
}

/** `/readyz?verbose`: 200, or which of its parts is not ready. */
export function readyzCheck(answer: ApiAnswer): HealthCheck {
  if (answer.status === 200) return check('readyz', 'API ready', 'ok', '/readyz says ok');
  if (answer.status === 401 || answer.status === 403) {
    return check(
      'readyz',
      'API ready',
      'failed',
      `/readyz answered ${answer.status}`,
      'The API does not accept the kubeconfig.',
      regenerateKubeconfig,
    );
  }
  const failing = [...answer.body.matchAll(/^\[-\](\S+)/gm)].map((match) => match[1]);
  // An API server that starts has dozens
  const named = failing.length > 4 ? [...failing.slice(0, 3), `${failing.length - 3} more`] : failing;
  return check(
    'readyz',
    'API ready',
    'failed',
    failing.length > 0 ? `not ready: ${named.join(', ')}` : `/readyz answered ${answer.status}`,
    'K3s is starting, or a part of it fails.',
    journal,
  );
}

/** Ready condition of the node. */
export function nodeCheck(nodes: readonly NodeObject[]): HealthCheck {
  const [node] = nodes;
  if (node === undefined) {
    return check('node', 'Node ready', 'failed', 'no node registered', 'The kubelet has not joined yet.', journal);
  }
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True') {
    const detail = `${node.metadata.name} is not Ready`;
    return check(
      'node',
      'Node ready',
      'failed',
      detail,
      ready?.message ?? ready?.reason ?? 'The kubelet is not reporting.',
      journal,
    );
  }
  if (node.spec?.unschedulable === true) {
    return check(
      'node',
      'Node ready',
      'warning',
      `${node.metadata.name} is Ready but cordoned`,
      'No new pod is placed on it.',
      {
        text: 'Allow pods again:',
        command: sh`kubectl uncordon ${operand(node.metadata.name)}`,
      },
    );
  }
  return check('node', 'Node ready', 'ok', `${node.metadata.name} is Ready`);
}

/** Disk, memory and PID pressure as the kubelet sees them. */
export function pressureCheck(nodes: readonly NodeObject[]): HealthCheck {
  const conditions = nodes[0]?.status?.conditions ?? [];
  const pressed = conditions.filter((c) => c.type.endsWith('Pressure') && c.status === 'True');
  const [first] = pressed;
  if (first === undefined) return check('pressure', 'Disk, memory, PIDs', 'ok', 'no pressure');
  const fix: Remedy =
    first.type === 'MemoryPressure'
      ? { text: 'Give the VM more memory:', command: 'k3s-vm config set memory 8GiB && k3s-vm restart' }
      : first.type === 'DiskPressure'
        ? { text: 'Give the VM a larger disk:', command: 'k3s-vm config set disk 40GiB && k3s-vm restart' }
        : { text: 'See what is running:', command: 'k3s-vm shell -- ps aux --sort=-nlwp' };
  const names = pressed.map((condition) => condition.type).join(', ');
  return check('pressure', 'Disk, memory, PIDs', 'failed', names, first.message ?? 'The kubelet evicts pods.', fix);
}

/** Deployment names of K3s' packaged components. https://docs.k3s.io/installation/packaged-components */
const components: Readonly<Record<string, string>> = {
  coredns: 'coredns',
  'local-storage': 'local-path-provisioner',
  'metrics-server': 'metrics-server',
};

/** The core deployments that must be there when `disabled` components are left out. */
export const coreDeployments = (disabled: readonly string[]): readonly string[] =>
  Object.entries(components).flatMap(([component, name]) => (disabled.includes(component) ? [] : [name]));

/** Whether what runs in kube-system is there and ready. */
export function workloadsCheck(
  deployments: readonly DeploymentObject[],
  pods: readonly PodObject[],
  disabled: readonly string[],
): HealthCheck {
  const title = 'Core workloads';
  const ready = (pod: PodObject): boolean =>
    pod.status?.phase === 'Succeeded' ||
    (pod.status?.conditions ?? []).some((c) => c.type === 'Ready' && c.status === 'True');
  const missing = coreDeployments(disabled).filter((name) => !deployments.some((d) => d.metadata.name === name));
  const waiting = deployments
    .filter((d) => (d.status?.availableReplicas ?? 0) < (d.spec?.replicas ?? 1))
    .map((d) => d.metadata.name);
  // A pod that failed and was replaced does not matter any more; only pods that should be running do
  const sick = pods.filter((pod) => !ready(pod) && pod.status?.phase !== 'Failed');
  if (missing.length + waiting.length + sick.length === 0) {
    return check(
      'workloads',
      title,
      'ok',
      pods.length === 0 ? 'none to run' : `${pods.length} pods in kube-system are healthy`,
    );
  }
  const why = (pod: PodObject): string => {
    const state = pod.status?.containerStatuses?.find((c) => c.state?.waiting !== undefined)?.state?.waiting;
    return `${pod.metadata.name}: ${state?.reason ?? pod.status?.reason ?? pod.status?.phase ?? 'unknown'}`;
  };
  const detail = [
    ...(missing.length > 0 ? [`not created yet: ${missing.join(', ')}`] : []),
    ...(sick.length > 0
      ? sick.slice(0, 4).map(why)
      : waiting.length > 0
        ? [`not available: ${waiting.join(', ')}`]
        : []),
  ].join('; ');
  const pulling = sick.some((pod) => /ImagePull|ErrImage/.test(why(pod)));
  return check(
    'workloads',
    title,
    'failed',
    detail,
    pulling
      ? 'Container images cannot be pulled: the guest has no internet and the images are not in the cache.'
      : 'They are starting, or failing.',
    pulling
      ? {
          text: "Include K3s' images in the VM:",
          command: 'k3s-vm config set k3s.airgap true && k3s-vm reset --recreate',
        }
      : { text: 'See why:', command: 'kubectl -n kube-system get events --sort-by=.lastTimestamp' },
  );
}

const day = 24 * 3600_000;

/**
 * The end of the server's and our client's certificate. K3s renews what ends within 120 days when it starts (older ones:
 * within 90), so a restart helps in any case. https://docs.k3s.io/cli/certificate
 */
export function certificatesCheck(serverEnd: Date | undefined, clientCert: Buffer, now: Date): HealthCheck {
  const ends: [string, Date][] = [];
  if (serverEnd !== undefined) ends.push(['API server certificate', serverEnd]);
  try {
    ends.push(['kubeconfig certificate', new Date(new X509Certificate(clientCert).validTo)]);
  } catch {
    return check(
      'certificates',
      'Certificates',
      'failed',
      'the kubeconfig holds no certificate',
      undefined,
      regenerateKubeconfig,
    );
  }
  const [what, end] = ends.reduce((a, b) => (a[1] <= b[1] ? a : b));
  const days = Math.floor((end.getTime() - now.getTime()) / day);
  const date = end.toISOString().slice(0, 10);
  if (days < 0)
    return check(
      'certificates',
      'Certificates',
      'failed',
      `the ${what} expired on ${date}`,
      'It can no longer be used to log in.',
      renew,
    );
  if (days < 30)
    return check(
      'certificates',
      'Certificates',
      'warning',
      `the ${what} expires on ${date}, in ${days} days`,
      undefined,
      renew,
    );
  return check('certificates', 'Certificates', 'ok', `valid until ${date}`);
}

const serverCertificateExpired = check(
  'certificates',
  'Certificates',
  'failed',
  'the API server certificate expired',
  'It can no longer be used to log in.',
  renew,
);

/**
 * How far the guest's clock is ahead of ours (negative: behind) by the Date header of an answer, in milliseconds. The
 * header has whole seconds, so this is the least it can be: 0 means within a second.
 */
export function clockSkew(guest: Date, sentAt: number, receivedAt: number): number {
  const seen = guest.getTime();
  return seen + 1000 < sentAt ? seen + 1000 - sentAt : Math.max(0, seen - receivedAt);
}

/** The guest's clock against ours. @param skewMs how far it is ahead; undefined when that is not known */
export function clockCheck(skewMs: number | undefined): HealthCheck {
  if (skewMs === undefined) return check('clock', 'Guest clock', 'unknown', 'unknown');
  const size = Math.abs(skewMs) / 1000;
  if (size < 2) return check('clock', 'Guest clock', 'ok', 'matches the host');
  const detail = `${roughDuration(size * 1000)} ${skewMs < 0 ? 'behind' : 'ahead of'} the host`;
  return check(
    'clock',
    'Guest clock',
    size < 30 ? 'warning' : 'failed',
    detail,
    'Certificates and leases depend on it.',
    run('k3s-vm shell -- sudo date -s @$(date +%s)', 'Set the clock:', 'set-clock'),
  );
}

/** What `resources/guest/health.sh` said: a word, and the rest of its line without control characters. */
export function guestFacts(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, key, value] = /^(\S+) +(.+)$/.exec(line.replace(/\p{Cc}/gu, '').trim()) ?? [];
      return key !== undefined && value !== undefined ? [[key, value]] : [];
    }),
  );
}

/** How full the guest's root file system is. @param percent used, as `df` prints it; undefined: unknown */
export function guestDiskCheck(percent: string | undefined): HealthCheck {
  const used = Number(percent);
  if (percent === undefined || !Number.isFinite(used)) return check('guest-disk', 'Guest disk', 'unknown', 'not known');
  const state = used >= 95 ? 'failed' : used >= 85 ? 'warning' : 'ok';
  return check(
    'guest-disk',
    'Guest disk',
    state,
    `${used}% used`,
    state === 'ok' ? undefined : 'K3s evicts pods when it fills up.',
    state === 'ok'
      ? undefined
      : { text: 'Delete images that no container uses:', command: 'k3s-vm shell -- sudo k3s crictl rmi --prune' },
  );
}

/**
 * The guest's way out.
 *
 * @param firewall what lets the guest ask this host for names, where its DNS server does not answer the guest
 */
export function networkChecks(facts: Readonly<Record<string, string>>, firewall?: Remedy): readonly HealthCheck[] {
  const one = (id: 'dns' | 'egress', title: string, good: string, bad: string, fix: Remedy): HealthCheck[] => {
    const value = facts[id];
    if (value === undefined) return [];
    return [
      value === 'ok'
        ? check(id, title, 'ok', good)
        : check(id, title, 'failed', bad, 'The host has internet access, but the guest does not.', fix),
    ];
  };
  const doctor: Remedy = { text: 'Check the network for firewalls and VPNs:', command: 'k3s-vm doctor' };
  const egress = one('egress', 'Guest internet', 'reaches the internet', 'cannot reach the internet', doctor);
  if (facts.nameserver === 'failed') {
    const detail = "the host's DNS server does not answer the guest";
    const why = 'A firewall on this host drops DNS queries of the VM.';
    return [...egress, check('dns', 'Guest DNS', 'failed', detail, why, firewall ?? doctor)];
  }
  return [...egress, ...one('dns', 'Guest DNS', 'resolves names', 'cannot resolve names', doctor)];
}

/** What the API answered, which the checks are based on. */
export interface ApiHealth {
  readonly checks: readonly HealthCheck[];
  readonly nodes: readonly NodeObject[];
  /** How far the guest's clock is ahead at least, in milliseconds. */
  readonly clockSkewMs?: number;
}

/**
 * Asks the API how it is. Never throws for what it finds.
 *
 * @param level how far to look: `api` stops at readyz, `node` at the node
 */
export async function apiHealth(
  client: ApiClient,
  options: {
    readonly level: 'api' | 'node' | 'all';
    readonly disabled: readonly string[];
    readonly clientCert: Buffer;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ApiHealth> {
  const { signal } = options;
  const sentAt = Date.now();
  let answer: ApiAnswer;
  try {
    answer = await client.get('/readyz?verbose', { signal, timeoutMs: 5000 });
  } catch (error) {
    signal?.throwIfAborted();
    const expired = errorCode(error) === 'CERT_HAS_EXPIRED' ? [serverCertificateExpired] : [];
    return { checks: [...expired, apiUnreachable(error)], nodes: [] };
  }
  const receivedAt = Date.now();
  const reachable = check('api', 'API reachable', 'ok', client.server);
  const readyz = readyzCheck(answer);
  const certificates = certificatesCheck(answer.certificateEnd, options.clientCert, new Date());
  const clockSkewMs = answer.date === undefined ? undefined : clockSkew(answer.date, sentAt, receivedAt);
  const skew = clockSkewMs === undefined ? {} : { clockSkewMs };
  const clock = clockCheck(clockSkewMs);
  if (readyz.state !== 'ok' || options.level === 'api') {
    return { checks: [reachable, readyz, certificates, clock], nodes: [], ...skew };
  }
  try {
    const list = <T>(path: string): Promise<readonly T[]> =>
      client.json<{ items: readonly T[] }>(path, { signal }).then((body) => body.items);
    const all = options.level === 'all';
    const [nodes, deployments, pods] = await Promise.all([
      list<NodeObject>('/api/v1/nodes'),
      all ? list<DeploymentObject>('/apis/apps/v1/namespaces/kube-system/deployments') : [],
      all ? list<PodObject>('/api/v1/namespaces/kube-system/pods') : [],
    ]);
    const workloads = all ? [workloadsCheck(deployments, pods, options.disabled)] : [];
    return {
      checks: [reachable, readyz, nodeCheck(nodes), ...workloads, certificates, pressureCheck(nodes), clock],
      nodes,
      ...skew,
    };
  } catch (error) {
    signal?.throwIfAborted();
    return { checks: [apiUnreachable(error), readyz, certificates, clock], nodes: [], ...skew };
  }
}
