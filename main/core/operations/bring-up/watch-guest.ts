/**
 * Watches a guest come up, through one SSH session that lasts as long as somebody waits.
 */
import unitScript from '../../../../resources/guest/k3s-unit.sh';
import watchScript from '../../../../resources/guest/watch.sh';
import { isK3sVmError, k3sVmError, type K3sVmError } from '../../errors';
import { k3sReason } from '../../k3s/service';
import { pause } from '../../pause';
import { isFinal, sshLines, waitForSsh, type SshTarget } from '../../guest/ssh';

export interface GuestWatch {
  /** The guest's sshd answers. */
  readonly reachable: Promise<void>;
  /** K3s is in place. */
  readonly installed: Promise<void>;
  /** The guest waits for its disk to be copied as a golden image (`ready`), says why it must not be, or is past that. */
  readonly golden: Promise<string | undefined>;
  /** K3s' own admin kubeconfig. */
  readonly kubeconfig: Promise<string>;
  /** K3s has told systemd that it is up. */
  readonly active: Promise<void>;
  /** Rejects when the guest says that it will not come up; never resolves. */
  readonly failure: Promise<never>;
}

/** What a `failed` line of watch.sh means. */
function guestFailure(kind: string, text: string): K3sVmError {
  if (kind === 'disk') return k3sVmError('GUEST_DISK_FULL', { used: `${text} used` });
  if (kind === 'k3s') return k3sVmError('K3S_FAILED', { detail: k3sReason(text) });
  if (kind === 'masked') return k3sVmError('K3S_FAILED', { detail: text, masked: true });
  return /No space left|no room/.test(text)
    ? k3sVmError('GUEST_DISK_FULL', { used: text })
    : k3sVmError('CLOUD_INIT_FAILED', { detail: text });
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A stage nobody waits for must not count as an unhandled rejection
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** Between two attempts to log in. */
const againMs = 250;
/** The same while the guest refuses us: each attempt is work for it. */
const refusedAgainMs = 1000;

export interface WatchOptions {
  /** Milliseconds a guest may refuse us: its user and host key can be there some time after its sshd. */
  readonly graceMs: number;
  /** false: that we cannot log in ends the watch without a failure. */
  readonly needed: boolean;
}

/**
 * Starts watching. Connections that break while the guest boots are made again until the signal; one that the guest
 * refuses for longer than `graceMs`, and keys that are lost, fail the watch.
 *
 * @param signal ends the watch
 */
export function watchGuest(target: SshTarget, signal: AbortSignal, { graceMs, needed }: WatchOptions): GuestWatch {
  const reachable = deferred<void>();
  const installed = deferred<void>();
  const golden = deferred<string | undefined>();
  const kubeconfig = deferred<string>();
  const active = deferred<void>();
  const failure = deferred<never>();

  const watch = async (): Promise<void> => {
    let refusedSince: number | undefined;
    for (;;) {
      await waitForSsh(target, signal);
      try {
        for await (const line of sshLines(target, ['sudo', 'sh', '-s'], { input: unitScript + watchScript, signal })) {
          refusedSince = undefined;
          reachable.resolve();
          const [word = '', first = '', ...rest] = line.split(' ');
          if (word === 'golden') golden.resolve([first, ...rest].join(' '));
          if (word === 'stage' && first === 'k3s') golden.resolve(undefined);
          if (word === 'golden' || (word === 'stage' && first === 'k3s')) installed.resolve();
          if (word === 'kubeconfig') kubeconfig.resolve(Buffer.from(first, 'base64').toString('utf8'));
          if (word === 'active') active.resolve();
          if (word === 'failed') throw guestFailure(first, rest.join(' '));
        }
      } catch (error) {
        signal.throwIfAborted();
        if (isFinal(error)) {
          refusedSince ??= performance.now();
          if (performance.now() - refusedSince >= graceMs) throw error;
        } else if (isK3sVmError(error, 'SSH_FAILED')) {
          // It goes away when the guest reboots, and may have everything when it is back
          refusedSince = undefined;
        } else throw error;
      }
      await pause(refusedSince === undefined ? againMs : refusedAgainMs, signal);
    }
  };
  watch().catch((error: unknown) => {
    if (!needed && (isFinal(error) || isK3sVmError(error, 'KEYS_LOST'))) return;
    for (const stage of [reachable, installed, golden, kubeconfig, active, failure]) stage.reject(error);
  });
  return {
    reachable: reachable.promise,
    installed: installed.promise,
    golden: golden.promise,
    kubeconfig: kubeconfig.promise,
    active: active.promise,
    failure: failure.promise,
  };
}
