/**
 * How serious a log line is, in the formats of K3s, cloud-init, systemd and the kernel.
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
  failed: 'error',
};

/** Each captures the level in its group. The first that matches decides. */
const forms: readonly RegExp[] = [
  // klog: E0504 09:59:04.778899 (https://kubernetes.io/docs/concepts/cluster-administration/system-logs/)
  /^([IWEF])\d{4} \d\d:\d\d:\d\d/,
  // logfmt: level=error
  /(?:^|\s)level="?([a-z]+)/,
  // JSON: "level":"error"
  /"(?:level|severity)":\s*"([A-Za-z]+)"/,
  // Python's, as cloud-init's: util.py[WARNING]: …
  /\[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\]/,
  // Our own operations', which are events: {"time":…,"state":"failed",…}
  /^\{"time":.*?"state":"(failed)"/,
];
const klog: Readonly<Record<string, Level>> = { I: 'info', W: 'warning', E: 'error', F: 'error' };

/** `[   12.345678] `, which the kernel puts before each line of the console. */
const kernelTime = /^\[\s*\d+\.\d+\] /;

/** Starts of serious lines that carry no level: systemd's, the kernel's, Go's and Python's. */
const errorStarts = [
  /^\[\s*FAILED\s*\]/,
  /^(?:panic:|fatal error:|error:|Failed to start )/i,
  /^\S+\.service: (?:Main process exited, .*FAILURE|Failed with result)/,
  /^(?:Kernel panic|BUG:|Oops:|Out of memory:|\S+-fs error)/,
  /^(?:Traceback \(|[\w.]+(?:Error|Exception)(?:: |$))/,
];
const warningStarts = [/^\[\s*(?:DEPEND|TIME)\s*\]/, /^(?:warning:|warn:)/i];

/**
 * A continuation of the line before: part of a stack trace or of a message of several lines. Go writes a frame as a
 * function with its arguments at the start of a line: `main.(*server).run(0xc000, 0x1)`.
 */
const continuation = /^(?:\s|goroutine \d|created by |\[signal |\S+\(.*\)$|Call Trace:|During handling of )/;

/**
 * The level of a line.
 *
 * @param before level of the line before, which its continuations inherit
 */
export function levelOf(line: string, before: Level = 'info'): Level {
  const text = line.replace(journalPrefix, '').replace(kernelTime, '');
  for (const form of forms) {
    const word = form.exec(text)?.[1];
    if (word === undefined) continue;
    const level = klog[word] ?? words[word.toLowerCase()];
    if (level !== undefined) return level;
  }
  if (errorStarts.some((start) => start.test(text))) return 'error';
  if (warningStarts.some((start) => start.test(text))) return 'warning';
  return text === '' || continuation.test(text) ? before : 'info';
}
