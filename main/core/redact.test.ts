import { describe, expect, it } from 'vitest';
import { redact, withoutSecrets } from './redact';

describe('redact takes out', () => {
  it.each([
    [
      'private keys',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----',
      'b3BlbnNzaC1r',
    ],
    ['a key that is cut off', 'x\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQ', 'MHcCAQ'],
    ["a kubeconfig's keys", '    client-key-data: LS0tLS1CRUdJTg==', 'LS0tLS1CRUdJTg=='],
    ["K3s' token", 'token K10aabbccddeeff00112233::server:5ecret', '5ecret'],
    ['tokens of service accounts', 'eyJhbGciOiJSUzI1.eyJpc3MiOiJrdWJl.c2lnbmF0dXJl', 'c2lnbmF0dXJl'],
    ['headers', 'Authorization: Basic YWRhOnBhc3M=', 'YWRhOnBhc3M='],
    ['YAML', 'agent-token: hunter2', 'hunter2'],
    ['YAML in quotes', "token: 'hunter2 and more'", 'hunter2'],
    ['JSON', '{"datastore-password": "hunter2"}', 'hunter2'],
    ['JSON within JSON', '{"config":"{\\"token\\":\\"hunter2\\"}"}', 'hunter2'],
    ['variables', 'K3S_TOKEN=hunter2 K3S_URL=https://k', 'hunter2'],
    ['flags', 'k3s server --token hunter2 --debug', 'hunter2'],
    ['passwords in URLs', 'https://ada:hunter2@mirror.example/v2', 'hunter2'],
  ])('%s', (_what, text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('removed]');
  });

  it.each([
    'cpus: 2\nmemory: 4GiB',
    'level=info msg="Node token is available at /var/lib/rancher/k3s/server/token"',
    'https://192.168.122.57:6443/readyz',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ])('nothing of: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['token', 'hunter2'],
    ['token', 12_345_678],
    ['agent-token', 'hunter2\nand more'],
    ['etcd-s3-access-key', 'hunter2'],
    ['etcd-s3-secret-key', 'hunter2'],
    ['etcd-s3-session-token', 'hunter2'],
    ['etcd-s3-proxy', 'http://ada:hunter2@proxy:3128'],
    ['datastore-endpoint', 'postgres://ada:hunter2@db:5432/k3s?sslmode=require'],
    ['datastore-endpoint', 'mysql://ada:hun@ter2/@tcp(db:3306)/k3s'],
    ['datastore-endpoint', 'ada:hunter2@tcp(db)/k3s'],
    ['datastore-endpoint', 'postgres://db/k3s?user=ada&password=hunter2'],
    ['datastore-endpoint', 'nats://db:4222?bucket=k3s&secret=hunter2'],
    ['vpn-auth', 'name=tailscale,joinKey=hunter2'],
    ['kube-apiserver-arg', ['v=2', 'oidc-client-secret=hunter2']],
    ['my-secret', { of: ['hunter2'], user: 'hunter2' }],
    ['registry', { auth: { username: 'ada', password: 'hunter2' } }],
  ])('masks %s: %j', (name, value) => {
    const shown = JSON.stringify(withoutSecrets({ [name]: value }));
    expect(shown).not.toMatch(/hunter2|hun@|ter2|12345678/);
    expect(shown).toMatch(/masked|removed/);
  });

  it('leaves alone what is no secret', () => {
    const settings = {
      'token-file': '/run/token',
      'datastore-keyfile': '/k.pem',
      'datastore-endpoint': 'http://etcd:2379',
      'secrets-encryption': true,
      'tls-san': ['a', 'b'],
      'cluster-cidr': '10.52.0.0/16',
      nothing: null,
    };
    expect(withoutSecrets(settings)).toEqual(settings);
  });
});
