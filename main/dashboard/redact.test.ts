import { describe, expect, it } from 'vitest';
import { redact } from './redact';

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
