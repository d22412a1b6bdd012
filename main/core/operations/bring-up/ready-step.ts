import type { HealthCheck } from '../../cluster';
import type { WaitFor } from '../../config/schema';
import { k3sVmError } from '../../errors';
import { keptKubeconfig } from '../../k3s/kubeconfig-files';
import { sshTarget, type Environment } from '../environment';
import type { Step } from '../steps';
import { clockSet, startClock } from './clock';
import { openWatch, type ComingUp } from './guest';
import { notReadyError, problems, waitUntilReady } from './ready';
import { certificateRenewals, renewalIsDue } from './renew-certificates';
import { bootTimedOut, waitFor } from './wait';

/**
 * A guest that was suspended corrects its own clock (resources/guest/clock.sh): to within a second at once, exactly
 * when its hardware clock ticks next. Within a second is good enough to report the cluster as healthy.
 */
const rightClockMs = 1000;
/** Milliseconds a guest may take until its clock is correct to within a second. */
const ownClockMs = 2000;
/** After which a resumed guest is asked why K3s does not answer; a stopped one is started. */
const silentK3sMs = 10_000;

/** Waits until the cluster is as healthy as the setting `wait` asks for. */
export function readyStep(env: Environment, level: WaitFor): Step<ComingUp> {
  const titles: Record<WaitFor, string> = {
    none: 'Wait for nothing',
    api: 'Wait for the API',
    node: 'Wait for the node',
    all: 'Wait for the API, the node and the core workloads',
  };
  return {
    id: 'ready',
    title: titles[level],
    run: async (work, guest) => {
      const { signal, report } = work;
      const { resumed } = guest;
      if (level === 'none') {
        if (resumed) startClock(env, guest, signal);
        await clockSet(guest, signal);
        return { skip: 'not requested' };
      }
      const startedAt = performance.now();
      let last: readonly HealthCheck[] = [];
      let wrongSince: number | undefined;
      // What a boot has done by itself: K3s starts, and is watched
      const renewals = resumed ? [...certificateRenewals] : [];
      const mayRenew = (checks: readonly HealthCheck[]): boolean => renewals.length > 0 && renewalIsDue(checks);
      const mayWatch = (): boolean =>
        resumed && guest.watch === undefined && performance.now() - startedAt > silentK3sMs;
      for (;;) {
        const access = (await keptKubeconfig(guest.domain.uuid))?.access;
        if (access === undefined) throw k3sVmError('INTERNAL', { what: 'the kubeconfig vanished' });
        await waitFor(
          env,
          guest,
          work,
          (inner) =>
            waitUntilReady(env.config, access, level, {
              signal: inner,
              report,
              onHealth: ({ checks, clockSkewMs = 0 }) => {
                last = checks;
                wrongSince = Math.abs(clockSkewMs) < rightClockMs ? undefined : (wrongSince ?? performance.now());
                if (resumed && performance.now() - (wrongSince ?? Infinity) > ownClockMs)
                  startClock(env, guest, signal);
              },
              pending: () =>
                resumed && wrongSince !== undefined && guest.clock === undefined
                  ? ['Guest clock: being corrected']
                  : [],
              enough: (checks) => mayRenew(checks) || mayWatch(),
              wake: guest.watch?.active,
              resumed,
            }),
          (seconds) => Promise.resolve(notReadyError(last, level, access.server, seconds)),
        );
        if (mayRenew(last)) {
          const renew = renewals.shift();
          report({ message: "renewing K3s' certificates" });
          await waitFor(
            env,
            guest,
            work,
            async (inner) => renew?.(env, sshTarget(env, guest.domain.uuid, guest.metadata), inner),
            bootTimedOut(env),
          );
        } else if (mayWatch() && problems(last, level).length > 0) {
          openWatch(env, guest, signal);
        } else break;
      }
      const told = [
        guest.wasReset ? 'the guest hung, and was reset' : undefined,
        resumed && renewals.length < certificateRenewals.length ? "K3s' certificates were renewed" : undefined,
        await clockSet(guest, signal),
      ];
      return told.filter((text) => text !== undefined).join('; ') || undefined;
    },
  };
}
