/**
 * A VM's traffic, and the part of it that we cause ourselves. A health check costs tens of kilobytes over API and ssh, far more
 * than a VM at rest may have, so a dashboard would keep every VM awake. While a process watches a VM for idleness,
 * background checks are therefore counted: by the VM's own counters before and after, under a lock, since several
 * programs may check one VM. The watch subtracts what they add up to.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { parseUsage, usageArguments } from '../libvirt/usage';
import type { Environment } from './environment';
import { isWatchedForIdleness, withTrafficLock } from './locks';

/** Bytes that a VM has sent and got so far, by all its network interfaces; undefined when it does not run. */
async function totalTraffic({ virsh, config }: Environment, signal?: AbortSignal): Promise<number | undefined> {
  const told = await virsh.expect(['no-domain'], usageArguments(config.name), { signal });
  const usage = told === undefined ? undefined : parseUsage(told, Date.now());
  return usage === undefined ? undefined : usage.networkReceiveBytes + usage.networkSendBytes;
}

/** @returns 0 where nothing was written, or nothing that can be read */
const readOwn = async (file: string): Promise<number> => Number(await readFile(file, 'utf8').catch(() => '')) || 0;

/**
 * Runs something whose traffic does not count as use of the VM.
 *
 * @throws what `work` throws; the signal's reason
 */
export async function withOwnTraffic<T>(env: Environment, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const { uri, config } = env;
  if (env.session || !isWatchedForIdleness(uri, config.name)) return work();
  return withTrafficLock(uri, config.name, signal, async (file) => {
    const before = await totalTraffic(env, signal);
    try {
      return await work();
    } finally {
      // If this cannot be noted, the check counts as use of the VM, which delays its suspension
      const after = signal?.aborted === true ? undefined : await totalTraffic(env, signal).catch(() => undefined);
      if (before !== undefined && after !== undefined && after > before)
        await writeFile(file, String((await readOwn(file)) + after - before), { mode: 0o600 }).catch(() => undefined);
    }
  });
}

/**
 * Bytes that a VM has sent and got so far without our own. Only differences mean something, and only while one process
 * watches the VM for idleness.
 *
 * @returns undefined when it does not run
 */
export const foreignTraffic = (env: Environment, signal?: AbortSignal): Promise<number | undefined> =>
  withTrafficLock(env.uri, env.config.name, signal, async (file) => {
    const total = await totalTraffic(env, signal);
    return total === undefined ? undefined : total - (await readOwn(file));
  });

/** Starts counting from zero. */
export const forgetOwnTraffic = (env: Environment, signal?: AbortSignal): Promise<void> =>
  withTrafficLock(env.uri, env.config.name, signal, (file) => rm(file, { force: true }));
