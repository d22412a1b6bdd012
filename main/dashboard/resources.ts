/**
 * CPUs, memory and disk: what is configured, what the VM has, and what this host could give.
 */
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Amounts, Resources, VmInfo } from '../../preload/api';
import { actionsOf } from '../core/actions';
import { setInFile } from '../core/config/edit';
import { settings, withUnit } from '../core/config/settings';
import { toText } from '../core/config/text';
import type { LoadedConfig } from '../core/config/load';
import { formatSize } from '../core/config/units';
import { k3sVmError } from '../core/errors';
import { problemOf } from './settings';
import { strings } from './strings';

const GiB = 2 ** 30;
const keys = ['cpus', 'memory', 'disk'] as const;

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

/** Whether a VM holds CPUs and memory of the host: if it can be force stopped, whoever works on it now. */
const isOn = ({ state }: VmInfo): boolean => actionsOf({ vm: { state } }).force;

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
  const { cpus, memoryBytes, diskBytes } = config;
  const asked: Amounts = { cpus, memoryBytes, diskBytes };
  const actual = amountsOf(vm, asked);
  // An existing VM keeps what it has unless something else is configured
  const configured = { ...asked };
  for (const key of keys) {
    const field = withUnit(key);
    if (actual !== null && !explicit.has(key)) configured[field] = actual[field];
  }
  const on = others.filter(isOn);
  const sum = (of: (vm: VmInfo) => number | undefined): number => on.reduce((total, vm) => total + (of(vm) ?? 0), 0);
  const fixedBy: { -readonly [K in keyof Amounts]?: string } = {};
  for (const key of keys) {
    const { kind, where } = sources[key];
    if (kind === 'flag' || kind === 'environment') fixedBy[withUnit(key)] = where;
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
        : keys
            .map(withUnit)
            .filter((field) =>
              field === 'diskBytes' ? configured[field] > actual[field] : configured[field] !== actual[field],
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
  const changed = keys.filter((key) => wanted[withUnit(key)] !== configured[withUnit(key)]);
  for (const key of changed) {
    const where = fixedBy[withUnit(key)];
    if (where !== undefined) throw k3sVmError('USAGE', { problem: strings.setBy(key, where) });
  }
  if (changed.includes('disk') && actual !== null && wanted.diskBytes < actual.diskBytes) {
    const [current, less] = [formatSize(actual.diskBytes), formatSize(wanted.diskBytes)];
    throw k3sVmError('DISK_SHRINK', { current, wanted: less });
  }
  const texts = changed.map((key) => [key, toText(key, wanted[withUnit(key)])] as const);
  for (const [key, text] of texts) {
    const problem = problemOf(key, text);
    if (problem !== null) throw k3sVmError('CONFIG_INVALID', { where: key, problems: [problem] });
  }
  for (const [key, text] of texts) await setInFile(file, 'project', key, text);
}
