/**
 * What a check is, and what it finds.
 */
import type { Config } from '../config/schema';
import { asK3sVmError, withHints, type K3sVmError, type Remedy } from '../errors';
import type { Virsh } from '../libvirt/virsh';
import type { AccelerationProbe } from './acceleration';
import type { Machine } from './machine';

export type DoctorState = 'ok' | 'warning' | 'failed';

/** One line of the doctor. */
export interface DoctorCheck {
  /** Stable id, e.g. `network`. */
  readonly id: string;
  /** What was looked at, for people. */
  readonly title: string;
  readonly state: DoctorState;
  /** What was found, and what it means. */
  readonly detail: string;
  /** What to do, in order. On an `ok` line: what could be had on top. */
  readonly hints: readonly Remedy[];
  /** When failed: what setup would throw. */
  readonly error?: K3sVmError;
}

export interface Finding {
  readonly state: DoctorState;
  readonly detail: string;
  readonly hints?: readonly Remedy[];
  readonly error?: K3sVmError;
}

/** What a check is given. */
export interface CheckEnvironment {
  readonly config: Config;
  readonly machine: Machine;
  /** The connection that was chosen. */
  readonly uri: string;
  readonly virsh: Virsh;
  /** A runner for another connection. */
  virshFor(uri: string): Virsh;
  readonly session: boolean;
  readonly remote: boolean;
  /** The probe of KVM, made once. */
  probe(): Promise<AccelerationProbe>;
  /** The project's VM, looked up once. */
  vm(): Promise<'absent' | 'off' | 'running'>;
  /** The libvirt network of the project's VM: the one that it is on, or the one that setup would use. */
  network(): Promise<string>;
  /** Runs something while no setup or reset of this connection runs. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

export interface Check {
  readonly id: string;
  readonly title: string;
  /** Milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  run(env: CheckEnvironment, signal: AbortSignal): Promise<Finding>;
}

/**
 * A check that passed.
 *
 * @param detail what was found
 * @param hints optional improvements
 */
export const ok = (detail: string, hints: readonly Remedy[] = []): Finding => ({ state: 'ok', detail, hints });
/**
 * A check whose finding does not stop a setup.
 *
 * @param detail what was found
 * @param hints what to do, in order
 */
export const warning = (detail: string, hints: readonly Remedy[] = []): Finding => ({
  state: 'warning',
  detail,
  hints,
});

/** @param hints better ones than the catalogue's; the error that setup throws has them too */
export const failed = (error: K3sVmError, hints: readonly Remedy[] = error.hints): Finding => ({
  state: 'failed',
  detail: error.message,
  hints,
  error: hints === error.hints ? error : withHints(error, hints),
});

/**
 * Runs a check to a line, whatever happens: what it throws is its finding.
 *
 * @throws the signal's reason when aborted
 */
export async function runCheck(check: Check, env: CheckEnvironment, signal: AbortSignal): Promise<DoctorCheck> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(check.timeoutMs ?? 30_000);
  const named = ({ hints = [], ...finding }: Finding): DoctorCheck => ({
    id: check.id,
    title: check.title,
    ...finding,
    // "Ask the doctor" is no advice from the doctor.
    hints: hints.filter((hint) => hint.command !== 'k3s-vm doctor'),
  });
  try {
    return named(await check.run(env, AbortSignal.any([signal, limit])));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return named(warning(`no answer within ${(check.timeoutMs ?? 30_000) / 1000} s`));
    return named(failed(asK3sVmError(error)));
  }
}
