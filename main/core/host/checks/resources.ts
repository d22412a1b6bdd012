/**
 * Memory and CPUs of the host against what the VM is to get.
 */
import { formatBytes } from '../../config/units';
import { k3sVmError } from '../../errors';
import { sh } from '../../shell-quote';
import { failed, ok, warning, type Check } from '../check';

/** A line of /proc/meminfo in bytes. https://man7.org/linux/man-pages/man5/proc_meminfo.5.html */
function meminfo(text: string, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

export const memoryCheck: Check = {
  id: 'memory',
  title: 'Memory',
  async run({ config, machine, vm }) {
    const text = await machine.readFile('/proc/meminfo');
    const total = meminfo(text, 'MemTotal');
    const available = meminfo(text, 'MemAvailable');
    const wanted = formatBytes(config.memoryBytes);
    if (total === undefined || available === undefined)
      return ok(`${wanted} needed; the memory of the host could not be read`);
    if (total < config.memoryBytes)
      return failed(k3sVmError('NOT_ENOUGH_MEMORY', { wanted, available: `${formatBytes(total)} in total` }));
    if ((await vm()) === 'running') return ok(`${formatBytes(available)} available besides the running VM`);
    if (available < config.memoryBytes) {
      return warning(
        `the VM needs ${wanted}, but only ${formatBytes(available)} of ${formatBytes(total)} is free: the host may swap`,
        [{ text: 'Close other programs, or give the VM less memory:', command: 'k3s-vm config set memory 2GiB' }],
      );
    }
    return ok(`${formatBytes(available)} free, ${wanted} needed`);
  },
};

export const cpuCheck: Check = {
  id: 'cpus',
  title: 'CPUs',
  run({ config, machine }) {
    const { cpus } = config;
    if (cpus <= machine.cpus) return Promise.resolve(ok(`${machine.cpus}, ${cpus} configured`));
    const detail = `the VM is configured with ${cpus}, but the host has ${machine.cpus}: more CPUs than that do not make it faster`;
    const hint = { text: 'Use as many as the host has:', command: sh`k3s-vm config set cpus ${machine.cpus}` };
    return Promise.resolve(warning(detail, [hint]));
  },
};
