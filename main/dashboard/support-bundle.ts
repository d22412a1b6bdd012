/**
 * Everything a maintainer asks for, in one zip without secrets.
 */
import { strToU8, zip } from 'fflate';
import { arch, release, version as kernel } from 'node:os';
import type { Snapshot } from '../../preload/api';
import type { Cluster, LogSource } from '../core/cluster';
import { asK3sVmError, errorData } from '../core/errors';
import { redact } from '../core/redact';
import { strings } from './strings';
import { withTimeLimit } from './time-limit';

const linesOfLog = 2000;
/** A guest that does not answer must not keep the user from what can be had, in milliseconds. */
const mostWaitMs = 30_000;

export interface BundleSources {
  readonly version: string;
  readonly snapshot: Snapshot;
  readonly cluster: () => Promise<Cluster>;
  readonly settings: () => Promise<unknown>;
  readonly doctor: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

type Read = (signal: AbortSignal) => Promise<unknown>;

/** The files and how each is read. What cannot be had says in its place why. */
function contents({ version, snapshot, cluster, settings, doctor }: BundleSources): Readonly<Record<string, Read>> {
  const log =
    (source: LogSource): Read =>
    async (signal) => {
      const lines: string[] = [];
      const log = (await cluster()).logs({ source, follow: false, lines: linesOfLog, signal });
      for await (const line of log) lines.push(line);
      return lines.slice(-linesOfLog).join('\n');
    };
  return {
    'versions.json': () =>
      Promise.resolve({
        'k3s-vm': version,
        node: process.version,
        electron: process.versions.electron ?? null,
        kernel: `${kernel()} ${release()}`,
        arch: arch(),
      }),
    'snapshot.json': () => Promise.resolve(snapshot),
    'settings.json': settings,
    'doctor.json': doctor,
    'status.json': async (signal) => (await cluster()).status({ signal }),
    'libvirt.txt': async (signal) => (await (await cluster()).inspect({ signal })).versions,
    'domain.xml': async (signal) => (await (await cluster()).inspect({ signal })).domainXml ?? '',
    'logs/k3s.log': log('k3s'),
    'logs/cloud-init.log': log('cloud-init'),
    'logs/console.log': log('console'),
    'logs/operations.jsonl': log('operations'),
  };
}

async function textOf(read: Read, signal: AbortSignal): Promise<string> {
  try {
    const late = (): Error => new Error(strings.tookTooLong);
    const value = await withTimeLimit(read, { ms: mostWaitMs, signal, late });
    return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  } catch (thrown) {
    signal.throwIfAborted();
    return JSON.stringify({ error: errorData(asK3sVmError(thrown)) }, null, 2);
  }
}

/** Makes the zip. */
export async function supportBundle(sources: BundleSources): Promise<Uint8Array> {
  const files = await Promise.all(
    Object.entries(contents(sources)).map(
      async ([name, read]) => [name, strToU8(redact(await textOf(read, sources.signal)))] as const,
    ),
  );
  return new Promise((resolve, reject) => {
    zip(Object.fromEntries(files), (error, data) => (error === null ? resolve(data) : reject(error)));
  });
}
