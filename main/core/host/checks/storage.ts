/**
 * The storage pool, and whether a VM fits in it.
 */
import { formatBytes } from '../../config/units';
import { k3sVmError, run } from '../../errors';
import { operand, sh } from '../../shell-quote';
import { virshError } from '../../libvirt/virsh';
import { defaultPoolPath, parsePool } from '../../libvirt/volumes';
import { failed, ok, warning, type Check, type CheckEnvironment, type Finding } from '../check';

const gib = 2 ** 30;

/** What a new VM writes at least: the guest image, K3s with its container images, and the first growth of its disk. */
const neededForNew = 3 * gib;
/** Bytes that an existing VM should have left to keep running. */
const neededForOld = gib / 2;

/** What `pool-info` says, as it prints it: `State:          running`. */
const poolIsActive = (info: string): boolean => /^State:\s+running\s*$/m.test(info);

export const poolCheck: Check = {
  id: 'pool',
  title: 'Storage',
  async run(env, signal) {
    const { config, machine, remote, uri, virsh } = env;
    const { pool } = config;
    const info = await virsh.attempt(['pool-info', pool], { signal });
    if (info.fault === 'no-pool') {
      if (pool !== 'default') return failed(k3sVmError('POOL_UNAVAILABLE', { pool, uri }, 'There is no such pool.'));
      const path = defaultPoolPath(uri);
      const free = remote ? undefined : await machine.freeBytes(path);
      return space(env, `"${pool}" will be created at ${path}`, free);
    }
    if (info.fault !== undefined) throw virshError(info.fault, info.stderr, uri, 'inspect the storage pool');
    const facts = parsePool(await virsh.run(['pool-dumpxml', pool], { signal }));
    if (!poolIsActive(info.stdout)) {
      return warning(`"${pool}" at ${facts.path} is not active; setup starts it`, [
        run(sh`virsh -c ${uri} pool-start ${operand(pool)}`, `Start the storage pool "${pool}":`, 'start-pool'),
      ]);
    }
    // libvirt's number is as old as its last look.
    const fresh = remote ? undefined : await machine.freeBytes(facts.path);
    return space(env, `"${pool}" at ${facts.path}`, fresh ?? facts.availableBytes);
  },
};

async function space(env: CheckEnvironment, where: string, free: number | undefined): Promise<Finding> {
  if (free === undefined) return ok(where);
  const { diskBytes, pool } = env.config;
  const exists = (await env.vm()) !== 'absent';
  const needed = exists ? neededForOld : neededForNew;
  if (free < needed) {
    return failed(k3sVmError('POOL_FULL', { pool, needed: formatBytes(needed), available: formatBytes(free) }));
  }
  const detail = `${where}, ${formatBytes(free)} free`;
  if (free >= diskBytes) return ok(detail);
  return warning(`${detail}, less than the ${formatBytes(diskBytes)} that the disk can grow to`, [
    { text: 'Delete images that no VM uses:', command: 'k3s-vm cache prune' },
  ]);
}
