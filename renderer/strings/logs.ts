import type { LogSource } from '../../preload/api';
import type { Level } from '../components/log/levels';

const count = (lines: number): string => lines.toLocaleString('en');

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
    all === 0 ? 'not found' : now === 0 ? `${count(all)} found` : `${count(now)} of ${count(all)}`,
  previous: 'Previous find',
  next: 'Next find',
  pause: 'Pause',
  resume: 'Go on',
  wrap: 'Wrap',
  copy: 'Copy what is shown',
  copied: (lines: number): string => (lines === 1 ? '1 line copied' : `${count(lines)} lines copied`),
  save: 'Save what is shown to a file',
  clear: 'Clear',
  latest: 'Jump to the latest',
  lines: 'Lines of the log',
  shown: (shown: number): string => (shown === 1 ? '1 line' : `${count(shown)} lines`),
  /** @param more the host may hold back further ones */
  waiting: (waiting: number, more: boolean): string =>
    waiting === 0
      ? 'Paused'
      : `Paused: ${count(waiting)}${more ? ' or more' : ''} new ${waiting === 1 ? 'line' : 'lines'} waiting`,
  dropped: (lines: number): string =>
    `${lines === 1 ? '1 line was' : `${count(lines)} lines were`} left out: they came faster than they could be sent`,
  ended: 'The log has ended.',
  openAgain: 'Open it again',
  disconnected: 'Not connected; this is the log until then.',
  unreadable: 'The configuration cannot be read; this is the log until then.',
  stopped: 'The VM stopped; this is its log until then.',
  opening: 'Opening the log …',
  cleared: 'Cleared',
  nothingYet: 'Nothing logged yet',
  nothingYetText: 'New lines appear here as they come.',
  nothingOfLevel: 'No such lines',
  nothingOfLevelText: (all: string): string => `There is nothing of this level. “${all}” shows every line.`,
  showAll: 'Show all lines',
  absent: 'No VM yet',
  absentText: 'Its logs appear here once the cluster is set up.',
  toOverview: 'To the overview',
  off: 'The VM does not run',
  offText: 'This log is kept inside the guest. The console’s and the operations’ logs can be read without it.',
  readConsole: 'Show the console',
  readOperations: 'Show the operations',
} as const;
