/**
 * Samples of what the VM uses, for the charts: the last five minutes.
 */
import type { Stats } from '../../preload/api';
import type { Usage } from '../core/cluster';

const kept = 150;
export const sampleMs = 2000;

/**
 * What was used between two readings.
 *
 * @returns undefined where they are not of one run of the VM
 */
export function statsBetween(before: Usage, after: Usage): Stats | undefined {
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
  readonly samples: readonly Stats[];
  /** @returns the sample it makes, if any */
  take(usage: Usage | undefined): Stats | undefined;
}

export function createUsageHistory(): UsageHistory {
  let samples: readonly Stats[] = [];
  let before: Usage | undefined;
  return {
    get samples() {
      return samples;
    },
    take(usage) {
      const sample = before === undefined || usage === undefined ? undefined : statsBetween(before, usage);
      before = usage;
      if (sample !== undefined) samples = [...samples.slice(1 - kept), sample];
      return sample;
    },
  };
}
