/**
 * What a running domain uses, from `virsh domstats`.
 * https://www.libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetAllDomainStats
 */
import type { Usage } from '../cluster';

/** The virsh command that prints what parseUsage reads. @param name of the domain, or its UUID */
export const usageArguments = (name: string): string[] => [
  ...['domstats', '--cpu-total', '--balloon', '--vcpu', '--block', '--interface'],
  name,
];

/**
 * Reads one domain's `domstats`.
 *
 * @param at milliseconds since the epoch
 * @returns undefined when it says nothing of a running domain
 */
export function parseUsage(text: string, at: number): Usage | undefined {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([a-z0-9.-]+)=(\d+)$/.exec(line) ?? [];
    if (key !== undefined) values.set(key, Number(value));
  }
  const cpuNs = values.get('cpu.time');
  const current = values.get('balloon.current');
  if (cpuNs === undefined || current === undefined) return undefined;
  const sum = (pattern: RegExp): number =>
    [...values].reduce((total, [key, value]) => (pattern.test(key) ? total + value : total), 0);
  const kib = (key: string): number | undefined => {
    const value = values.get(key);
    return value === undefined ? undefined : value * 1024;
  };
  // Only a guest whose balloon driver answers tells what it could still give; QEMU's own size tells the rest
  const [available, usable] = [kib('balloon.available'), kib('balloon.usable')];
  const used =
    available !== undefined && usable !== undefined && available >= usable
      ? available - usable
      : Math.min(kib('balloon.rss') ?? 0, current * 1024);
  return {
    at,
    cpus: values.get('vcpu.current') ?? 1,
    cpuNs,
    memoryUsedBytes: used,
    memoryTotalBytes: current * 1024,
    diskReadBytes: sum(/^block\.\d+\.rd\.bytes$/),
    diskWriteBytes: sum(/^block\.\d+\.wr\.bytes$/),
    networkReceiveBytes: sum(/^net\.\d+\.rx\.bytes$/),
    networkSendBytes: sum(/^net\.\d+\.tx\.bytes$/),
  };
}
