/**
 * K3s releases: which version a channel means, and the files of a version, from the cache where it has them.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Config } from '../config/schema';
import { isK3sVmError, k3sVmError } from '../errors';
import type { WorkContext } from '../progress';
import {
  cachedEntry,
  cachedKeys,
  ensureEntry,
  isCached,
  rememberedText,
  rememberText,
  type CacheEntry,
} from './cache-entries';
import {
  airgapFiles,
  airgapKey,
  binaryFile,
  binaryKey,
  compareVersions,
  exactVersion,
  installKey,
  releaseArch,
  sumsFile,
  sumsKey,
  type MachineArch,
} from './cache-keys';
import { matches, parseSums } from './digest';
import { fetchText } from './http';
import type { K3sFiles } from './payload';

export type { K3sFiles };

type ReleaseConfig = Pick<Config, 'k3s' | 'sources'>;

/** What a channel means changes every few weeks; somebody who sets up several clusters need not wait each time. */
const channelsFreshMs = 3_600_000;

/**
 * The exact version that the configuration means.
 *
 * @returns `offline` when the channel server did not answer and the cache had to do
 * @throws VERSION_UNKNOWN for a channel there is not; OFFLINE or DOWNLOAD_FAILED when neither the server nor the cache
 *   can tell
 */
export async function resolveK3sVersion(
  config: ReleaseConfig,
  context: WorkContext,
): Promise<{ readonly version: string; readonly offline?: boolean }> {
  const wanted = config.k3s.version;
  const exact = exactVersion(wanted);
  if (exact !== undefined) return { version: exact };

  const url = config.sources.k3sChannels;
  const key = `k3s/channels/${url}`;
  const remembered = await rememberedText(key);
  const before = remembered === undefined ? undefined : parseChannels(remembered.text);
  if (before !== undefined && remembered !== undefined && remembered.ageMs >= 0 && remembered.ageMs < channelsFreshMs) {
    const version = before.get(wanted);
    // A channel that is not there may be new
    if (version !== undefined) return { version };
  }

  try {
    const text = await fetchText(url, { what: `The K3s channel ${wanted}`, signal: context.signal, timeoutMs: 10_000 });
    const channels = text === undefined ? undefined : parseChannels(text);
    if (text === undefined || channels === undefined) {
      throw k3sVmError('DOWNLOAD_FAILED', { url, why: 'what is there is not a list of K3s channels' });
    }
    await rememberText(key, text);
    const version = channels.get(wanted);
    if (version !== undefined) return { version };
    throw k3sVmError('VERSION_UNKNOWN', { version: wanted, known: known(channels) });
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const version = await versionOffline(wanted, before);
    if (version === undefined) throw error;
    context.report({ message: `${new URL(url).host} does not answer: using ${version}` });
    return { version, offline: true };
  }
}

const isUnavailable = (error: unknown): boolean =>
  isK3sVmError(error, 'OFFLINE') || isK3sVmError(error, 'DOWNLOAD_FAILED');

/** Channel name to version, from the channel server's JSON. */
function parseChannels(text: string): ReadonlyMap<string, string> | undefined {
  let data: unknown;
  try {
    data = (JSON.parse(text) as { data?: unknown } | null)?.data;
  } catch {
    return undefined;
  }
  if (!Array.isArray(data)) return undefined;
  const channels = new Map<string, string>();
  for (const item of data as unknown[]) {
    const { name, id, latest } = (item ?? {}) as Record<string, unknown>;
    const channel = name ?? id;
    const version = typeof latest === 'string' ? exactVersion(latest) : undefined;
    if (typeof channel === 'string' && version !== undefined) channels.set(channel, version);
  }
  return channels;
}

/** The channels worth naming: the server also has every old minor version and a testing one for each. */
function known(channels: ReadonlyMap<string, string>): string[] {
  const minors = [...channels.keys()].filter((name) => /^v\d+\.\d+$/.test(name));
  minors.sort((a, b) => compareVersions(`${b}.0+k3s1`, `${a}.0+k3s1`));
  return ['stable', 'latest'].filter((name) => channels.has(name)).concat(minors.slice(0, 4));
}

/** What to make of a channel without its server: what it meant last if that is here, else the newest that is here. */
async function versionOffline(
  wanted: string,
  before: ReadonlyMap<string, string> | undefined,
): Promise<string | undefined> {
  const cached: string[] = [];
  for (const key of await cachedKeys('k3s/')) {
    const version = exactVersion(/^k3s\/([^/]+)\/[^/]+\/k3s$/.exec(key)?.[1] ?? '');
    if (version !== undefined) cached.push(version);
  }
  const last = before?.get(wanted);
  if (last !== undefined && cached.includes(last)) return last;
  const fitting = cached.filter((version) => !/^v\d/.test(wanted) || version.startsWith(`${wanted}.`));
  const releases = fitting.filter((version) => !version.includes('-'));
  return (releases.length > 0 ? releases : fitting).sort(compareVersions).at(-1) ?? last;
}

/**
 * The files of a version. What the cache has is not asked for on the network.
 *
 * @param version exact, as resolveK3sVersion returns it
 * @throws VERSION_UNKNOWN when there is no such release; OFFLINE, DOWNLOAD_FAILED, DIGEST_MISMATCH, HOST_DISK_FULL
 */
