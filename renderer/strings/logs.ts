import type { LogSource } from '../../preload/api';
import type { Level } from '../components/log/levels';
import { number } from '../state/format';

const lineCount = (count: number): string => (count === 1 ? '1 line' : `${number(count)} lines`);

/** The words of the logs page. */
export const logs = {
  source: 'Log',
  sources: {
    k3s: 'K3s',
    'cloud-init': 'cloud-init',
    console: 'Console',
    operations: 'Operations',
  } satisfies Record<LogSource, string>,
  level: 'Level',
  atLeast: { info: 'All', warning: 'Warnings', error: 'Errors' } satisfies Record<Level, string>,
  search: 'Search this log',
  finds: (now: number, all: number): string =>
    all === 0
      ? 'no matches'
      : now > 0
        ? `${number(now)} of ${number(all)}`
        : all === 1
          ? '1 match'
          : `${number(all)} matches`,
  previous: 'Previous match',
  next: 'Next match',
  pause: 'Pause',
  resume: 'Resume',
  wrap: 'Wrap',
  copy: 'Copy these lines',
  copied: (lines: number): string => `${lineCount(lines)} copied`,
  save: 'Save these lines to a file',
  clear: 'Clear',
  latest: 'Jump to latest',
  lines: 'Log lines',
  shown: lineCount,
  /** @param more the host may hold back further ones */
  waiting: (waiting: number, more: boolean): string =>
    waiting === 0
      ? 'Paused'
      : `Paused. ${number(waiting)}${more ? ' or more' : ''} new ${waiting === 1 && !more ? 'line' : 'lines'}`,
  dropped: (lines: number): string => `${lineCount(lines)} skipped: the log was too fast to follow`,
  ended: 'The log has ended.',
  openAgain: 'Reopen',
  disconnected: 'Disconnected. This is the log up to then.',
  unreadable: 'The configuration cannot be read. This is the log up to then.',
  stopped: 'The VM stopped. This is its log up to then.',
  opening: 'Opening the log…',
  cleared: 'Cleared',
  nothingYet: 'No log lines yet',
  nothingYetText: 'New lines appear here as they arrive.',
  nothingOfLevel: 'No lines at this level',
  nothingOfLevelText: (all: string): string => `Choose “${all}” to see every line.`,
  showAll: 'Show all lines',
  absent: 'No VM yet',
  absentText: 'Its logs appear here once the cluster is set up.',
  off: 'The VM is not running',
  offText: 'This log is inside the guest. You can still read the console and operations logs.',
  readConsole: 'Show the console log',
  readOperations: 'Show the operations log',
} as const;
