/**
 * Tells from outside whether a VM is in use, by its network traffic. An idle guest sends and receives almost nothing;
 * an API request, an image pull or a request to a service is far more.
 */
import { formatDuration } from '../config/units';
import { asK3sVmError, k3sVmError } from '../errors';
import { pause } from '../pause';
import { startDetached } from '../process';
import type { Environment } from './environment';
import { operationHolder, withIdleLock } from './locks';
import type { Step } from './steps';
import { foreignTraffic, forgetOwnTraffic } from './traffic';

/** How often the counters are read. */
const sampleMs = 30_000;

/**
 * Bytes a second, both ways, up to which a VM counts as idle. The bridge's STP alone makes 30, and a guest without
 * internet asks for its time servers in bursts of some 7000 bytes; one `kubectl get` makes some 10 000.
 */
const restBytesPerSecond = 300;

/**
 * Counts how long a VM has been idle.
 *
 * @param traffic bytes it has sent and got so far, without our own health checks; undefined when it does not run
 * @param busy whether something is being done to it now
 * @returns true when it has been idle for `idleMs`, false when it does not run any more
 * @throws the signal's reason
 */
export async function countIdle(
  { idleMs, traffic, busy }: { idleMs: number; traffic: () => Promise<number | undefined>; busy: () => boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const everyMs = Math.min(sampleMs, idleMs);
  let before = await traffic();
  // Counted in samples, not by the clock: time in which the host slept is not idle time
  for (let quietMs = 0; quietMs < idleMs;) {
    await pause(everyMs, signal);
    const now = await traffic();
    if (before === undefined || now === undefined) return false;
    const isQuiet = Math.abs(now - before) <= (restBytesPerSecond * everyMs) / 1000;
    quietMs = isQuiet && !busy() ? quietMs + everyMs : 0;
    before = now;
  }
  return true;
}

/**
 * Waits until the project's VM has been idle for some time.
 *
 * @returns `watched`: another process waits for the same already
 * @throws USAGE on qemu:///session, whose traffic libvirt does not count; the signal's reason
 */
export async function waitUntilIdle(
  env: Environment,
  idleMs: number,
  signal: AbortSignal,
): Promise<'idle' | 'not-running' | 'watched'> {
  const { uri, config } = env;
  if (env.session) throw k3sVmError('USAGE', { problem: `${noCounters}.` });
  const traffic = (): Promise<number | undefined> => foreignTraffic(env, signal);
  const busy = (): boolean => operationHolder(uri, config.name) !== undefined;
  const waited = await withIdleLock(uri, config.name, async () => {
    // Counts of an earlier watch do not apply to this one
    await forgetOwnTraffic(env, signal);
    return countIdle({ idleMs, traffic, busy }, signal);
  });
  return waited === undefined ? 'watched' : waited ? 'idle' : 'not-running';
}

const noCounters = 'k3s-vm cannot tell whether a VM on qemu:///session is idle: libvirt does not count its traffic';

/**
 * The step that starts a background process, which suspends the VM once it has been idle for `autoSuspend`; no step if
 * that is off. The cluster is up by now, so a failure here only skips the step.
 */
export function idleWatchSteps(env: Environment): readonly Step[] {
  const { project, name, autoSuspendMs } = env.config;
  if (autoSuspendMs === null) return [];
  const after = formatDuration(autoSuspendMs);
  const step: Step = {
    id: 'idle-watch',
    title: 'Suspend when idle',
    run: async () => {
      if (env.session) return { skip: noCounters };
      if (env.program === undefined) return { skip: 'the k3s-vm command was not found' };
      const args = ['--project', project, '--name', name, '--connection', env.uri, 'suspend', '--when-idle', after];
      try {
        await startDetached(env.program, args, { cwd: project });
      } catch (error) {
        return { skip: asK3sVmError(error).message };
      }
      return `suspends after ${after} without traffic`;
    },
  };
  return [step];
}
