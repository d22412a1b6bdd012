/**
 * The guest's clock. It stops while the guest is suspended or paused or its host sleeps, and there may be no time
 * server within reach. The guest corrects it by itself (resources/guest/clock.sh). This is for guests that cannot, and
 * for operations that wait for a correct clock.
 */
import { sshTalk, type SshTarget } from './ssh';

/**
 * The guest prints `ready` before the time is sent, so that the time it takes to connect is not part of it. Then it
 * prints its time before and the time it was given, in seconds.
 */
const script = `
echo ready
read -r now
before=$(date +%s.%N)
date -s "@$now" >/dev/null && echo "$before $now"`;

/**
 * Sets the guest's clock to the host's.
 *
 * @returns by how many milliseconds it was behind (negative: ahead)
 * @throws SSH_FAILED
 */
export async function setGuestClock(target: SshTarget, signal: AbortSignal): Promise<number> {
  const lines = await sshTalk(
    target,
    ['sudo', 'sh', '-c', script],
    (line) => (line === 'ready' ? String(Date.now() / 1000) : undefined),
    signal,
  );
  return clockLag(lines.at(-1) ?? '');
}

/** Milliseconds the guest was behind, from `<its time> <ours>` in seconds; 0 when it says nothing of the kind. */
export function clockLag(line: string): number {
  const [before = NaN, now = NaN] = line.split(' ').map(Number);
  return Number.isFinite(now - before) ? Math.round((now - before) * 1000) : 0;
}
