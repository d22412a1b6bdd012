import { describe, expect, it } from 'vitest';
import { workloadRow, type KubernetesObject } from './workload-rows';

const metadata = { uid: 'u', name: 'web', namespace: 'shop', creationTimestamp: '2026-05-04T09:00:00Z' };
const running = { name: 'main', ready: true, restartCount: 2, state: {} };
const pod = (
  status: KubernetesObject['status'],
  more: Partial<KubernetesObject['metadata']> = {},
): KubernetesObject => ({
  metadata: { ...metadata, ...more },
  spec: { nodeName: 'node', containers: [{ name: 'main' }], initContainers: [{ name: 'first' }] },
  status: status ?? {},
});
const waiting = (reason: string, message?: string) => ({
  name: 'main',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
});

describe('a pod is told as kubectl tells it', () => {
  it.each<[string, KubernetesObject, string, string]>([
    ['running', pod({ phase: 'Running', containerStatuses: [running] }), 'Running', 'good'],
    ['not ready yet', pod({ phase: 'Running', containerStatuses: [{ ...running, ready: false }] }), 'Running', 'busy'],
    [
      'being made',
      pod({ phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }),
      'ContainerCreating',
      'busy',
    ],
    [
      'crashing',
      pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff', 'back-off')] }),
      'CrashLoopBackOff',
      'bad',
    ],
    [
      'without its image',
      pod({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] }),
      'ImagePullBackOff',
      'bad',
    ],
    [
      'crashing before it starts',
      pod({
        phase: 'Pending',
        initContainerStatuses: [{ ...waiting('CrashLoopBackOff'), name: 'first' }],
        containerStatuses: [waiting('PodInitializing')],
      }),
      'Init:CrashLoopBackOff',
      'bad',
    ],
    [
      'without a place',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no memory' }],
      }),
      'Unschedulable',
      'bad',
    ],
    ['done', pod({ phase: 'Succeeded' }), 'Completed', 'ended'],
    ['evicted', pod({ phase: 'Failed', reason: 'Evicted', message: 'disk' }), 'Evicted', 'bad'],
    ['going', pod({ phase: 'Running' }, { deletionTimestamp: '2026-05-04T10:00:00Z' }), 'Terminating', 'busy'],
  ])('%s', (_what, object, status, condition) => {
    expect(workloadRow('pods', object)).toMatchObject({ status, condition });
  });

  it('with its containers, restarts and reason', () => {
    const object = pod({
      phase: 'Running',
      podIP: '10.42.0.7',
      containerStatuses: [{ ...waiting('CrashLoopBackOff', 'back-off'), restartCount: 7 }],
    });
    expect(workloadRow('pods', object)).toMatchObject({
      name: 'web',
      namespace: 'shop',
      node: 'node',
      ip: '10.42.0.7',
      restarts: 7,
      message: 'main: back-off',
      containers: [
        { name: 'first', ready: false, init: true },
        { name: 'main', ready: false, init: false },
      ],
    });
  });
});

describe('a deployment', () => {
  const deployment = (replicas: number, status: KubernetesObject['status']): KubernetesObject => ({
    metadata,
    spec: { replicas },
    status: status ?? {},
  });
  it.each<[string, KubernetesObject, string, string]>([
    ['available', deployment(2, { readyReplicas: 2, updatedReplicas: 2 }), 'Available', 'good'],
    ['rolling out', deployment(2, { readyReplicas: 2, updatedReplicas: 1 }), 'Progressing', 'busy'],
    [
      'stuck',
      deployment(1, { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }),
      'ProgressDeadlineExceeded',
      'bad',
    ],
    ['of no pods', deployment(0, {}), 'Scaled to 0', 'ended'],
  ])('%s', (_what, object, status, condition) => {
    expect(workloadRow('deployments', object)).toMatchObject({ status, condition });
  });
});

it.each<[string, KubernetesObject['status'], boolean | undefined, string, string]>([
  ['ready', { conditions: [{ type: 'Ready', status: 'True' }] }, undefined, 'Ready', 'good'],
  ['not heard of', { conditions: [{ type: 'Ready', status: 'Unknown' }] }, undefined, 'NotReady', 'bad'],
  ['cordoned', { conditions: [{ type: 'Ready', status: 'True' }] }, true, 'Ready, SchedulingDisabled', 'busy'],
])('a node that is %s', (_what, status, unschedulable, word, condition) => {
  const spec = unschedulable === undefined ? {} : { unschedulable };
  expect(workloadRow('nodes', { metadata, spec, status: status ?? {} })).toMatchObject({ status: word, condition });
});

it('an event is about something, and was last seen when its series says so', () => {
  const event: KubernetesObject = {
    metadata,
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off restarting',
    involvedObject: { kind: 'Pod', name: 'web-1' },
    firstTimestamp: null,
    lastTimestamp: '2026-05-04T09:01:00Z',
    series: { count: 9, lastObservedTime: '2026-05-04T09:05:00Z' },
  };
  expect(workloadRow('events', event)).toMatchObject({
    about: 'pod/web-1',
    condition: 'bad',
    count: 9,
    lastSeen: '2026-05-04T09:05:00Z',
  });
});
