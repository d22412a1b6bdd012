import { describe, expect, it } from 'vitest';
import { isK3sVmError } from '../errors';
import { classifyFault, createVirsh, virshError } from './virsh';

/** libvirt 9.0 on Debian 12, LC_ALL=C.UTF-8. */
const recorded = {
  'no-daemon': [
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/nonexistent': No such file or directory",
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Connection refused",
  ],
  permission: [
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
    'error: failed to connect to the hypervisor\nerror: authentication unavailable: no polkit agent available to authenticate action',
  ],
  'no-domain': [
    "error: failed to get domain 'nope'\nerror: Domain not found: no domain with matching name 'nope'",
    "error: failed to get domain 'nope'",
  ],
  'no-network': ["error: failed to get network 'nope'\nerror: Network not found: no network with matching name 'nope'"],
  'network-inactive': [
    "error: Failed to start domain 'a'\nerror: Requested operation is not valid: network 'default' is not active",
  ],
  'no-pool': [
    "error: failed to get pool 'nope'\nerror: Storage pool not found: no storage pool with matching name 'nope'",
  ],
  'no-volume': [
    "error: failed to get vol 'a.raw'\nerror: Storage volume not found: no storage vol with matching path 'a.raw'",
  ],
  'volume-exists': [
    "error: Failed to create vol k3s-try-seed.iso\nerror: storage volume 'k3s-try-seed.iso' exists already",
  ],
  'already-there': [
    "error: Failed to define pool tp\nerror: operation failed: pool 'tp' already exists with uuid 4cd895dd-56cd-48fb-9bff-0a52be2fef5c",
  ],
  'no-space': ['error: cannot close volume\nerror: cannot write to stream: No space left on device'],
  'domain-not-running': [
    "error: Failed to shutdown domain 'a'\nerror: Requested operation is not valid: domain is not running",
  ],
} as const;

describe('classifyFault', () => {
  for (const [fault, texts] of Object.entries(recorded)) {
    it(`knows ${fault}`, () => {
      for (const text of texts) expect(classifyFault(text), text).toBe(fault);
    });
  }

  it('keeps what it does not know apart', () => {
    expect(classifyFault('error: something new')).toBe('other');
  });
});

describe('virshError', () => {
  it('keeps the native text as the cause and names what it is about', () => {
    const error = virshError('network-inactive', recorded['network-inactive'][0], 'qemu:///system', 'start it');
    expect(error.code).toBe('NETWORK_INACTIVE');
    expect(error.cause).toContain('is not active');
    expect(error.message).toContain('"default"');
  });
});

describe('an error for each fault that a caller may not expect', () => {
  const about = { pool: 'default', volume: 'a.raw', memory: '4 GiB' };
  const said = {
    'domain-exists': [
      "error: Failed to define domain from a.xml\nerror: operation failed: domain 'a' already exists with uuid 4cd895dd",
      'FOREIGN_DOMAIN',
      '"a"',
    ],
    'network-collision': [
      "error: Failed to start network 'default'\nerror: internal error: Network is already in use by interface virbr0",
      'NETWORK_COLLISION',
      'the libvirt network "default" collides with the interface virbr0',
    ],
    'volume-exists': [recorded['volume-exists'][0], 'VOLUME_EXISTS', '"a.raw"'],
    'port-in-use': [
      "error: internal error: qemu unexpectedly closed the monitor: Could not set up host forwarding rule 'tcp:127.0.0.1:40123-:6443'",
      'PORT_IN_USE',
      'Port 40123 on 127.0.0.1 is already in use (needed for the Kubernetes API)',
    ],
    'no-space': [recorded['no-space'][0], 'POOL_FULL', '"default"'],
    'no-memory': ["error: cannot set up guest memory 'pc.ram': Cannot allocate memory", 'NOT_ENOUGH_MEMORY', '4 GiB'],
    'image-corrupt': ['error: qcow2: Image is corrupt; cannot be opened read/write', 'DISK_CORRUPT', '"a.raw"'],
    'no-metadata': ['error: metadata not found: Requested metadata element is not present', 'LIBVIRT', 'could not try'],
  } as const;
  it.each(Object.values(said))('%s: %s', (text, code, message) => {
    const error = virshError(classifyFault(text), text, 'qemu:///system', 'try', about);
    expect(error).toMatchObject({ code, cause: text });
    expect(error.message).toContain(message);
  });
  it('does without what it was not told', () => {
    for (const fault of ['no-space', 'no-memory', 'image-corrupt', 'volume-exists'] as const)
      expect(virshError(fault, 'x', 'qemu:///system', 'try').code).toBe('LIBVIRT');
  });
});

describe('the runner', () => {
  // libvirt's own test driver: a real virsh and no daemon.
  const virsh = createVirsh('test:///default');

  it('answers a batch in order, with nothing for what failed', async () => {
    const available = await virsh.attempt(['uri']);
    if (available.fault === 'no-virsh') return expect(available.fault).toBe('no-virsh');
    const { outputs, stderr } = await virsh.batch([
      ['domstate', 'test'],
      ['domstate', 'nope'],
      ['list', '--name'],
    ]);
    expect(outputs).toEqual(['running', '', 'test']);
    expect(classifyFault(stderr)).toBe('no-domain');
  });

  it('throws what was not expected and returns undefined for what was', async () => {
    const available = await virsh.attempt(['uri']);
    if (available.fault === 'no-virsh') return expect(available.fault).toBe('no-virsh');
    expect(await virsh.expect(['no-domain'], ['domstate', 'nope'])).toBeUndefined();
    const error: unknown = await virsh.run(['domstate', 'nope']).catch((thrown: unknown) => thrown);
    expect(isK3sVmError(error, 'VM_ABSENT')).toBe(true);
  });

  it('traces every call', async () => {
    const calls: string[] = [];
    await createVirsh('test:///default', (call) => calls.push(call.command)).attempt(['domstate', 'a b']);
    expect(calls).toEqual(["virsh -c test:///default domstate 'a b'"]);
  });
});
