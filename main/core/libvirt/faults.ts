/**
 * What libvirt can say no with, from messages recorded on real daemons: a row for each, with the text that it is known by
 * and the catalogue's error, which has the advice and the exit status.
 */
import { userInfo } from 'node:os';
import { k3sVmError, type K3sVmError } from '../errors';

/** What only the caller knows of a call. */
export interface About {
  readonly pool?: string;
  readonly volume?: string;
  /** What the VM was to have, for people. */
  readonly memory?: string;
}

interface Said {
  readonly text: string;
  readonly uri: string;
  readonly about: About;
}

interface Fault<Id extends string> {
  readonly id: Id;
  readonly pattern: RegExp;
  /**
   * What it is for the user where a caller did not expect it. Left out where callers expect it always; undefined where they
   * have not said what the error must name.
   */
  readonly error?: (said: Said) => K3sVmError | undefined;
}

const row = <const Id extends string>(fault: Fault<Id>): Fault<Id> => fault;

/** The quoted name after a word: `domain 'x'`. Storage volumes are `vol` or `volume`. */
const named = (text: string, kind: string): string => new RegExp(`${kind} '([^']+)'`).exec(text)?.[1] ?? '';

/** First match wins, so the more particular stand above the more general. */
const faults = [
  row({
    id: 'permission',
    pattern:
      /authentication (unavailable|failed|cancelled)|access denied by policy|(socket|connect)[^\n]*Permission denied|no polkit agent/i,
    error: ({ uri, text }) => k3sVmError('PERMISSION_DENIED', { uri, user: userInfo().username }, text),
  }),
  row({
    id: 'no-daemon',
    pattern:
      /Failed to connect socket|failed to connect to the hypervisor|Cannot connect to|End of file while reading data|Connection refused|client socket is closed|internal error: client socket/i,
    error: ({ uri, text }) => k3sVmError('DAEMON_NOT_RUNNING', { uri }, text),
  }),
  row({
    id: 'no-domain',
    pattern: /Domain not found|failed to get domain|no domain with matching/i,
    error: ({ text }) => k3sVmError('VM_ABSENT', { name: named(text, 'domain') }, text),
  }),
  row({
    id: 'domain-exists',
    pattern: /domain '[^']*' (already exists|is already defined)|operation failed: domain .* already exists with uuid/i,
    error: ({ uri, text }) => k3sVmError('FOREIGN_DOMAIN', { name: named(text, 'domain'), uri }, text),
  }),
  row({
    id: 'domain-running',
    pattern: /Domain is already active|domain is already running/i,
  }),
  row({
    id: 'domain-not-running',
    pattern: /domain is not running|domain is not active|Requested operation is not valid: cannot .* inactive domain/i,
  }),
  row({
    id: 'network-inactive',
    pattern: /network '[^']*' is not active|network is not active/i,
    error: ({ uri, text }) => k3sVmError('NETWORK_INACTIVE', { network: named(text, 'network'), uri }, text),
  }),
  row({
    id: 'network-active',
    pattern: /network is already active/i,
  }),
  row({
    id: 'network-collision',
    pattern: /is already in use by interface|Network is already in use/i,
    error: ({ uri, text }) =>
      k3sVmError(
        'NETWORK_COLLISION',
        {
          network: named(text, 'network'),
          other: `the interface ${/in use by interface ([\w.-]+)/.exec(text)?.[1] ?? 'of another network'}`,
          uri,
        },
        text,
      ),
  }),
  row({
    id: 'no-network',
    pattern: /Network not found|failed to get network/i,
    error: ({ text }) => k3sVmError('NETWORK_MISSING', { network: named(text, 'network') }, text),
  }),
  row({
    id: 'pool-inactive',
    pattern: /storage pool '[^']*' is not active|storage pool is not active/i,
    error: ({ uri, text }) => k3sVmError('POOL_UNAVAILABLE', { pool: named(text, 'pool'), uri }, text),
  }),
  row({
    id: 'pool-active',
    pattern: /pool '?[^']*'? ?is already active/i,
  }),
  row({
    id: 'no-pool',
    pattern: /Storage pool not found|failed to get pool/i,
    error: ({ uri, text }) => k3sVmError('POOL_UNAVAILABLE', { pool: named(text, 'pool'), uri }, text),
  }),
  row({
    id: 'volume-exists',
    pattern: /storage volume .*(already exists|exists already)|storage vol(ume)?( '[^']*')? (already exists|exists)/i,
    error: ({ uri, text, about: { pool, volume = named(text, 'volume') } }) =>
      pool === undefined ? undefined : k3sVmError('VOLUME_EXISTS', { volume, pool, uri }, text),
  }),
  row({
    id: 'volume-in-use',
    pattern: /volume '[^']*' is still in use|volume .* in use/i,
  }),
  row({
    id: 'no-volume',
    pattern: /Storage volume not found|failed to get vol|no storage vol with matching/i,
  }),
  row({
    id: 'no-space',
    pattern: /No space left on device|ENOSPC|Disk quota exceeded/i,
    error: ({ text, about: { pool } }) => (pool === undefined ? undefined : k3sVmError('POOL_FULL', { pool }, text)),
  }),
  row({
    id: 'no-memory',
    pattern: /Cannot allocate memory|cannot set up guest memory|out of memory/i,
    error: ({ text, about: { memory } }) =>
      memory === undefined ? undefined : k3sVmError('NOT_ENOUGH_MEMORY', { wanted: memory, available: 'less' }, text),
  }),
  row({
    id: 'port-in-use',
    pattern: /Could not set up host forwarding rule/i,
    error: ({ text }) => {
      const [, port, guestPort] = /:(\d+)-[^:']*:(\d+)/.exec(text) ?? [];
      const use = guestPort === '22' ? 'ssh' : guestPort === '6443' ? 'api' : 'nodePorts';
      return port === undefined ? undefined : k3sVmError('PORT_IN_USE', { port: Number(port), use }, text);
    },
  }),
  row({
    id: 'no-kvm',
    pattern:
      /Could not access KVM kernel module|failed to initialize kvm|KVM is not available|domain type 'kvm' is not|emulator .* does not support virt type 'kvm'/i,
    error: ({ text }) => k3sVmError('NO_ACCELERATION', { why: 'QEMU could not use it' }, text),
  }),
  row({
    id: 'no-emulator',
    pattern: /Cannot find suitable emulator|no emulator for|unable to find any emulator|Cannot check QEMU binary/i,
    error: ({ text }) => k3sVmError('QEMU_MISSING', { arch: process.arch }, text),
  }),
  row({
    id: 'image-corrupt',
    pattern:
      /Image is corrupt|qcow2: .*corrupt|Image is not in qcow2 format|L1 table .*(too|out)|refcount .*(corrupt|inconsist)|cannot be opened read\/write|invalid backing|qcow2 header exceeds|Unsupported qcow2 version/i,
    error: ({ uri, text, about: { pool, volume } }) =>
      pool === undefined || volume === undefined ? undefined : k3sVmError('DISK_CORRUPT', { volume, pool, uri }, text),
  }),
  row({
    id: 'already-there',
    pattern: /there is an existing dhcp host entry|already exists/i,
  }),
];

export type VirshFault = (typeof faults)[number]['id'] | 'no-virsh' | 'other';

/** Sorts libvirt's stderr into a fault. */
export const classifyFault = (text: string): VirshFault =>
  faults.find(({ pattern }) => pattern.test(text))?.id ?? 'other';

/**
 * The catalogue's error for a fault that the caller did not expect.
 *
 * @param stderr libvirt's text, which is the error's cause
 * @param doing what the call was for, as in "libvirt could not …"
 */
export function virshError(
  fault: VirshFault,
  stderr: string,
  uri: string,
  doing: string,
  about: About = {},
): K3sVmError {
  if (fault === 'no-virsh') return k3sVmError('VIRSH_MISSING', {});
  const text = stderr.trim();
  const known: Fault<string> | undefined = faults.find(({ id }) => id === fault);
  return known?.error?.({ text, uri, about }) ?? k3sVmError('LIBVIRT', { doing }, text);
}
