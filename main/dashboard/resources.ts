/**
 * CPUs, memory and disk: what is configured, what the VM has, and what this host could give.
 */
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Amounts, Resources, VmInfo } from '../../preload/api';
import { setInFile } from '../core/config/edit';
import { settings } from '../core/config/keys';
import type { LoadedConfig } from '../core/config/load';
import { formatSize } from '../core/config/units';
import { k3sVmError } from '../core/errors';
import { problemOf } from './settings';
import { strings } from './strings';

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

/** Whether a VM holds CPUs and memory of the host. */
const isOn = (vm: VmInfo): boolean => ['running', 'starting', 'provisioning', 'stopping', 'paused'].includes(vm.state);

function amountsOf(vm: VmInfo | null, otherwise: Amounts): Amounts | null {
  if (vm === null || vm.state === 'absent') return null;
  const { cpus, memoryBytes, diskBytes } = vm;
  return {
    cpus: cpus ?? otherwise.cpus,
    memoryBytes: memoryBytes ?? otherwise.memoryBytes,
    diskBytes: diskBytes ?? otherwise.diskBytes,
  };
}

/** @param others this tool's VMs of other projects */
export function describeResources(
  { config, explicit, sources }: Pick<LoadedConfig, 'config' | 'explicit' | 'sources'>,
  vm: VmInfo | null,
  others: readonly VmInfo[],
  poolFreeBytes: number | null,
  host: HostAmounts,
): Resources {
  const asked: Amounts = { cpus: config.cpus, memoryBytes: config.memory, diskBytes: config.disk };
  const actual = amountsOf(vm, asked);
  // An existing VM keeps what it has unless something else is configured
  const configured = { ...asked };
  for (const name of names) {
    if (actual !== null && !explicit.has(name)) configured[keys[name]] = actual[keys[name]];
  }
  const on = others.filter(isOn);
  const sum = (of: (vm: VmInfo) => number | undefined): number => on.reduce((total, vm) => total + (of(vm) ?? 0), 0);
  const fixedBy: { [K in Key]?: string } = {};
  for (const name of names) {
    const { kind, where } = sources[name];
    if (kind === 'flag' || kind === 'environment') fixedBy[name] = where;
  }
  const diskMin = actual?.diskBytes ?? settings.disk.min ?? GiB;
  const diskRoom = Math.floor(((poolFreeBytes ?? 0) + (vm?.diskUsedBytes ?? 0)) / GiB) * GiB;
  return {
    configured,
    actual,
    limits: {
      cpus: {
        min: settings.cpus.min ?? 1,
        max: Math.max(host.cpus, configured.cpus, actual?.cpus ?? 0),
      },
      memoryBytes: {
        min: settings.memory.min ?? GiB,
        max: Math.max(Math.floor(host.memoryBytes / GiB) * GiB, configured.memoryBytes, actual?.memoryBytes ?? 0),
      },
      // A disk takes up only what is written, so it may be larger than the free space, but not by far
      diskBytes: { min: diskMin, max: Math.max(64 * GiB, diskMin, configured.diskBytes, diskRoom) },
    },
    host: {
      cpus: host.cpus,
      memoryBytes: host.memoryBytes,
      memoryAvailableBytes: host.memoryFreeBytes + (vm !== null && isOn(vm) ? (vm.memoryBytes ?? 0) : 0),
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

/**
 * Writes the changed amounts to the project's file, or none if one of them is refused.
 *
 * @throws DISK_SHRINK; USAGE for what cannot be changed here; CONFIG_INVALID
 */
export async function writeResources(
  file: string,
  { configured, actual, fixedBy }: Pick<Resources, 'configured' | 'actual' | 'fixedBy'>,
  wanted: Amounts,
): Promise<void> {
  const changed = names.filter((name) => wanted[keys[name]] !== configured[keys[name]]);
  for (const name of changed) {
    const where = fixedBy[name];
    if (where !== undefined) throw k3sVmError('USAGE', { problem: strings.setBy(name, where) });
  }
  if (changed.includes('disk') && actual !== null && wanted.diskBytes < actual.diskBytes) {
    const [current, less] = [formatSize(actual.diskBytes), formatSize(wanted.diskBytes)];
    throw k3sVmError('DISK_SHRINK', { current, wanted: less });
  }
  const textOf = (name: Key): string => (name === 'cpus' ? String(wanted.cpus) : formatSize(wanted[keys[name]]));
  for (const name of changed) {
    const problem = problemOf(name, textOf(name));
    if (problem !== null) throw k3sVmError('CONFIG_INVALID', { where: name, problems: [problem] });
  }
  for (const name of changed) await setInFile(file, 'project', name, textOf(name));
}
