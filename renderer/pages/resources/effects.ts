/**
 * The consequences of the amounts: warnings, when they take effect, and the changes in words.
 */
import type { Resources, Snapshot, VmInfo } from '../../../preload/api';
import { resources as strings } from '../../strings/resources';
import { inputText, inWords, sizeInWords, type Line } from './draft';
import { GiB, type ResourceKey } from './scale';

export interface Note {
  /** warn: it will cause trouble; info: good to know. */
  readonly tone: 'warn' | 'info';
  readonly text: string;
}

/** Warnings and remarks about an amount. */
export function notes({ key, value }: Line, { host, actual }: Resources, vm: VmInfo | null): readonly Note[] {
  switch (key) {
    case 'cpus':
      if (value > host.cpus) return [{ tone: 'warn', text: strings.moreCpusThanHost(host.cpus) }];
      return host.othersCpus > 0 && value + host.othersCpus > host.cpus
        ? [{ tone: 'info', text: strings.cpusShared(host.othersCpus, host.cpus) }]
        : [];
    case 'memoryBytes': {
      const missing = value - host.memoryAvailableBytes;
      return [
        ...(missing > 0 ? [{ tone: 'warn', text: strings.moreMemoryThanFree(sizeInWords(missing)) } as const] : []),
        ...(value < 2 * GiB ? [{ tone: 'warn', text: strings.littleMemory } as const] : []),
      ];
    }
    case 'diskBytes': {
      if (host.poolFreeBytes === null) return [];
      // Data that is already written takes no further space in the pool
      const written = vm?.diskUsedBytes ?? actual?.diskBytes ?? 0;
      return value - written > host.poolFreeBytes
        ? [{ tone: 'warn', text: strings.moreDiskThanFree(sizeInWords(host.poolFreeBytes)) }]
        : [];
    }
  }
}

/** "4 → 6 CPUs", "Memory 4 → 8 GiB". */
export const changeInWords = (key: ResourceKey, from: number, to: number): string =>
  key === 'cpus'
    ? strings.changeCpus(from, to)
    : strings.changeSize(strings.titles[key], inputText(key, from), inWords(key, to));

/** What the VM will get at its next start, in words. */
export const pendingChanges = ({ pending, actual, configured }: Resources): readonly string[] =>
  actual === null ? [] : pending.map((key) => changeInWords(key, actual[key], configured[key]));

/** When a change takes effect. */
export function effect(vm: VmInfo | null): string {
  const { absent, suspended, otherwise } = strings.effects;
  return vm?.state === 'absent' ? absent : vm?.state === 'suspended' ? suspended : otherwise;
}

/** The operation that holds the VM, and whether this dashboard runs it. */
export function operationUnderWay(
  snapshot: Snapshot | null,
): { readonly name: string; readonly isOurs: boolean } | null {
  if (snapshot?.operation) return { name: snapshot.operation.operation, isOurs: true };
  const elsewhere = snapshot?.vm?.operation;
  return elsewhere === undefined ? null : { name: elsewhere.name, isOurs: false };
}
