/**
 * A guest that comes up: what the steps from its start to a healthy cluster know of it.
 */
import type { Deadline } from '../../deadline';
import type { DomainRef } from '../../libvirt/domains';
import type { VmMetadata } from '../../libvirt/metadata';
import { sshTarget, type Environment } from '../environment';
import { watchGuest, type GuestWatch } from './watch-guest';

/** A VM that is defined, with its disks. */
export interface DefinedVm {
  readonly domain: DomainRef;
  readonly metadata: VmMetadata;
}

/** A VM that was started. */
export interface ComingUp {
  readonly domain: DomainRef;
  metadata: VmMetadata;
  /** Until when the guest has to be up. */
  deadline: Deadline;
  /** It was resumed from where it was suspended or paused: the guest is up already. */
  resumed: boolean;
  /** The first boot may be past the point from which it can be repeated. */
  underWay: boolean;
  /** It hung and was reset, see watchdog.ts. */
  wasReset: boolean;
  watch?: GuestWatch;
  /** The guest's clock is being corrected from here: resolves with how far it was behind, in milliseconds. */
  clock?: Promise<number>;
}

/** How long ssh may be refused while a guest makes its user and takes on its host key, at its first boot. */
const firstBootGraceMs = 120_000;
/** Later it has both before its sshd starts. */
const graceMs = 5000;

/**
 * The watch of a guest, which is opened by whoever needs it first.
 *
 * @param signal ends the watch
 * @param options.needed false: a guest that refuses us is no failure, because the watch only saves time
 */
export function openWatch(
  env: Environment,
  guest: ComingUp,
  signal: AbortSignal,
  { needed = true }: { readonly needed?: boolean } = {},
): GuestWatch {
  const { domain, metadata } = guest;
  guest.watch ??= watchGuest(sshTarget(env, domain.uuid, metadata), signal, {
    graceMs: metadata.phase === 'created' ? firstBootGraceMs : graceMs,
    needed,
  });
  return guest.watch;
}
