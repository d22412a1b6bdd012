/**
 * Which user is at the other end of a loopback connection. The kernel lists every TCP socket of this network namespace with
 * its owner (https://docs.kernel.org/networking/proc_net_tcp.html), the client's end of our connections included.
 */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

export interface Endpoint {
  /** IPv4, dotted. */
  readonly address: string;
  readonly port: number;
}

/** A 32-bit word in the host's byte order, as the kernel prints addresses. */
const word = (bytes: readonly number[]): string =>
  (new Uint32Array(Uint8Array.from(bytes).buffer)[0] ?? 0).toString(16).toUpperCase().padStart(8, '0');

/** An endpoint as printed in /proc/net/tcp, and in /proc/net/tcp6 for an IPv6 socket that speaks IPv4. */
function printed({ address, port }: Endpoint): readonly [string, string] {
  const v4 = word(address.split('.').map(Number));
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return [`${v4}${suffix}`, `${'0'.repeat(16)}${word([0, 0, 0xff, 0xff])}${v4}${suffix}`];
}

/**
 * The owner of the socket from `local` to `remote`.
 *
 * @param tables the text of /proc/net/tcp and /proc/net/tcp6
 * @returns undefined when it is not listed, or when no process holds it any more: the kernel then prints user 0
 */
export function socketOwner(tables: readonly string[], local: Endpoint, remote: Endpoint): number | undefined {
  const [from, to] = [printed(local), printed(remote)];
  for (const line of tables.join('\n').split('\n')) {
    const [, localAddress, remoteAddress, , , , , uid, , inode] = line.trim().split(/\s+/);
    if (!from.some((end, form) => end === localAddress && to[form] === remoteAddress)) continue;
    return inode === '0' ? undefined : Number(uid);
  }
  return undefined;
}

const table = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A kernel without IPv6
    return '';
  }
};

/** Whether the process at the other end of a connection belongs to the user that runs this process. */
export function isOwnUser({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  if (localAddress === undefined || localPort === undefined) return false;
  if (remoteAddress === undefined || remotePort === undefined) return false;
  const client = { address: remoteAddress, port: remotePort };
  const server = { address: localAddress, port: localPort };
  return socketOwner([table('/proc/net/tcp'), table('/proc/net/tcp6')], client, server) === process.geteuid?.();
}
