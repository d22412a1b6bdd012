/**
 * How serious a line of a log is, from the ways in which K3s, cloud-init, systemd and the kernel say so.
 */
export const levels = ['info', 'warning', 'error'] as const;
export type Level = (typeof levels)[number];

/** `2026-05-04T09:59:00+0000 host k3s[1031]: `, which journalctl puts before each line. */
export const journalPrefix = /^\d{4}-\d\d-\d\dT\S+ \S+ [^\s:]+(?:\[\d+\])?: /;

const words: Readonly<Record<string, Level>> = {
  trace: 'info',
  debug: 'info',
  info: 'info',
  information: 'info',
  notice: 'info',
  warn: 'warning',
  warning: 'warning',
  err: 'error',
  error: 'error',
  critical: 'error',
  fatal: 'error',
  panic: 'error',
};

/** Each names its level in a group; the first that finds one decides. */
const forms: readonly RegExp[] = [
  // klog: E0504 09:59:04.778899 (https://kubernetes.io/docs/concepts/cluster-administration/system-logs/)
  /^([IWEF])\d{4} \d\d:\d\d:\d\d/,
  // logfmt: level=error
  /(?:^|\s)level="?([a-z]+)/,
  // JSON: "level":"error"
  /"(?:level|severity)":\s*"([A-Za-z]+)"/,
  // Python's, as cloud-init's: util.py[WARNING]: …
  /\[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\]/,
];
const klog: Readonly<Record<string, Level>> = { I: 'info', W: 'warning', E: 'error', F: 'error' };

/** Words that start what no form marks: systemd's on the console, the kernel's, Go's and Python's. */
const errorStart = /^(?:\[\s*FAILED\s*\]|panic:|fatal error:|error:|Traceback \(|(?:\[\s*[\d.]+\]\s+)?Kernel panic)/i;
const warningStart = /^(?:\[\s*DEPEND\s*\]|\[\s*TIME\s*\]|warning:|warn:)/i;

/** A line that goes on with what the line before said: of a stack trace, or of a message in several lines. */
const continuation = /^(?:\s|goroutine \d|created by |runtime\.)/;

/**
 * The level of a line.
 *
 * @param before the level of the line before it, which its continuations share
 */
export function levelOf(line: string, before: Level = 'info'): Level {
  const text = line.replace(journalPrefix, '');
  for (const form of forms) {
    const word = form.exec(text)?.[1];
    if (word === undefined) continue;
    const level = klog[word] ?? words[word.toLowerCase()];
    if (level !== undefined) return level;
  }
  if (errorStart.test(text)) return 'error';
  if (warningStart.test(text)) return 'warning';
  return text === '' || continuation.test(text) ? before : 'info';
}
