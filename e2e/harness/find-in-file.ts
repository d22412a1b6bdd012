import { createReadStream } from 'node:fs';

/** Which of some texts are in a file, of whatever size. */
export async function findInFile(path: string, texts: readonly string[]): Promise<readonly string[]> {
  const missing = new Set(texts);
  const longest = Math.max(...texts.map((text) => Buffer.byteLength(text)));
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 2 ** 20 })) {
    // A text may lie across two chunks
    const window = Buffer.concat([tail, chunk as Buffer]);
    for (const text of missing) if (window.includes(text)) missing.delete(text);
    tail = window.subarray(Math.max(0, window.length - longest));
  }
  return texts.filter((text) => !missing.has(text));
}
