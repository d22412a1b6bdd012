import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ca, clientCertificate, clientKey, guestKubeconfig, otherKey } from '../testing/credentials';
import { seeded, type Random } from '../testing/random';
import { guestCredentials, kubeconfigText, readOwnKubeconfig, serverUrl } from './kubeconfig';

type Tree = Record<string, never>;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The guest's kubeconfig with something changed. */
const guest = (change: (cluster: Tree, user: Tree, document: Tree) => void): string => {
  const document = parse(guestKubeconfig) as { clusters: [{ cluster: Tree }]; users: [{ user: Tree }] };
  change(document.clusters[0].cluster, document.users[0].user, document as never);
  return stringify(document);
};
const put = (fields: Tree, more: object): void => void Object.assign(fields, more);

const ours = async (): Promise<string> =>
  kubeconfigText('k3s-a', { server: serverUrl('192.168.122.9', 6443), ...(await guestCredentials(guestKubeconfig)) });

/** Everything in a kubeconfig that can start a program, send its reader elsewhere, or let it believe anybody. */
const planted = {
  user: [
    { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/tmp/x', interactiveMode: 'Never' } },
    { 'auth-provider': { name: 'gcp', config: { 'cmd-path': '/tmp/x' } } },
    { token: 'abc' },
    { tokenFile: '/etc/shadow' },
    { username: 'a', password: 'b' },
    { as: 'root' },
    { 'client-certificate': '/etc/passwd', 'client-key': '/etc/shadow' },
    { extensions: [{ name: 'x', extension: {} }] },
  ],
  cluster: [
    { 'proxy-url': 'http://evil' },
    { 'insecure-skip-tls-verify': true },
    { 'tls-server-name': 'evil' },
    { 'certificate-authority': '/etc/ssl/evil.pem' },
    { 'disable-compression': true },
  ],
} as const;
const plantedKeys = [...planted.user, ...planted.cluster].flatMap(Object.keys).filter((key) => key !== 'as');

describe('what is taken from the guest', () => {
  it('is read by kubectl, which reads YAML 1.1, whatever the VM is called', async () => {
    for (const name of ['on', 'no', 'y', '1e3', '0x1f-a']) {
      const text = kubeconfigText(name, {
        server: 'https://127.0.0.1:6443',
        ...(await guestCredentials(guestKubeconfig)),
      });
      expect(parse(text, { version: '1.1' })).toMatchObject({ 'current-context': name, contexts: [{ name }] });
    }
  });

  it('is CA, certificate and key; address and names are ours', async () => {
    const text = await ours();
    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'k3s-a',
      clusters: [
        {
          name: 'k3s-a',
          cluster: { server: 'https://192.168.122.9:6443', 'certificate-authority-data': base64(ca) },
        },
      ],
      users: [
        {
          name: 'k3s-a',
          user: {
            'client-certificate-data': base64(clientCertificate + ca),
            'client-key-data': base64(clientKey),
          },
        },
      ],
      contexts: [{ name: 'k3s-a', context: { cluster: 'k3s-a', user: 'k3s-a' } }],
      preferences: {},
    });
    // bin/kubectl reads byte by byte up to here
    expect(text.indexOf('current-context')).toBeLessThan(60);
  });

  it('is never anything that starts a program or leads elsewhere', async () => {
    for (const more of planted.user) {
      const text = guest((_, user) => put(user, more));
      expect(kubeconfigText('a', { server: 'https://1:1', ...(await guestCredentials(text)) })).not.toMatch(
        new RegExp(plantedKeys.map((key) => `\\b${key}:`).join('|')),
      );
    }
    for (const more of planted.cluster) {
      const { ca: taken } = await guestCredentials(guest((cluster) => put(cluster, more)));
      expect(taken.toString()).toBe(ca);
    }
  });

  const unusable: [string, string][] = [
    ['nothing', ''],
    ['no YAML', '{'],
    ['a list', '[]'],
    ['two documents', `${guestKubeconfig}---\n${guestKubeconfig}`],
    ['no user', guest((_, __, document) => put(document, { users: [] }))],
    ['a user that is a text', guest((_, __, document) => put(document, { users: [{ user: 'x' }] }))],
    ['a cyclic alias', 'clusters: &a [{ cluster: *a }]\nusers: *a\n'],
    ['something huge', `x: ${'y'.repeat(1 << 20)}`],
    ['paths instead of data', guest((cluster) => put(cluster, { 'certificate-authority-data': '/etc/passwd' }))],
    ['a number', guest((cluster) => put(cluster, { 'certificate-authority-data': 5 }))],
    ['no PEM', guest((cluster) => put(cluster, { 'certificate-authority-data': base64('hello') }))],
    ['a key as the CA', guest((cluster) => put(cluster, { 'certificate-authority-data': base64(clientKey) }))],
    ['a certificate as the key', guest((_, user) => put(user, { 'client-key-data': base64(clientCertificate) }))],
    ['another key', guest((_, user) => put(user, { 'client-key-data': base64(otherKey) }))],
    [
      'a broken certificate',
      guest((cluster) => put(cluster, { 'certificate-authority-data': base64(ca.replace('M', 'N')) })),
    ],
  ];
  it.each(unusable)('cannot be taken from %s', async (_, text) => {
    await expect(guestCredentials(text)).rejects.toMatchObject({ code: 'GUEST_KUBECONFIG', exitStatus: 13 });
  });

  it('is PEM blocks without what stands around them', async () => {
    const text = guest((cluster) => put(cluster, { 'certificate-authority-data': base64(`x: y\n${ca}\n# trailing`) }));
    expect((await guestCredentials(text)).ca.toString()).toBe(ca);
  });

  it('is usable or refused, and nothing else, whatever a guest sends', async () => {
    const random = seeded(7);
    for (let i = 0; i < 300; i++) {
      const text = mutate(guestKubeconfig, random);
      const taken = await guestCredentials(text).catch((error: unknown) => error);
      if (taken instanceof Error) expect(taken).toMatchObject({ code: 'GUEST_KUBECONFIG' });
      else expect(() => new X509Certificate((taken as { cert: Buffer }).cert)).not.toThrow();
    }
  });
});

