/**
 * The guest's clock. It stands still while a guest is saved or paused, or while its host sleeps, and no time server need
 * be in reach. The guest puts it right itself (resources/guest/clock.sh); this is for where it cannot, and for when
 * somebody waits for it.
 */
import { sshTalk, type SshTarget } from './ssh';

/**
 * The guest says that it listens before it is told the time: what the connection took does not count. It prints how far
 * it was behind, in seconds.
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
