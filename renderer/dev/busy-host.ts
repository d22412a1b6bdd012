/**
 * A fake host in the browser for bench/dashboard. It pushes as much as it is asked to, with the contract's back-pressure,
 * and takes the measurements that only the page can take.
 */
import type { BusyHost } from '../../bench/lib/in-page';
import { streamWindow } from '../../preload/api';
import { fakeBridge } from './fake-bridge';
import { k3sLog, now, workloads } from './scenarios';

const GiB = 2 ** 30;
/** Milliseconds between batches: `StreamBatch`. */
const batchMs = 50;

const log = { stream: '', made: 0, sent: 0, taken: 0 };
let opened = 0;
let workloadStream = '';

const bridge = fakeBridge({
  scenario: 'running',
  theme: 'light',
  answers: {
    'logs.open': () => {
      opened += 1;
      Object.assign(log, { stream: `log-${opened}`, made: 0, sent: 0, taken: 0 });
      return { stream: log.stream };
    },
    'workloads.open': () => {
      workloadStream = 'workloads';
      setTimeout(() => {
        const rows = workloads(200);
        const kinds = ['nodes', 'namespaces', 'deployments', 'pods', 'services', 'events'] as const;
        const items = kinds.map((kind) => ({
          type: 'replace' as const,
          kind,
          rows: rows.filter((row) => row.kind === kind),
        }));
        bridge.push({ name: 'stream', payload: { stream: workloadStream, items } });
      }, 0);
      return { stream: workloadStream };
    },
    'stream.ack': ({ stream, items }) => {
      if (stream === log.stream) log.taken = items;
      return null;
    },
  },
});

const lines = k3sLog(1000);

async function flood(perSecond: number, seconds: number): Promise<{ made: number; taken: number }> {
  const [startedAt, made, taken] = [performance.now(), log.made, log.taken];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const passed = performance.now() - startedAt;
      log.made = made + Math.round(Math.min(passed / 1000, seconds) * perSecond);
      const room = streamWindow - (log.sent - log.taken);
      const items = Array.from({ length: Math.min(log.made - log.sent, room) }, (_, index) => ({
        text: `${lines[(log.sent + index) % lines.length] ?? ''} #${log.sent + index}`,
      }));
      log.sent += items.length;
      if (items.length > 0) bridge.push({ name: 'stream', payload: { stream: log.stream, items } });
      if (passed < seconds * 1000) return;
      clearInterval(timer);
      resolve();
    }, batchMs);
  });
  return { made: log.made - made, taken: log.taken - taken };
}

function frames(seconds: number): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const durations: number[] = [];
    const startedAt = performance.now();
    let before = startedAt;
    const next = (at: number): void => {
      durations.push(at - before);
      before = at;
      if (at - startedAt > seconds * 1000) resolve(durations.slice(1));
      else requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
}

let second = 0;

async function minutes(count: number): Promise<void> {
  const pods = workloads(200).filter((row) => row.kind === 'pods');
  for (let minute = 0; minute < count; minute += 1) {
    for (let index = 0; index < 60; index += 1) {
      second += 1;
      const at = now + second * 1000;
      if (second % 2 === 0) {
        const [cpuPercent, rate] = [second % 100, 1000 * (second % 1000)];
        bridge.push({
          name: 'stats',
          payload: {
            at,
            cpuPercent,
            memoryUsedBytes: 2 * GiB + second * 1000,
            memoryTotalBytes: 4 * GiB,
            diskReadBytesPerSecond: rate,
            diskWriteBytesPerSecond: rate,
            networkReceiveBytesPerSecond: rate,
            networkSendBytesPerSecond: rate,
          },
        });
      }
      if (second % 5 === 0) bridge.change({});
      const pod = pods[second % pods.length];
      if (workloadStream === '' || pod === undefined) continue;
      // One pod is deleted and another takes its place
      const uid = `${pod.uid}-${second}`;
      bridge.push({
        name: 'stream',
        payload: {
          stream: workloadStream,
          items: [
            { type: 'upsert', row: { ...pod, uid, name: `${pod.name}-${second}` } },
            { type: 'remove', kind: 'pods', uid: `${pod.uid}-${second - pods.length}` },
          ],
        },
      });
    }
    // What was asked is kept for tests, which here would look like a leak
    (bridge.calls as unknown[]).length = 0;
    await new Promise(requestAnimationFrame);
  }
}

async function firstPaint(): Promise<number> {
  for (;;) {
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    if (paint !== undefined) return paint.startTime;
    await new Promise(requestAnimationFrame);
  }
}

function loaded(): number {
  const files = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  return files.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
}

const busyHost: BusyHost = { flood, frames, minutes, firstPaint, loaded };
Object.assign(window, { k3sVm: bridge, busyHost });
