/**
 * Loopback ports of a VM with user-mode networking.
 */
import { createServer } from 'node:net';
import { k3sVmError } from '../errors';
import type { PortForward } from '../libvirt/domain-xml';
import { ourDomains } from '../libvirt/domains';
import type { VmMetadata } from '../libvirt/metadata';
import type { Environment } from './environment';

/** Whether a loopback port can be listened on; 0 asks for any. @returns the port, or undefined */
function listenOn(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

async function choosePort(
  wanted: number | null,
  use: 'ssh' | 'api',
  taken: Set<number>,
  before?: number,
): Promise<number> {
  if (wanted !== null) {
    if ((await listenOn(wanted)) === undefined) throw k3sVmError('PORT_IN_USE', { port: wanted, use });
    return wanted;
  }
  if (before !== undefined && !taken.has(before) && (await listenOn(before)) !== undefined) return before;
  for (;;) {
    const port = await listenOn(0);
    if (port !== undefined && !taken.has(port)) return port;
  }
}

/**
 * Chooses the ports of a VM that is not running: the configured ones, else those it had, else free ones that no other
 * VM of ours has been given.
 *
 * @throws PORT_IN_USE when a configured port is taken
 */
export async function choosePorts(
  env: Environment,
  before: VmMetadata | undefined,
  signal: AbortSignal,
): Promise<Pick<VmMetadata, 'sshPort' | 'apiPort' | 'nodePorts'>> {
  const { ports, name } = env.config;
  const others = (await ourDomains(env.virsh, signal)).filter(({ facts }) => facts.name !== name);
  const taken = new Set(
    others.flatMap(({ facts }) => (facts.metadata ? [facts.metadata.sshPort, facts.metadata.apiPort] : [])),
  );
  const sshPort = await choosePort(ports.ssh, 'ssh', taken, before?.sshPort);
  taken.add(sshPort);
  const apiPort = await choosePort(ports.api, 'api', taken, before?.apiPort);
  for (const port of ports.nodePorts) {
    if ((await listenOn(port)) === undefined) {
      throw k3sVmError('PORT_IN_USE', { port, use: 'nodePorts' });
    }
  }
  return { sshPort, apiPort, ...(ports.nodePorts.length > 0 ? { nodePorts: ports.nodePorts.join(',') } : {}) };
}

/** The forwards that go with chosen ports. */
export const forwardsOf = (metadata: VmMetadata): PortForward[] => [
  { hostPort: metadata.sshPort, guestPort: 22 },
  { hostPort: metadata.apiPort, guestPort: 6443 },
  ...(metadata.nodePorts ?? '')
    .split(',')
    .filter(Boolean)
    .map((port) => ({ hostPort: Number(port), guestPort: Number(port) })),
];