export async function ensureK3s(
  config: ReleaseConfig,
  version: string,
  arch: MachineArch,
  context: WorkContext,
): Promise<K3sFiles> {
  const name = releaseArch(arch);
  const base = `${config.sources.k3sReleases}/${version.replaceAll('+', '%2B')}`;
  const sums = digestList(version, name, base, context);

  const file = async (key: string, fileName: string, what: string): Promise<CacheEntry> => {
    const cached = await cachedEntry(key, what, context);
    const remembered = (await sums.remembered())?.get(fileName);
    if (cached !== undefined && (remembered === undefined || matches(cached, remembered))) return cached;
    const url = `${base}/${fileName}`;
    const expected = (await sums.published(what, url)).get(fileName);
    if (expected === undefined) throw k3sVmError('DOWNLOAD_FAILED', { url, why: `${sumsFile(name)} does not name it` });
    return ensureEntry({ key, name: fileName, what, url, expected }, context);
  };

  const binary = await file(binaryKey(version, name), binaryFile(name), `K3s ${version}`);
  const installScript = await ensureInstallScript(config, version, context);
  let airgap: CacheEntry | undefined;
  if (config.k3s.airgap) {
    const what = `The images of K3s ${version}`;
    const candidates = airgapFiles(name);
    let chosen: string | undefined;
    for (const candidate of candidates) {
      if (chosen === undefined && (await isCached(airgapKey(version, name, candidate)))) chosen = candidate;
    }
    if (chosen === undefined) {
      const published = await sums.published(what, `${base}/${candidates[0] ?? ''}`);
      chosen = candidates.find((candidate) => published.has(candidate));
    }
    if (chosen === undefined)
      context.report({ message: `K3s ${version} was released without a tarball of its images` });
    else airgap = await file(airgapKey(version, name, chosen), chosen, what);
  }

  return filesOf(version, binary, installScript, airgap);
}

/** The files of a version if they are all here, without any network. */
export async function cachedK3s(
  config: ReleaseConfig,
  version: string,
  arch: MachineArch,
  context: WorkContext,
): Promise<K3sFiles | undefined> {
  const name = releaseArch(arch);
  const cached = (key: string): Promise<CacheEntry | undefined> => cachedEntry(key, `K3s ${version}`, context);
  const binary = await cached(binaryKey(version, name));
  const installScript = await cached(installKey(version));
  if (binary === undefined || installScript === undefined) return undefined;
  if (!config.k3s.airgap) return filesOf(version, binary, installScript, undefined);
  for (const file of airgapFiles(name)) {
    const airgap = await cached(airgapKey(version, name, file));
    if (airgap !== undefined) return filesOf(version, binary, installScript, airgap);
  }
  return undefined;
}

function filesOf(
  version: string,
  binary: CacheEntry,
  installScript: CacheEntry,
  airgap: CacheEntry | undefined,
): K3sFiles {
  const set = [binary, installScript, ...(airgap === undefined ? [] : [airgap])];
  const digest = createHash('sha256')
    .update(set.map(({ sha256 }) => sha256).join('\n'))
    .digest('hex');
  return {
    version,
    binary: binary.path,
    installScript: installScript.path,
    ...(airgap === undefined ? {} : { airgapImages: airgap.path }),
    digest: `sha256:${digest}`,
  };
}

/** The digest list of a version: remembered, as a release does not change, or fetched when first needed. */
function digestList(
  version: string,
  arch: ReturnType<typeof releaseArch>,
  base: string,
  { signal }: WorkContext,
): {
  remembered(): Promise<ReadonlyMap<string, string> | undefined>;
  published(what: string, url: string): Promise<ReadonlyMap<string, string>>;
} {
  const key = sumsKey(version, arch);
  const remembered = async (): Promise<ReadonlyMap<string, string> | undefined> =>
    parseSums((await rememberedText(key))?.text ?? '');
  return {
    remembered,
    async published(what, url) {
      const before = await remembered();
      if (before !== undefined) return before;
      const listUrl = `${base}/${sumsFile(arch)}`;
      const text = await fetchText(listUrl, { what, signal }).catch((error: unknown) => {
        // What the user can bring is the file, not the list
        throw isK3sVmError(error, 'OFFLINE') ? k3sVmError('OFFLINE', { what, url }, error.cause) : error;
      });
      if (text === undefined) throw k3sVmError('VERSION_UNKNOWN', { version });
      const sums = parseSums(text);
      if (sums === undefined)
        throw k3sVmError('DOWNLOAD_FAILED', { url: listUrl, why: 'what is there is not a list of digests' });
      await rememberText(key, text);
      return sums;
    },
  };
}

async function ensureInstallScript(config: ReleaseConfig, version: string, context: WorkContext): Promise<CacheEntry> {
  const what = `The install script of K3s ${version}`;
  const key = installKey(version);
  const cached = await cachedEntry(key, what, context);
  if (cached !== undefined) return cached;
  const url = `${config.sources.k3sInstall}/${version}/install.sh`;
  const list = await fetchText(`${url}.sha256sum`, { what, signal: context.signal }).catch((error: unknown) => {
    throw isK3sVmError(error, 'OFFLINE') ? k3sVmError('OFFLINE', { what, url }, error.cause) : error;
  });
  const expected = parseSums(list ?? '')?.get('install.sh');
  const check = async (path: string): Promise<void> => {
    if (!(await isScript(path)))
      throw k3sVmError('DOWNLOAD_FAILED', { url, why: 'what is there is not a shell script' });
  };
  return ensureEntry({ key, name: 'install.sh', what, url, expected, check }, context);
}

/** Whether a file begins like a script: a login portal answers with a page instead. */
export async function isScript(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}
