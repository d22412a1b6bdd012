/**
 * The project's kubeconfig: K3s' admin file with the address the host reaches it at. ~/.kube/config is never touched.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { k3sVmError } from '../errors';

/** What it takes to talk to the API. */
export interface ApiAccess {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface KubeconfigDocument {
  readonly clusters?: readonly { readonly cluster?: Record<string, string> }[];
  readonly users?: readonly { readonly user?: Record<string, string> }[];
}

function parts(text: string): { cluster: Record<string, string>; user: Record<string, string> } {
  const document = parse(text) as KubeconfigDocument | null;
  const cluster = document?.clusters?.[0]?.cluster;
  const user = document?.users?.[0]?.user;
  if (cluster?.server === undefined || user === undefined) {
    throw k3sVmError('INTERNAL', { what: 'the kubeconfig has no cluster or no user' });
  }
  return { cluster, user };
}

/**
 * Turns the guest's kubeconfig into the host's.
 *
 * @param text /etc/rancher/k3s/k3s.yaml
 * @param name of cluster, user and context, so that files of several projects can be merged
 */
export function hostKubeconfig(text: string, name: string, address: string, port: number): string {
  const { cluster, user } = parts(text);
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // Near the top: bin/kubectl reads up to this line, and a POSIX shell reads byte by byte.
    'current-context': name,
    clusters: [{ name, cluster: { ...cluster, server: `https://${address}:${port}` } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    preferences: {},
  });
}

/** Writes a kubeconfig with mode 0600 by rename, so that no reader ever sees half a file. */
export async function writeKubeconfig(path: string, text: string): Promise<void> {
  const dir = dirname(path);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Reads the project's kubeconfig; undefined when there is none (or none that can be used). */
export async function readKubeconfig(path: string): Promise<ApiAccess | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { cluster, user } = parts(text);
    const decode = (value: string | undefined): Buffer => Buffer.from(value ?? '', 'base64');
    return {
      server: cluster.server ?? '',
      ca: decode(cluster['certificate-authority-data']),
      cert: decode(user['client-certificate-data']),
      key: decode(user['client-key-data']),
    };
  } catch {
    return undefined;
  }
}
