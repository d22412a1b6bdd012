/**
 * The marks on a slider's track and what they mean: what the VM has, what is free for it, what others have.
 */
import type { Resources, VmInfo } from '../../../preload/api';
import { common } from '../../strings/common';
import { resources as strings } from '../../strings/resources';
import { inWords, sizeInWords } from './draft';
import type { Range, ResourceKey } from './scale';

export type MarkKind = 'now' | 'free' | 'taken';

export interface LegendItem {
  readonly label: string;
  readonly value: string;
  /** How it looks on the track; none where it is not on it. */
  readonly mark?: MarkKind;
}

export interface Legend {
  readonly items: readonly LegendItem[];
  /** Where the VM stands now. */
  readonly now?: number;
  /** The first amount that is more than is free; everything above is shaded. */
  readonly freeUpTo?: number;
}

/** How much this VM could have before something runs short; undefined where that is not known. */
function freeFor(key: ResourceKey, { host, actual }: Resources, vm: VmInfo | null): number | undefined {
  switch (key) {
    case 'cpus':
      return Math.max(0, host.cpus - host.othersCpus);
    case 'memoryBytes':
      return host.memoryAvailableBytes;
    case 'diskBytes':
      return host.poolFreeBytes === null
        ? undefined
        : host.poolFreeBytes + (vm?.diskUsedBytes ?? actual?.diskBytes ?? 0);
  }
}

export function legendOf(key: ResourceKey, resources: Resources, vm: VmInfo | null): Legend {
  const { host, actual } = resources;
  const range: Range = resources.limits[key];
  const free = freeFor(key, resources, vm);
  const marked = free !== undefined && free < range.max;
  const item = (label: string, value: string, mark: MarkKind, isShown: boolean): LegendItem =>
    isShown ? { label, value, mark } : { label, value };
  const now: readonly LegendItem[] =
    actual === null
      ? []
      : [
          {
            label: key === 'diskBytes' ? strings.diskNow : strings.now,
            value: inWords(key, actual[key]),
            mark: 'now',
          },
        ];
  const items = ((): readonly LegendItem[] => {
    switch (key) {
      case 'cpus':
        return [
          item(strings.available, common.cpus(free ?? 0), 'free', marked),
          item(strings.othersCpus, common.cpus(host.othersCpus), 'taken', marked),
          { label: strings.host, value: common.cpus(host.cpus) },
        ];
      case 'memoryBytes': {
        const taken = sizeInWords(Math.max(0, host.memoryBytes - host.memoryAvailableBytes));
        const text =
          host.othersMemoryBytes > 0 ? strings.takenOfThatVms(taken, sizeInWords(host.othersMemoryBytes)) : taken;
        return [
          item(strings.available, sizeInWords(host.memoryAvailableBytes), 'free', marked),
          item(strings.taken, text, 'taken', marked),
          { label: strings.host, value: sizeInWords(host.memoryBytes) },
        ];
      }
      case 'diskBytes':
        return [
          ...(vm?.diskUsedBytes === undefined
            ? []
            : [{ label: strings.written, value: sizeInWords(vm.diskUsedBytes) }]),
          item(
            strings.availableInPool,
            host.poolFreeBytes === null ? strings.unknown : sizeInWords(host.poolFreeBytes),
            'free',
            marked,
          ),
        ];
    }
  })();
  return {
    items: [...now, ...items],
    ...(actual === null ? {} : { now: actual[key] }),
    ...(marked ? { freeUpTo: Math.max(free, range.min) } : {}),
  };
}
