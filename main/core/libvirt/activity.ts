/**
 * What can be seen from outside of a guest that does anything at all: it prints on its console, asks something of its
 * disks, or sends a packet. Its CPU says nothing: a kernel that hangs may spin or halt.
 */
import { consoleLogName, logPool, openLogPool } from './console';
import type { DomainRef } from './domains';
import type { Virsh } from './virsh';

/**
 * Reads `domstats --state --block --interface` of one domain, and its console log's size from `vol-info --bytes`.
 * Packets that the guest is sent do not count: the host sends some to a guest that hangs.
 * https://www.libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetAllDomainStats
 *
 * @returns a text that changes whenever the guest does something; undefined when the domain is not running (a paused guest
 *   cannot do anything) or libvirt does not say
 */
export function parseActivity(stats: string, logInfo: string): string | undefined {
  // VIR_DOMAIN_RUNNING
  if (!/^\s*state\.state=1$/m.test(stats)) return undefined;
  const counters = [...stats.matchAll(/^\s*((?:block\.\d+\.(?:rd|wr|fl)\.reqs|net\.\d+\.tx\.pkts)=\d+)$/gm)];
  if (counters.length === 0) return undefined;
  const console = /^Capacity:\s+(\d+)/m.exec(logInfo)?.[1] ?? '';
  return [...counters.map((match) => match[1]), `console=${console}`].join(' ');
}

/** What a domain's guest has done so far, see parseActivity. One virsh process. */
export async function guestActivity(
  virsh: Virsh,
  { name, uuid }: DomainRef,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const look = async (): Promise<readonly string[]> => {
    const commands = [
      // --nowait: if libvirt holds the domain's lock, this round is skipped and the next one answers
      ['domstats', '--nowait', '--state', '--block', '--interface', uuid],
      ['pool-refresh', logPool],
      ['vol-info', '--bytes', '--pool', logPool, consoleLogName(name)],
    ];
    return (await virsh.batch(commands, { signal, doing: `inspect the VM "${name}"` })).outputs;
  };
  let [stats = '', , log = ''] = await look();
  if (log.trim() === '') {
    await openLogPool(virsh, signal);
    [stats = '', , log = ''] = await look();
  }
  return parseActivity(stats, log);
}
