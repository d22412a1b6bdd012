/**
 * Who may do what at the same time. A VM has one operation at a time; what all VMs of a connection share (pool, network)
 * is changed by one at a time.
 */
import { mkdir, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { k3sVmError } from '../errors';
import { acquireLock, lockHolder, type LockInfo } from '../files/lock';
import { stateDir } from '../paths';
import type { OperationName, WorkContext } from '../progress';

const folder = (): string => join(stateDir(), 'locks');

const prefixFor = (uri: string): string => `${uri.replaceAll(/[^A-Za-z0-9]+/g, '-')}.`;

const fileFor = (uri: string, what: string): string => join(folder(), `${prefixFor(uri)}${what}.lock`);

const infoFor = (operation: string): LockInfo => ({
  operation,
  pid: process.pid,
  since: new Date().toISOString(),
});

/** The operation on a VM that is under way now, by whichever front end. */
export const operationHolder = (uri: string, vm: string): LockInfo | undefined => lockHolder(fileFor(uri, `vm-${vm}`));

/**
 * Names of VMs, each time an operation on one may have begun or ended, by whichever front end.
 *
 * @throws where the folder cannot be watched; the signal's reason
 */
export async function* lockChanges(uri: string, signal: AbortSignal): AsyncGenerator<string> {
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  const [start, end] = [`${prefixFor(uri)}vm-`, '.lock'];
  for await (const { filename } of watch(folder(), { signal, persistent: false })) {
    if (filename?.startsWith(start) && filename.endsWith(end)) yield filename.slice(start.length, -end.length);
  }
}

/**
 * Does something with a VM that nothing else is done to.
 *
 * @throws BUSY when another operation holds it
 */
export async function withVmLock<T>(
  uri: string,
  vm: string,
  operation: OperationName,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(fileFor(uri, `vm-${vm}`), { wait: false, info: infoFor(operation) });
  if ('heldBy' in lock) throw k3sVmError('BUSY', { name: vm, operation: lock.heldBy.operation, pid: lock.heldBy.pid });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Watches a VM for idleness, unless another process does. @returns undefined when one does */
export async function withIdleLock<T>(uri: string, vm: string, work: () => Promise<T>): Promise<T | undefined> {
  const lock = await acquireLock(fileFor(uri, `idle-${vm}`), { wait: false, info: infoFor('idle watch') });
  if ('heldBy' in lock) return undefined;
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Whether a process watches a VM for idleness now. */
export const isWatchedForIdleness = (uri: string, vm: string): boolean =>
  lockHolder(fileFor(uri, `idle-${vm}`)) !== undefined;

/**
 * Runs something while no other process changes a VM's traffic counts; waits for its turn.
 *
 * @param work is given the path of the file that traffic of ours is written to
 */
export async function withTrafficLock<T>(
  uri: string,
  vm: string,
  signal: AbortSignal | undefined,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(fileFor(uri, `traffic-${vm}`), { wait: true, info: infoFor('health check'), signal });
  try {
    return await work(join(folder(), `${prefixFor(uri)}own-traffic-${vm}`));
  } finally {
    lock.release();
  }
}

/** Changes what the VMs of a connection share; waits for its turn. */
export async function withConnectionLock<T>(
  uri: string,
  operation: OperationName | 'cache prune' | 'doctor --fix',
  { signal, report }: WorkContext,
  work: () => Promise<T>,
): Promise<T> {
  const onWait = (holder: LockInfo | undefined): void =>
    report({
      message: `waiting for another ${holder?.operation ?? 'operation'}${holder ? ` (process ${holder.pid})` : ''}`,
    });
  const lock = await acquireLock(fileFor(uri, 'shared'), { wait: true, info: infoFor(operation), signal, onWait });
  try {
    return await work();
  } finally {
    lock.release();
  }
}
