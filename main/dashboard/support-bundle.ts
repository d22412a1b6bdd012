/**
 * Everything a maintainer asks for, in one zip without secrets.
 */
import { strToU8, zipSync } from 'fflate';
import { arch, release, version as kernel } from 'node:os';
import type { Cluster } from '../core/cluster';
import type { LoadedConfig } from '../core/config/load';
import { asK3sVmError, errorData } from '../core/errors';
import { settingEntries } from './settings';

const linesOfLog = 2000;

const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '[private key removed]'],
  [/((?:certificate|client-key|client-certificate|certificate-authority)-data:\s*)\S+/g, '$1[removed]'],
  // K3s' own tokens: K10<ca hash>::user:password
  [/\bK10[0-9a-f]{16,}(?:::\S+)?/g, '[token removed]'],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[token removed]'],
  [/(authorization:\s*(?:bearer|basic)\s+)\S+/gi, '$1[removed]'],
  [/(["']?[\w-]*(?:token|password|passwd|secret|api[_-]?key)["']?\s*[:=]\s*)(["']?)[^\s"',}]+\2/gi, '$1$2[removed]$2'],
  [/(\w+:\/\/[^\s:/@]+:)[^\s@/]+@/g, '$1[removed]@'],
];

/** Takes out what nobody else may see. */
export const redact = (text: string): string =>
  secrets.reduce((result, [pattern, instead]) => result.replace(pattern, instead), text);

export interface BundleSources {
  readonly version: string;
  readonly cluster: Cluster | undefined;
  readonly loaded: () => Promise<LoadedConfig>;
  readonly doctor: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** What cannot be had is told in its place. */
async function orError(read: () => Promise<unknown>): Promise<string> {
  try {
    const value = await read();
    return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  } catch (thrown) {
    return JSON.stringify({ error: errorData(asK3sVmError(thrown)) }, null, 2);
  }
}

async function logTail(cluster: Cluster, source: 'k3s' | 'cloud-init' | 'console' | 'operations', signal: AbortSignal) {
  const lines: string[] = [];
  for await (const line of cluster.logs({ source, follow: false, lines: linesOfLog, signal })) lines.push(line);
  return lines.slice(-linesOfLog).join('\n');
}

/** Makes the zip. */
export async function supportBundle(sources: BundleSources): Promise<Uint8Array> {
  const { cluster, signal } = sources;
  const files: Record<string, () => Promise<unknown>> = {
    'versions.json': () =>
      Promise.resolve({
        'k3s-vm': sources.version,
        node: process.version,
        kernel: `${kernel()} ${release()}`,
        arch: arch(),
      }),
    'settings.json': async () => settingEntries(await sources.loaded()),
    'doctor.json': sources.doctor,
  };
  if (cluster !== undefined) {
    files['status.json'] = () => cluster.status({ signal });
    for (const source of ['k3s', 'cloud-init', 'console', 'operations'] as const) {
      files[`logs/${source}.log`] = () =>
        logTail(cluster, source, AbortSignal.any([signal, AbortSignal.timeout(20_000)]));
    }
  }
  const entries = await Promise.all(
    Object.entries(files).map(async ([name, read]) => [name, strToU8(redact(await orError(read)))] as const),
  );
  return zipSync(Object.fromEntries(entries));
}
