/**
 * Every text of the dashboard that is its own: read from top to bottom, these files are all that it says. Amounts and
 * times are written by state/format.ts; what the core says (errors, checks, steps) comes from there.
 */
export { access } from './access';
export { common } from './common';
export { diagnostics } from './diagnostics';
export { firstRun } from './first-run';
export { logs } from './logs';
export { overview } from './overview';
export { resources } from './resources';
export { settings } from './settings';
export { shell } from './shell';
export { workloads } from './workloads';
