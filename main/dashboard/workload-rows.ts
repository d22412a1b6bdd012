/**
 * Kubernetes objects as the workloads page's rows. The objects come as JSON, from list and watch alike; what an object
 * leaves out is left out here.
 */
import type { Condition, WorkloadKind, WorkloadRow } from '../../preload/api';
import { strings } from './strings';

interface Metadata {
  readonly uid: string;
  readonly name: string;
  readonly namespace?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
}
interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
}
interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
/** The parts of the six kinds that rows are made of. */
export interface KubernetesObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly name: string }[];
    readonly initContainers?: readonly { readonly name: string }[];
    readonly replicas?: number;
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
    readonly type?: string;
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly port: number; readonly nodePort?: number; readonly protocol?: string }[];
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
    readonly unschedulable?: boolean;
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly conditions?: readonly StatusCondition[];
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
  // Events
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
}

const base = ({ metadata }: KubernetesObject) => ({
  uid: metadata.uid,
  name: metadata.name,
  namespace: metadata.namespace ?? '',
  createdAt: metadata.creationTimestamp ?? '',
});

/** The row of an object of a kind. */
export function workloadRow(kind: WorkloadKind, object: KubernetesObject): WorkloadRow {
  switch (kind) {
    case 'nodes':
      return nodeRow(object);
    case 'namespaces': {
      const phase = object.status?.phase ?? 'Active';
      return { ...base(object), kind, status: phase, condition: phase === 'Active' ? 'good' : 'busy' };
    }
    case 'deployments':
      return deploymentRow(object);
    case 'pods':
      return podRow(object);
    case 'services':
      return serviceRow(object);
    case 'events':
      return eventRow(object);
  }
}

function nodeRow(object: KubernetesObject): WorkloadRow {
  const { metadata, spec, status } = object;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  const cordoned = spec?.unschedulable === true;
  const rolePrefix = 'node-role.kubernetes.io/';
  return {
    ...base(object),
    kind: 'nodes',
    status: `${ready ? 'Ready' : 'NotReady'}${cordoned ? ', SchedulingDisabled' : ''}`,
    condition: !ready ? 'bad' : cordoned ? 'busy' : 'good',
    roles: Object.keys(metadata.labels ?? {}).flatMap((label) =>
      label.startsWith(rolePrefix) ? [label.slice(rolePrefix.length)] : [],
    ),
    version: status?.nodeInfo?.kubeletVersion ?? '',
    address: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    taints: (spec?.taints ?? []).map(
      ({ key, value, effect }) => `${key}${value === undefined || value === '' ? '' : `=${value}`}:${effect}`,
    ),
  };
}

function deploymentRow(object: KubernetesObject): WorkloadRow {
  const { spec, status } = object;
  const desired = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const upToDate = status?.updatedReplicas ?? 0;
  const stuck = status?.conditions?.find(
    ({ type, status: is, reason }) =>
      (type === 'Progressing' && is === 'False' && reason === 'ProgressDeadlineExceeded') ||
      (type === 'ReplicaFailure' && is === 'True'),
  );
  const complete = ready >= desired && upToDate >= desired;
  return {
    ...base(object),
    kind: 'deployments',
    ready,
    desired,
    upToDate,
    images: (spec?.template?.spec?.containers ?? []).flatMap(({ image }) => (image === undefined ? [] : [image])),
    ...(desired === 0
      ? { status: strings.scaledToZero, condition: 'ended' as const }
      : complete
        ? { status: 'Available', condition: 'good' as const }
        : stuck !== undefined
          ? { status: stuck.reason ?? 'Failed', condition: 'bad' as const }
          : { status: 'Progressing', condition: 'busy' as const }),
  };
}

/** Reasons that mean that a container waits for something to be put right, not for its turn. */
const badReasons =
  /^(CrashLoopBackOff|ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError|Error|OOMKilled|Evicted|ContainerCannotRun|DeadlineExceeded|StartError)/;