/** A text with a few pieces cut out, doubled, or replaced by what YAML gives a meaning. */
function mutate(text: string, { int, pick }: Random): string {
  let changed = text;
  for (let i = int(4); i >= 0; i--) {
    const [at, length] = [int(changed.length), int(200)];
    const piece = pick([
      '',
      '&a ',
      '*a',
      '{',
      '- ',
      '\t',
      '\0',
      '!!js/function x',
      changed.slice(at, at + length),
      '"',
    ]);
    changed = changed.slice(0, at) + piece + changed.slice(at + length);
  }
  return changed;
}

describe('what we read back', () => {
  it('is what we wrote, also with a namespace that somebody chose', async () => {
    const text = await ours();
    const own = await readOwnKubeconfig('/p', text);
    expect(own).toMatchObject({ name: 'k3s-a', access: { server: 'https://192.168.122.9:6443' } });
    const withNamespace = parse(text) as { contexts: [{ context: Tree }] };
    put(withNamespace.contexts[0].context, { namespace: 'shop' });
    expect(await readOwnKubeconfig('/p', stringify(withNamespace))).toEqual(own);
  });

  it('is refused when it holds any other way to log in, or anything else that is not ours', async () => {
    const text = await ours();
    type Ours = {
      clusters: { name: string; cluster: Tree }[];
      users: { name: string; user: Tree }[];
      contexts: { context: Tree }[];
    };
    const changed = (change: (document: Ours) => void): string => {
      const document = parse(text) as Ours;
      change(document);
      return stringify(document);
    };
    const foreign = [
      ...planted.user.map((more) => changed(({ users }) => put(users[0]?.user ?? {}, more))),
      ...planted.cluster.map((more) => changed(({ clusters }) => put(clusters[0]?.cluster ?? {}, more))),
      changed((document) => document.users.push({ name: 'b', user: {} })),
      changed((document) => document.clusters.push({ name: 'b', cluster: {} })),
      changed((document) => document.contexts.push({ context: {} })),
      changed((document) => put(document as never, { extensions: [] })),
      changed((document) => put(document as never, { preferences: { colors: true } })),
      changed((document) => put(document as never, { 'current-context': 'b' })),
      changed(({ clusters }) => put(clusters[0]?.cluster ?? {}, { server: 'https://evil.example:6443' })),
      changed(({ clusters }) => put(clusters[0]?.cluster ?? {}, { server: 'http://192.168.122.9:6443' })),
      changed(({ contexts }) => put(contexts[0]?.context ?? {}, { user: 'b' })),
      'current-context: k3s-a\n',
    ];
    for (const other of foreign) {
      await expect(readOwnKubeconfig('/p/.kube/config', other), other).rejects.toMatchObject({
        code: 'KUBECONFIG_REFUSED',
        message: expect.stringContaining('/p/.kube/config'),
        hints: [expect.objectContaining({ command: 'k3s-vm kubeconfig --refresh' })],
      });
    }
  });
});

describe('the server', () => {
  it('is an address and nothing else', () => {
    expect(serverUrl('fd00::2', 6443)).toBe('https://[fd00::2]:6443');
    for (const address of ['evil.example', '-oProxyCommand=x', '', '1.2.3.4/x', '1.2.3.4@evil']) {
      expect(() => serverUrl(address, 1), address).toThrow(/address/);
    }
  });
});
