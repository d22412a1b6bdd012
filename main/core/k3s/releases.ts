/**
 * K3s releases: which version a channel means, and the files of a version, from the cache where it has them.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Config } from '../config/schema';
import { isK3sVmError, k3sVmError } from '../errors';
import type { WorkContext } from '../progress';
import { cachedEntry, cachedKeys, ensureEntry, isCached, type CacheEntry } from '../downloads/cache-entries';
import { rememberedText, rememberText } from '../downloads/cache-texts';
import {
  airgapFiles,
  airgapKey,
  binaryFile,
  binaryKey,
  compareVersions,
  digestKeyOf,
  exactVersion,
  installKey,
  sumsFile,
  sumsKey,
} from './release-files';
import { importedByHand, sourceAt, type EntryName } from '../downloads/entry-name';
import { releaseArch, type MachineArch, type ReleaseArch } from '../downloads/architecture';
import { openDigestList, type DigestList } from '../downloads/digest-list';
import { fetchText } from '../downloads/fetch-text';
import type { K3sFiles } from './payload';

export type { K3sFiles };

type ReleaseConfig = Pick<Config, 'k3s' | 'sources'>;

/** What a channel means changes every few weeks; somebody who sets up several clusters need not wait each time. */
const channelsFreshMs = 3_600_000;

/**
 * The exact version that the configuration means.
 *
 * @returns `offline` when the channel server did not answer and the cache had to do
 * @throws VERSION_UNKNOWN for a channel there is not; INSECURE_SOURCE; OFFLINE or DOWNLOAD_FAILED when neither the server nor the cache
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
  const name: EntryName = { key: 'k3s/channels', source: sourceAt(url) };
  const remembered = await rememberedText(name);
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
      throw k3sVmError('DOWNLOAD_FAILED', {
        url,
        why: 'the server returned something other than a list of K3s channels',
      });
    }
    await rememberText(name, text);
    const version = channels.get(wanted);
    if (version !== undefined) return { version };
    throw k3sVmError('VERSION_UNKNOWN', { version: wanted, known: known(channels) });
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const version = await versionOffline(wanted, before, sourceAt(config.sources.k3sReleases));
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

/**
 * What to make of a channel without its server: what it meant last if that is here, else the newest that is here.
 *
 * @param source of the releases: what another source published does not count, what was imported does
 */
async function versionOffline(
  wanted: string,
  before: ReadonlyMap<string, string> | undefined,
  source: string,
): Promise<string | undefined> {
  const cached: string[] = [];
  for (const key of await cachedKeys('k3s/', [source, importedByHand])) {
    const version = exactVersion(/^k3s\/([^/]+)\/[^/]+\/k3s$/.exec(key)?.[1] ?? '');
    if (version !== undefined) cached.push(version);
  }
  const last = before?.get(wanted);
  if (last !== undefined && cached.includes(last)) return last;
  const fitting = cached.filter((version) => !/^v\d/.test(wanted) || version.startsWith(`${wanted}.`));
  const releases = fitting.filter((version) => !version.includes('-'));
  return (releases.length > 0 ? releases : fitting).sort(compareVersions).at(-1) ?? last;
}

/** A file of a release. */
interface ReleaseFile extends EntryName {
  /** As it is published. */
  readonly name: string;
  /** For people. */
  readonly what: string;
  readonly url: string;
  readonly list: DigestList;
  readonly check?: (path: string) => Promise<void>;
}

/** The files of a version, as the sources of a configuration publish them. */
interface Release {
  readonly binary: ReleaseFile;
  readonly installScript: ReleaseFile;
  /** Tarballs of its images, the best first: those that its digest list names need not be all. */
  readonly airgap: readonly ReleaseFile[];
}

function releaseOf({ sources }: ReleaseConfig, version: string, arch: ReleaseArch, { signal }: WorkContext): Release {
  const base = `${sources.k3sReleases}/${version.replaceAll('+', '%2B')}`;
  const source = sourceAt(sources.k3sReleases);
  const list = openDigestList({
    name: { key: sumsKey(version, arch), source },
    url: `${base}/${sumsFile(arch)}`,
    absent: () => k3sVmError('VERSION_UNKNOWN', { version }),
    signal,
  });
  const file = (key: string, name: string, what: string): ReleaseFile => {
    return { key, source, name, what, url: `${base}/${name}`, list };
  };
  return {
    binary: file(binaryKey(version, arch), binaryFile(arch), `K3s ${version}`),
    installScript: installScriptOf(sources.k3sInstall, version, signal),
    airgap: airgapFiles(arch).map((name) => file(airgapKey(version, arch, name), name, `The images of K3s ${version}`)),
  };
}

