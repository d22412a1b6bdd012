/**
 * Golden images as the cache commands show them: libvirt keeps them, and what the cache has is told even without it.
 */
import type { ListedGolden } from '../core';
import { asK3sVmError } from '../core/errors';
import type { Cli } from './context';
import { strings } from './strings';

/** Lists or prunes the golden images; undefined when configuration or libvirt do not let it, with a word of why. */
export async function goldenImages(cli: Cli, what: 'list' | 'prune'): Promise<readonly ListedGolden[] | undefined> {
  const { signal, trace } = cli;
  const deps = { signal, ...(trace === undefined ? {} : { trace }) };
  try {
    const { config } = await cli.config();
    const core = await cli.core();
    return await (what === 'list' ? core.listGoldenImages(config, deps) : core.pruneGoldenImages(config, deps));
  } catch (error) {
    signal.throwIfAborted();
    cli.note(cli.errorStyle.dim(strings.cache.goldenSkipped(asK3sVmError(error).message)));
    return undefined;
  }
}

/** What it is called beside the keys of the cache. */
export const goldenTitle = ({ image, k3sVersion, volume }: ListedGolden): string =>
  `golden/${image === undefined || k3sVersion === undefined ? volume : `${image}/${k3sVersion}`}`;
