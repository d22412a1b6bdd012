/**
 * Samples of what the VM uses, for the charts: the last five minutes.
 */
import type { Stats } from '../../preload/api';
import type { Usage } from '../core/cluster';

const kept = 150;
const sampleMs = 2000;

/**
 * What was used between two readings.
 *
 * @returns undefined if the VM was restarted in between
 */
function statsBetween(before: Usage, after: Usage): Stats | undefined {
  const seconds = (after.at - before.at) / 1000;
  const counters = ['cpuNs', 'diskReadBytes', 'diskWriteBytes', 'networkReceiveBytes', 'networkSendBytes'] as const;
  if (seconds <= 0 || counters.some((key) => after[key] < before[key])) return undefined;
  const perSecond = (key: (typeof counters)[number]): number => Math.round((after[key] - before[key]) / seconds);
  return {
    at: after.at,
    cpuPercent: Math.min(100, Math.round(perSecond('cpuNs') / 1e6 / after.cpus) / 10),
    memoryUsedBytes: after.memoryUsedBytes,
    memoryTotalBytes: after.memoryTotalBytes,
    diskReadBytesPerSecond: perSecond('diskReadBytes'),
    diskWriteBytesPerSecond: perSecond('diskWriteBytes'),
    networkReceiveBytesPerSecond: perSecond('networkReceiveBytes'),
    networkSendBytesPerSecond: perSecond('networkSendBytes'),
  };
}

export interface UsageHistory {
  /** Oldest first. */
  samples(): readonly Stats[];
  close(): void;
}

/**
 * Begins to sample.
 *
 * @param read what the VM has used so far; undefined: it is not running, or no window is open
 * @param tell called with each new sample
 */
export function createUsageHistory(
  read: (signal: AbortSignal) => Promise<Usage | undefined>,
  tell: (stats: Stats) => void,
): UsageHistory {
  const ended = new AbortController();
  let samples: readonly Stats[] = [];
  let before: Usage | undefined;
  let reading = false;
  const sample = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    // The observer reports it when libvirt does not respond
    const usage = await read(ended.signal).catch(() => undefined);
    reading = false;
    const stats = before === undefined || usage === undefined ? undefined : statsBetween(before, usage);
    before = usage;
    if (stats === undefined || ended.signal.aborted) return;
    samples = [...samples.slice(1 - kept), stats];
    tell(stats);
  };
  const timer = setInterval(() => void sample(), sampleMs);
  timer.unref();
  return {
    samples: () => samples,
    close() {
      clearInterval(timer);
      ended.abort();
    },
  };
}
