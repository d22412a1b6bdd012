/**
 * The digests that are published with the files of a release. They do not change, so a list is fetched once; what was
 * fetched from one source says nothing about another.
 */
import { isK3sVmError, k3sVmError } from '../errors';
import { rememberedText, rememberText } from './cache-texts';
import { importedByHand, type EntryName } from './entry-name';
import { parseSums } from './digest';
import { fetchText } from './fetch-text';

export interface DigestList {
  readonly url: string;
  /** What is known without asking: the source's own list, else one that the user imported. By file name. */
  known(): Promise<ReadonlyMap<string, string> | undefined>;
  /**
   * The same, asking the source when nothing is known.
   *
   * @param what for people, which file it is needed for, and its URL: what the user can bring is the file, not the list
   * @throws INSECURE_SOURCE, OFFLINE, DOWNLOAD_FAILED, what `absent` makes
   */
  published(what: string, url: string): Promise<ReadonlyMap<string, string>>;
}

export interface DigestListRequest {
  /** What the list is remembered as. */
  readonly name: EntryName;
  readonly url: string;
  /** The error of a source that has no list. */
  readonly absent: () => Error;
  readonly signal: AbortSignal;
}

/** A list that is asked for when it is first needed, and not again when that failed. */
export function openDigestList({ name, url: listUrl, absent, signal }: DigestListRequest): DigestList {
  const remembered = async (source: string): Promise<ReadonlyMap<string, string> | undefined> =>
    parseSums((await rememberedText({ key: name.key, source }))?.text ?? '');
  const known = async (): Promise<ReadonlyMap<string, string> | undefined> =>
    (await remembered(name.source)) ?? (await remembered(importedByHand));

  const fetchList = async (): Promise<ReadonlyMap<string, string>> => {
    const text = await fetchText(listUrl, { what: 'The digest list', signal });
    if (text === undefined) throw absent();
    const sums = parseSums(text);
    if (sums === undefined)
      throw k3sVmError('DOWNLOAD_FAILED', {
        url: listUrl,
        why: 'the server returned something other than a list of digests',
      });
    await rememberText(name, text);
    return sums;
  };
  let asked: ReturnType<typeof fetchList> | undefined;
  return {
    url: listUrl,
    known,
    published: async (what, url) =>
      (await known()) ??
      (asked ??= fetchList()).catch((error: unknown) => {
        if (isK3sVmError(error, 'OFFLINE')) throw k3sVmError('OFFLINE', { what, url }, error.cause);
        throw isK3sVmError(error, 'INSECURE_SOURCE') ? k3sVmError('INSECURE_SOURCE', { what, url }) : error;
      }),
  };
}
