import type { Cli } from '../context';
import { run as stop } from './stop';

export const run = (cli: Cli, options: { readonly json?: boolean }): Promise<number> =>
  stop(cli, { ...options, save: true });
