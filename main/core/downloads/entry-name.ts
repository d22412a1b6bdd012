/**
 * What things are called in the cache.
 */
import { withoutCredentials } from '../origin';

/**
 * What a file or text in the cache is called. The source belongs to it: what one mirror publishes is no word on what the
 * official source, or another mirror, publishes under the same name.
 */
export interface EntryName {
  /** What it is, whatever its content, e.g. `k3s/v1.36.1+k3s1/amd64/k3s`. */
  readonly key: string;
  /** Who says that it is that: see sourceAt, importedByHand. */
  readonly source: string;
}

/** The source of what the user brought with `cache import`: it is good for every configuration. */
export const importedByHand = 'imported';

/** The source that a base address of the configuration is. */
export const sourceAt = (base: string): string => withoutCredentials(base);
