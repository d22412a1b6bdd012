/**
 * CPUs, memory and disk: what is configured, what the VM has, and what this host could give.
 */
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Amounts, Resources, VmInfo } from '../../preload/api';
import { setInFile } from '../core/config/edit';
import { settings } from '../core/config/keys';
import type { LoadedConfig } from '../core/config/load';
import { formatSize } from '../core/config/units';

const GiB = 2 ** 30;
const keys = { cpus: 'cpus', memory: 'memoryBytes', disk: 'diskBytes' } as const;
type Key = keyof typeof keys;
const names = Object.keys(keys) as Key[];

export interface HostAmounts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryFreeBytes: number;
}

export const thisHost = (): HostAmounts => ({
  cpus: availableParallelism(),
  memoryBytes: totalmem(),
  memoryFreeBytes: freemem(),
});

const running = (vm: VmInfo): boolean =>
  ['running', 'starting', 'provisioning', 'stopping', 'paused'].includes(vm.state);

/** @param others this tool's VMs of other projects */
export function describeResources(
  { config, sources }: LoadedConfig,
  vm: VmInfo | null,
  others: readonly VmInfo[],
  poolFreeBytes: number | null,
  host: HostAmounts,
): Resources {
  const configured = { cpus: config.cpus, memoryBytes: config.memory, diskBytes: config.disk };
  const isThere = vm !== null && vm.state !== 'absent';
  const actual: Amounts | null = isThere
    ? {
        cpus: vm.cpus ?? configured.cpus,
        memoryBytes: vm.memoryBytes ?? configured.memoryBytes,
        diskBytes: vm.diskBytes ?? configured.diskBytes,
      }
    : null;
  const busy = others.filter(running);
  const sum = (of: (vm: VmInfo) => number | undefined): number => busy.reduce((total, vm) => total + (of(vm) ?? 0), 0);
  const fixedBy: { [K in Key]?: string } = {};
  for (const name of names) {
    const { kind, where } = sources[name];
    if (kind === 'flag' || kind === 'environment') fixedBy[name] = where;
  }
  const diskMin = actual?.diskBytes ?? settings.disk.min ?? GiB;
  // A disk takes up what is written to it, so more than is free may be asked for; far more makes no sense
  const diskMax = Math.max(
    64 * GiB,
    diskMin,
    configured.diskBytes,
    Math.floor(((poolFreeBytes ?? 0) + (vm?.diskUsedBytes ?? 0)) / GiB) * GiB,
  );
  return {
    configured,
    actual,
    limits: {
      cpus: { min: settings.cpus.min ?? 1, max: Math.max(host.cpus, configured.cpus, actual?.cpus ?? 0) },
      memoryBytes: {
        min: settings.memory.min ?? GiB,
        max: Math.max(Math.floor(host.memoryBytes / GiB) * GiB, configured.memoryBytes),
      },
      diskBytes: { min: diskMin, max: diskMax },
    },
    host: {
      cpus: host.cpus,
      memoryBytes: host.memoryBytes,
      memoryAvailableBytes: host.memoryFreeBytes + (vm !== null && running(vm) ? (vm.memoryBytes ?? 0) : 0),
      poolFreeBytes,
      othersCpus: sum(({ cpus }) => cpus),
      othersMemoryBytes: sum(({ memoryBytes }) => memoryBytes),
    },
    pending:
      actual === null
        ? []
        : names.filter((name) =>
            name === 'disk' ? configured.diskBytes > actual.diskBytes : configured[keys[name]] !== actual[keys[name]],
          ),
    fixedBy,
  };
}

/** Writes what differs to the project's file. @throws CONFIG_INVALID */
export async function writeResources(file: string, now: Amounts, wanted: Amounts): Promise<void> {
  for (const name of names) {
    const value = wanted[keys[name]];
    if (value === now[keys[name]]) continue;
    await setInFile(file, 'project', name, name === 'cpus' ? String(value) : formatSize(value));
  }
}
