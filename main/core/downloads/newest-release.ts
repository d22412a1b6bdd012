/**
 * The newest release of k3s-vm itself. Asked for by `version --check` alone.
 */
import { causeText, isK3sVmError, k3sVmError } from '../errors';
import { fetchText } from './fetch-text';

/** A version as releases have it (https://semver.org): no build metadata, and short. */
const release = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-[0-9A-Za-z.-]{1,64})?$/;

/**
 * Asks an npm registry. What it answers is believed for this one line: nothing is downloaded or run.
 *
 * @param registry its base address
 * @returns a version, e.g. `1.2.3`
 * @throws NEWEST_UNKNOWN; the signal's reason when aborted
 */
export async function newestRelease(registry: string, signal: AbortSignal): Promise<string> {
  const url = `${registry.replace(/\/+$/, '')}/k3s-vm/latest`;
  const unknown = (why: string, cause?: unknown) => k3sVmError('NEWEST_UNKNOWN', { url, why }, cause);
  let text: string | undefined;
  try {
    text = await fetchText(url, { what: 'The newest release of k3s-vm', signal, timeoutMs: 10_000 });
  } catch (error) {
    signal.throwIfAborted();
    if (isK3sVmError(error, 'INSECURE_SOURCE')) throw unknown('anyone on the network can alter a plain http answer');
    if (isK3sVmError(error, 'OFFLINE')) throw unknown('it cannot be reached', causeText(error));
    throw unknown('the request failed', isK3sVmError(error) ? error.message : error);
  }
  if (text === undefined) throw unknown('it does not have k3s-vm');
  const version = versionIn(text);
  if (version === undefined) throw unknown('its answer names no version');
  return version;
}

function versionIn(text: string): string | undefined {
  try {
    const { version } = (JSON.parse(text) ?? {}) as { readonly version?: unknown };
    return typeof version === 'string' && release.test(version) ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Whether one release is newer than another; `1.0.0` is newer than `1.0.0-rc.1`, and pre-releases compare as equal. */
export function isNewer(version: string, than: string): boolean {
  const parts = (text: string): readonly number[] => {
    const [, x, y, z, candidate] = release.exec(text) ?? [];
    return [Number(x), Number(y), Number(z), candidate === undefined ? 1 : 0];
  };
  const [left, right] = [parts(version), parts(than)];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0);
}
