/**
 * What errors of the network, and answers that are none, mean to people.
 */
import http from 'node:http';
import { k3sVmError, type K3sVmError } from '../errors';

/** The error of something that takes too long. */
export const timedOut = (what: string): Error => Object.assign(new Error(what), { code: 'ETIMEDOUT' });

/** The host, or the way to it, cannot be reached: no name, no route, nobody listening. */
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
]);

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** Whether an error means that there is no connection at all, so that trying again soon is of no use. */
export const isUnreachable = (error: unknown): boolean => unreachable.has(codeOf(error));

/**
 * A native network error as one of the catalogue.
 *
 * @param what what was wanted, for people
 * @returns OFFLINE when there is no connection, else DOWNLOAD_FAILED
 */
export function networkError(error: unknown, what: string, url: string): K3sVmError {
  if (isUnreachable(error)) return k3sVmError('OFFLINE', { what, url }, error);
  const text = error instanceof Error ? error.message : String(error);
  const broken = ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
  return k3sVmError('DOWNLOAD_FAILED', { url, why: broken ? 'the connection was lost' : text }, error);
}

/** An answer that is not the file. */
export const statusError = (status: number, url: string): K3sVmError =>
  k3sVmError('DOWNLOAD_FAILED', {
    url,
    why: `the server answers ${status}${http.STATUS_CODES[status] ? ` ${http.STATUS_CODES[status]}` : ''}`,
  });
