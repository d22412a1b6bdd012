/**
 * The configuration against this machine.
 */
import { availableParallelism, totalmem } from 'node:os';
import { k3sVmError } from '../errors';
import { isRemote } from '../libvirt/uri';
import type { Config } from './schema';
import { formatBytes } from './units';

export interface HostSize {
  readonly cpus: number;
  readonly memory: number;
}

const thisHost = (): HostSize => ({ cpus: availableParallelism(), memory: totalmem() });

/**
 * Compares the configuration with what the host has, before anything is made.
 *
 * @returns warnings: what will work, but not well
 * @throws NOT_ENOUGH_MEMORY when the VM could never start
 */
export function checkAgainstHost(config: Config, host: HostSize = thisHost()): string[] {
  const warnings: string[] = [];
  if (config.memoryBytes < 2 * 2 ** 30) {
    warnings.push(`memory is ${formatBytes(config.memoryBytes)}; K3s is slow or fails with less than 2 GiB.`);
  }
  // Another machine's size is not ours to know
  if (isRemote(config.connection)) return warnings;
  if (config.memoryBytes > host.memory) {
    throw k3sVmError('NOT_ENOUGH_MEMORY', {
      wanted: formatBytes(config.memoryBytes),
      available: formatBytes(host.memory),
    });
  }
  if (config.cpus > host.cpus) {
    warnings.push(
      `cpus is ${config.cpus}, but this host has ${host.cpus}: more CPUs than the host has do not make the VM faster.`,
    );
  }
  return warnings;
}