/** The install script, whose digest is beside it in K3s' repository: https://github.com/k3s-io/k3s/pull/8312. */
function installScriptOf(base: string, version: string, signal: AbortSignal): ReleaseFile {
  const what = `The install script of K3s ${version}`;
  const url = `${base}/${version}/install.sh`;
  const listUrl = `${url}.sha256sum`;
  return {
    key: installKey(version),
    source: sourceAt(base),
    name: 'install.sh',
    what,
    url,
    list: openDigestList({
      name: { key: digestKeyOf(installKey(version)), source: sourceAt(base) },
      url: listUrl,
      absent: () => k3sVmError('DIGEST_UNKNOWN', { what, url, list: listUrl, version }),
      signal,
    }),
    check: async (path) => {
      if (!(await isScript(path)))
        throw k3sVmError('DOWNLOAD_FAILED', { url, why: 'the server returned something other than a shell script' });
    },
  };
}

/**
 * The files of a version. What the cache has is not asked for on the network. Nothing is used but what has the digest that
 * its own source published, or what the user imported while the source cannot tell.
 *
 * @param version exact, as resolveK3sVersion returns it
 * @throws VERSION_UNKNOWN when there is no such release; DIGEST_UNKNOWN, INSECURE_SOURCE, OFFLINE, DOWNLOAD_FAILED,
 *   DIGEST_MISMATCH, HOST_DISK_FULL
 */
export async function ensureK3s(
  config: ReleaseConfig,
  version: string,
  arch: MachineArch,
  context: WorkContext,
): Promise<K3sFiles> {
  const release = releaseOf(config, version, releaseArch(arch), context);
  const binary = await ensureFile(release.binary, context);
  const installScript = await ensureFile(release.installScript, context);
  if (!config.k3s.airgap) return filesOf(version, binary, installScript, undefined);
  const chosen = await chooseAirgap(release, await publishedAirgap(release));
  if (chosen === undefined) context.report({ message: `K3s ${version} was released without a tarball of its images` });
  const airgap = chosen && (await ensureFile(chosen, context));
  return filesOf(version, binary, installScript, airgap);
}

/** The files of a version if they are all here, without any network. */
export async function cachedK3s(
  config: ReleaseConfig,
  version: string,
  arch: MachineArch,
  context: WorkContext,
): Promise<K3sFiles | undefined> {
  const release = releaseOf(config, version, releaseArch(arch), context);
  const cached = async (file: ReleaseFile): Promise<CacheEntry | undefined> => {
    const expected = (await file.list.known())?.get(file.name);
    return expected === undefined ? importedFile(file, context) : cachedEntry(file, file.what, context, expected);
  };
  const binary = await cached(release.binary);
  const installScript = await cached(release.installScript);
  if (binary === undefined || installScript === undefined) return undefined;
  if (!config.k3s.airgap) return filesOf(version, binary, installScript, undefined);
  const chosen = await chooseAirgap(release, await release.binary.list.known());
  const airgap = chosen && (await cached(chosen));
  return airgap === undefined ? undefined : filesOf(version, binary, installScript, airgap);
}

const importedFile = ({ key, what }: ReleaseFile, context: WorkContext): Promise<CacheEntry | undefined> =>
  cachedEntry({ key, source: importedByHand }, what, context);

async function ensureFile(file: ReleaseFile, context: WorkContext): Promise<CacheEntry> {
  const { key, name, what, url, list } = file;
  let digests: ReadonlyMap<string, string>;
  try {
    digests = await list.published(what, url);
  } catch (error) {
    // The user's own word counts for as long as there is no better one
    const imported = isK3sVmError(error) ? await importedFile(file, context) : undefined;
    if (imported === undefined) throw error;
    context.report({ message: `${what}: using the imported file; ${new URL(url).host} does not publish its digest` });
    return imported;
  }
  const expected = digests.get(name);
  if (expected === undefined) throw k3sVmError('DOWNLOAD_FAILED', { url, why: `${list.url} does not list it` });
  if (!(await isCached(file, expected)) && (await isCached({ key, source: importedByHand }))) {
    const { host } = new URL(url);
    context.report({
      message: `${what}: the imported file differs from the one that ${host} publishes, so it is not used`,
    });
  }
  return ensureEntry({ ...file, expected }, context);
}

/** The digests that are published with the tarballs; undefined where nobody tells and an imported tarball has to do. */
async function publishedAirgap({ airgap: [best] }: Release): Promise<ReadonlyMap<string, string> | undefined> {
  if (best === undefined) return undefined;
  try {
    return await best.list.published(best.what, best.url);
  } catch (error) {
    if (isK3sVmError(error)) return undefined;
    throw error;
  }
}

/** The tarball that is here already, else the best that is published. */
async function chooseAirgap(
  { airgap }: Release,
  published: ReadonlyMap<string, string> | undefined,
): Promise<ReleaseFile | undefined> {
  const candidates = airgap.filter(({ name }) => published?.has(name) ?? true);
  for (const file of candidates) {
    const expected = published?.get(file.name);
    if (expected !== undefined && (await isCached(file, expected))) return file;
    if (await isCached({ key: file.key, source: importedByHand })) return file;
  }
  return candidates[0];
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

/** Whether a file begins like a script: a login portal answers with a page instead. */
async function isScript(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}
