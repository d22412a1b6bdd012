/**
 * Small texts in the cache that sources publish, such as digest lists: each with the time at which it was read.
 */
import type { EntryName } from './entry-name';
import { jsonFiles, readJson, sameName, textFile, writeJson } from './cache-store';

interface TextRecord extends EntryName {
  readonly text: string;
  /** ISO 8601 */
  readonly at: string;
}

/** Keeps a small text, with the time. */
export async function rememberText({ key, source }: EntryName, text: string): Promise<void> {
  const record: TextRecord = { key, source, text, at: new Date().toISOString() };
  await writeJson(textFile(record), record);
}

/** A text that was kept, and its age in milliseconds. */
export async function rememberedText(
  name: EntryName,
): Promise<{ readonly text: string; readonly ageMs: number } | undefined> {
  const record = await readJson<TextRecord>(textFile(name));
  return record === undefined || !sameName(name, record)
    ? undefined
    : { text: record.text, ageMs: Date.now() - Date.parse(record.at) };
}

/** All texts of a source that were kept whose keys begin with `prefix`. */
export async function rememberedTexts(prefix: string, source: string): Promise<readonly TextRecord[]> {
  const records = await jsonFiles<TextRecord>('texts');
  return records.filter((record) => record.key.startsWith(prefix) && record.source === source);
}
