/**
 * What K3s brings along: https://docs.k3s.io/installation/packaged-components
 */
import type { Config } from '../config/schema';

/** Packaged components this project leaves out, by either way of saying so. */
export function disabledComponents(config: Config): readonly string[] {
  const own = config.k3s.config.disable;
  return [...config.k3s.disable, ...(Array.isArray(own) ? own.map(String) : typeof own === 'string' ? [own] : [])];
}
