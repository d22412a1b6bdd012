/**
 * The cluster's kubeconfig. It is built from three things that the guest has: CA, client certificate and client key. All
 * else in it is ours, as a kubeconfig can name a program to run (`exec`) or send its reader elsewhere. ~/.kube/config is
 * never touched. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
import { isIP } from 'node:net';
import { parse } from 'yaml';
import { k3sVmError } from '../errors';
import { yaml11 } from '../yaml-1-1';

/** Who may come in, and whom to believe: PEM. */
export interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What it takes to talk to the API. */
export interface ApiAccess extends Credentials {
  readonly server: string;
}

/** K3s' own has 3 KiB; parsing YAML that is larger by much could take minutes. */
const longest = 64 * 1024;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text that cannot be used; its message follows "because". */
class Unusable extends Error {}

function parseDocument(text: string): Fields {
  if (text.length > longest) throw new Unusable('it is too large');
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch {
    throw new Unusable('it is not YAML');
  }
  if (!isFields(document)) throw new Unusable('it is not a kubeconfig');
  return document;
}

/** The object under `key` of the first entry in `list`, e.g. of `clusters` the `cluster`. */
function firstOf(document: Fields, list: string, key: string): Fields {
  const entries = document[list];
  const first: unknown = Array.isArray(entries) ? entries[0] : undefined;
  const fields = isFields(first) ? first[key] : undefined;
  if (!isFields(fields)) throw new Unusable(`it has no ${key}`);
  return fields;
}

const blocks = /-----BEGIN ([A-Z ]+)-----\r?\n[A-Za-z0-9+/=\s]+?-----END \1-----/g;

/** The PEM blocks of a field, without whatever is around them. */
function pem(fields: Fields, field: string, kind: RegExp): Buffer {
  const value = fields[field];
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) throw new Unusable(`${field} is not base64`);
  const found = [...Buffer.from(value, 'base64').toString('latin1').matchAll(blocks)];
  if (found.length === 0 || found.some(([, type = '']) => !kind.test(type))) throw new Unusable(`${field} is not PEM`);
  return Buffer.from(found.map(([block]) => `${block}\n`).join(''));
}

async function credentialsIn(document: Fields): Promise<Credentials> {
  const cluster = firstOf(document, 'clusters', 'cluster');
  const user = firstOf(document, 'users', 'user');
  const ca = pem(cluster, 'certificate-authority-data', /^CERTIFICATE$/);
  const cert = pem(user, 'client-certificate-data', /^CERTIFICATE$/);
  const key = pem(user, 'client-key-data', /^(EC |RSA )?PRIVATE KEY$/);
  const { X509Certificate, createPrivateKey } = await import('node:crypto');
  const check = <T>(what: string, make: () => T): T => {
    try {
      return make();
    } catch {
      throw new Unusable(`${what} cannot be read`);
    }
  };
  check('the certificate of the CA', () => new X509Certificate(ca));
  const certificate = check('the client certificate', () => new X509Certificate(cert));
  const privateKey = check('the client key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) throw new Unusable('its certificate and key do not belong together');
  return { ca, cert, key };
}

/**
 * The credentials in the guest's kubeconfig; everything else in it is left there.
 *
 * @param text /etc/rancher/k3s/k3s.yaml
 * @throws GUEST_KUBECONFIG
 */
export async function guestCredentials(text: string): Promise<Credentials> {
  try {
    return await credentialsIn(parseDocument(text));
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw k3sVmError('GUEST_KUBECONFIG', { why: error.message });
  }
}

/** The API as the host reaches it. @throws INTERNAL when the address is none */
export function serverUrl(address: string, port: number): string {
  const family = isIP(address);
  if (family === 0) throw k3sVmError('INTERNAL', { what: `the address of the VM is ${JSON.stringify(address)}` });
  return `https://${family === 6 ? `[${address}]` : address}:${port}`;
}

/**
 * The text of a kubeconfig.
 *
 * @param name of cluster, user and context, so that files of several projects can be merged
 */
export function kubeconfigText(name: string, { server, ca, cert, key }: ApiAccess): string {
  return yaml11({
    apiVersion: 'v1',
    kind: 'Config',
    // Near the top: bin/kubectl reads up to this line, and a POSIX shell reads byte by byte.
    'current-context': name,
    clusters: [{ name, cluster: { 'certificate-authority-data': ca.toString('base64'), server } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': cert.toString('base64'), 'client-key-data': key.toString('base64') },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    preferences: {},
  });
}

/** A kubeconfig of ours, read back: whose it is, and what is in it. */
export interface OwnKubeconfig {
  readonly name: string;
  readonly access: ApiAccess;
}

/**
 * Reads a kubeconfig that we wrote. People may have chosen a namespace in it; anything else that ours do not have, above
 * all another way to log in, makes it none of ours.
 *
 * @throws KUBECONFIG_REFUSED with what is wrong with it
 */
export async function readOwnKubeconfig(path: string, text: string): Promise<OwnKubeconfig> {
  try {
    const document = parseDocument(text);
    const name = document['current-context'];
    if (typeof name !== 'string' || name === '') throw new Unusable('it has no current context');
    const { server } = only(document, 'clusters', name, 'cluster', ['certificate-authority-data', 'server']);
    only(document, 'users', name, 'user', ['client-certificate-data', 'client-key-data']);
    const context = only(document, 'contexts', name, 'context', ['cluster', 'user', 'namespace']);
    allow(document, ['apiVersion', 'kind', 'current-context', 'clusters', 'users', 'contexts', 'preferences']);
    const { preferences = {} } = document;
    if (!isFields(preferences) || Object.keys(preferences).length > 0) throw new Unusable('it holds "preferences"');
    if (context.cluster !== name || context.user !== name) throw new Unusable('its context leads elsewhere');
    if (typeof server !== 'string' || !/^https:\/\/[\da-f.:[\]]+:\d+$/i.test(server)) {
      throw new Unusable('its server is not an address');
    }
    return { name, access: { server, ...(await credentialsIn(document)) } };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw k3sVmError('KUBECONFIG_REFUSED', { path, why: `k3s-vm did not write it like this (${error.message})` });
  }
}

/** The object of the only entry in a list, which has our name and none but these keys. */
function only(document: Fields, list: string, name: string, key: string, keys: readonly string[]): Fields {
  const entries = document[list];
  if (!Array.isArray(entries) || entries.length !== 1) throw new Unusable(`it has not one entry in "${list}"`);
  const [entry] = entries as [unknown];
  if (!isFields(entry) || entry.name !== name)
    throw new Unusable(`"${list}" has another name than the current context`);
  allow(entry, ['name', key]);
  const fields = firstOf(document, list, key);
  allow(fields, keys);
  return fields;
}

function allow(fields: Fields, keys: readonly string[]): void {
  const other = Object.keys(fields).find((key) => !keys.includes(key));
  if (other !== undefined) throw new Unusable(`it holds ${JSON.stringify(other.slice(0, 40))}`);
}