/** What keeps containers from running. @param prefix of the status, as kubectl writes it */
const troubles = (containers: readonly ContainerStatus[], prefix: string) =>
  containers.flatMap(({ name, state }) => {
    const what = state?.waiting ?? (state?.terminated?.exitCode === 0 ? undefined : state?.terminated);
    const reason = what?.reason;
    if (reason === undefined) return [];
    // Containers that wait for the init ones are no matter of their own
    const status = reason === 'PodInitializing' ? reason : `${prefix}${reason}`;
    return [{ reason, status, message: what?.message === undefined ? undefined : `${name}: ${what.message}` }];
  });

/** The one word kubectl shows in its STATUS column, and how bad it is. */
function podState(object: KubernetesObject): {
  readonly status: string;
  readonly condition: Condition;
  readonly message?: string;
} {
  const { metadata, status } = object;
  if (metadata.deletionTimestamp !== undefined) return { status: 'Terminating', condition: 'busy' };
  const phase = status?.phase ?? 'Unknown';
  if (phase === 'Succeeded') return { status: 'Completed', condition: 'ended' };
  const init = status?.initContainerStatuses ?? [];
  const containers = status?.containerStatuses ?? [];
  const troubled = [...troubles(init, 'Init:'), ...troubles(containers, '')];
  const worst = troubled.find(({ reason }) => badReasons.test(reason)) ?? troubled[0];
  if (phase === 'Failed') {
    const message = status?.message ?? worst?.message;
    return {
      status: status?.reason ?? worst?.status ?? 'Failed',
      condition: 'bad',
      ...(message === undefined ? {} : { message }),
    };
  }
  if (worst !== undefined) {
    return {
      status: worst.status,
      condition: badReasons.test(worst.reason) ? 'bad' : 'busy',
      ...(worst.message === undefined ? {} : { message: worst.message }),
    };
  }
  const unschedulable = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unschedulable !== undefined) {
    return {
      status: unschedulable.reason ?? 'Unschedulable',
      condition: 'bad',
      ...(unschedulable.message === undefined ? {} : { message: unschedulable.message }),
    };
  }
  const allReady = containers.length > 0 && containers.every(({ ready }) => ready === true);
  return { status: phase, condition: phase === 'Running' && allReady ? 'good' : 'busy' };
}

function podRow(object: KubernetesObject): WorkloadRow {
  const { spec, status } = object;
  const init = status?.initContainerStatuses ?? [];
  const statuses = status?.containerStatuses ?? [];
  const isReady = (list: readonly ContainerStatus[], name: string): boolean =>
    list.some((container) => container.name === name && container.ready === true);
  return {
    ...base(object),
    kind: 'pods',
    ...podState(object),
    containers: [
      ...(spec?.initContainers ?? []).map(({ name }) => ({ name, ready: isReady(init, name), init: true })),
      ...(spec?.containers ?? []).map(({ name }) => ({ name, ready: isReady(statuses, name), init: false })),
    ],
    restarts: statuses.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0),
    node: spec?.nodeName ?? '',
    ip: status?.podIP ?? '',
  };
}

function serviceRow(object: KubernetesObject): WorkloadRow {
  const { spec } = object;
  return {
    ...base(object),
    kind: 'services',
    status: spec?.type ?? 'ClusterIP',
    condition: 'none',
    type: spec?.type ?? 'ClusterIP',
    clusterIp: spec?.clusterIP ?? '',
    ports: (spec?.ports ?? []).map(
      ({ port, nodePort, protocol }) => `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol ?? 'TCP'}`,
    ),
  };
}

function eventRow(object: KubernetesObject): WorkloadRow {
  const { metadata, involvedObject: about } = object;
  const { series } = object;
  const times = [series?.lastObservedTime, object.lastTimestamp, object.eventTime, object.firstTimestamp];
  const lastSeen = times.find(Boolean) ?? metadata.creationTimestamp ?? '';
  const type = object.type ?? 'Normal';
  return {
    ...base(object),
    kind: 'events',
    status: object.reason ?? type,
    condition: type === 'Warning' ? 'bad' : 'none',
    type,
    reason: object.reason ?? '',
    message: object.message ?? '',
    about: `${(about?.kind ?? '').toLowerCase()}/${about?.name ?? ''}`,
    count: series?.count ?? object.count ?? 1,
    lastSeen,
  };
}
