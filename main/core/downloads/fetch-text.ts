import { isK3sVmError, k3sVmError } from '../errors';
import { isSecure } from '../origin';
import { get, type Answer } from './http';
import { networkError, statusError } from './network-errors';

const largestText = 8 * 1024 * 1024;

/**
 * Gets a small text: what is believed without a digest, so it comes from secure addresses only.
 *
 * @param timeoutMs for the whole text, milliseconds
 * @returns undefined when the server has no such file (404, 410)
 * @throws INSECURE_SOURCE, OFFLINE, DOWNLOAD_FAILED; the signal's reason when aborted
 */
export async function fetchText(
  url: string,
  options: { readonly what: string; readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<string | undefined> {
  const { what, signal, timeoutMs = 15_000 } = options;
  if (!isSecure(new URL(url))) throw k3sVmError('INSECURE_SOURCE', { what, url });
  let answer: Answer | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    answer = await get(url, { signal, timeoutMs });
    const { body } = answer;
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status !== 200) throw statusError(answer.status, url);
    timer = setTimeout(() => body.destroy(new Error('it stopped sending')), timeoutMs);
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of body) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes > largestText) throw k3sVmError('DOWNLOAD_FAILED', { url, why: 'it is far larger than expected' });
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    signal.throwIfAborted();
    throw isK3sVmError(error) ? error : networkError(error, what, url);
  } finally {
    clearTimeout(timer);
    answer?.body.destroy();
  }
}
