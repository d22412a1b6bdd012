/**
 * libvirt's events, as a hint to look again: what happened is always read from libvirt itself.
 */
import { virshLines } from './virsh';

/** Events after which a VM may look different. Of the others some come all the time, such as rtc-change. */
const telling = new Set([
  'lifecycle',
  'reboot',
  'control-error',
  'io-error',
  'pm-suspend',
  'pm-wakeup',
  // Our own notes on a VM, e.g. that it was asked to shut down
  'metadata-change',
]);

/**
 * The domain that a line of `virsh event` is about: `event 'lifecycle' for domain 'web': Started Booted`. Before libvirt
 * 8.1 the name stood without quotes.
 *
 * @returns undefined for a line that is no reason to look
 */
export function changedDomain(line: string): string | undefined {
  const [, event = '', quoted, plain] = /event '([a-z-]+)' for domain (?:'([^']+)'|([^\s:]+))/.exec(line) ?? [];
  return telling.has(event) ? (quoted ?? plain) : undefined;
}

/**
 * Names of the connection's domains, each time something happens to one, until libvirt goes away.
 * https://www.libvirt.org/manpages/virsh.html#event
 *
 * @throws DAEMON_NOT_RUNNING and the like where libvirt cannot be asked; the signal's reason
 */
export async function* domainEvents(uri: string, signal: AbortSignal): AsyncGenerator<string> {
  for await (const line of virshLines(uri, ['event', '--all', '--loop'], signal)) {
    const name = changedDomain(line);
    if (name !== undefined) yield name;
  }
}
