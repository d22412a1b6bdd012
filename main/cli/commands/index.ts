/**
 * The module of each command, by its name in the command table; loaded when the command is called.
 */
import type { Cli } from '../context';

/** Runs a command with its options and arguments, and returns the exit status. */
export type Run = (cli: Cli, options: never, args: readonly string[]) => Promise<number>;

type Module = () => Promise<{ readonly run: Run }>;

export const commands: Readonly<Record<string, Module>> = {
  setup: () => import('./setup'),
  start: () => import('./start'),
  stop: () => import('./stop'),
  suspend: () => import('./suspend'),
  resume: () => import('./resume'),
  restart: () => import('./restart'),
  reset: () => import('./reset'),
  status: () => import('./status'),
  logs: () => import('./logs'),
  shell: () => import('./shell'),
  kubeconfig: () => import('./kubeconfig'),
  list: () => import('./list'),
  dashboard: () => import('./dashboard'),
  doctor: () => import('./doctor'),
  'cache list': () => import('./cache-list'),
  'cache prune': () => import('./cache-prune'),
  'cache import': () => import('./cache-import'),
  'config show': () => import('./config-show'),
  'config get': () => import('./config-get'),
  'config set': () => import('./config-set'),
  'config unset': () => import('./config-unset'),
  'config path': () => import('./config-path'),
  version: () => import('./version'),
  completion: () => import('./completion'),
};
