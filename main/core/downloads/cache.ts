/**
 * The cache as `k3s-vm cache` shows it. How it is kept: cache-entries.ts.
 */
export { cacheList, cachePrune, type CacheItem, type Pruned } from './cache-entries';
export {
  cacheImport,
  type Imported,
  type ImportKind,
  type ImportOptions,
  type ImportResult,
} from '../operations/cache-import';
