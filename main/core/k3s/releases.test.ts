import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheImport } from '../operations/cache-import';
import { compareVersions, exactVersion } from './release-files';
import { ensureK3s, resolveK3sVersion } from './releases';
import { sha256, useTestCache } from '../testing/test-server';

const version = 'v1.36.1+k3s1';
const elf = Buffer.alloc(64);
elf.writeUInt32BE(0x7f454c46, 0);
elf.writeUInt16LE(62, 18);
const zst = Buffer.from('28b52ffd00', 'hex');
const install = '#!/bin/sh\necho install\n';

const cache = useTestCache();
const config = (wanted = 'stable', airgap = true): Parameters<typeof ensureK3s>[0] => ({
  k3s: { version: wanted, airgap, disable: [], config: {} },
  sources: {
    images: `${cache.server.url}/images`,
    k3sReleases: `${cache.server.url}/releases`,
    k3sChannels: `${cache.server.url}/channels`,
    k3sInstall: `${cache.server.url}/source`,
    k3sVm: '',
  },
});

function publish(
  files: Record<string, Buffer | string> = {
    k3s: elf,
    'k3s-airgap-images-amd64.tar.zst': zst,
    'k3s-airgap-images-amd64.tar.gz': 'gz',
    'k3s-airgap-images-amd64.tar': 'tar',
  },
): void {
  const sums = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name}\n`);
  for (const [name, content] of Object.entries(files)) cache.server.files.set(`/releases/${version}/${name}`, content);
  cache.server.files.set(`/releases/${version}/sha256sum-amd64.txt`, sums.join(''));
  cache.server.files.set(`/source/${version}/install.sh`, install);
  cache.server.files.set(`/source/${version}/install.sh.sha256sum`, `${sha256(install)}  install.sh\n`);
}

const channels = {
  data: [
    { id: 'stable', type: 'channel', name: 'stable', latest: version },
    { id: 'latest', type: 'channel', name: 'latest', latest: 'v1.37.0-rc1+k3s1' },
    { id: 'v1.35', type: 'channel', name: 'v1.35', latest: 'v1.35.8+k3s1' },
    { id: 'v1.9', type: 'channel', name: 'v1.9' },
    null,
  ],
};

describe('versions', () => {
  it.each([
    ['v1.36.1+k3s1', version],
    ['1.36.1+k3s1', version],
    ['v1.36.1-k3s1', version],
    ['v1.36.1%2Bk3s1', version],
    ['v1.37.0-rc1+k3s1', 'v1.37.0-rc1+k3s1'],
    ['v1.36', undefined],
    ['v1.36.4', undefined],
    ['stable', undefined],
  ])('reads %s', (text, expected) => expect(exactVersion(text)).toBe(expected));

  it('orders them', () => {
    const sorted = ['v1.9.0+k3s1', 'v1.36.0-rc2+k3s1', 'v1.36.0+k3s1', 'v1.36.0+k3s2', 'v1.36.10+k3s1'];
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
  });
});

describe('resolveK3sVersion', () => {
  it('passes an exact version on without any network', async () => {
    expect(await resolveK3sVersion(config('1.30.1-k3s1'), cache.context)).toEqual({ version: 'v1.30.1+k3s1' });
    expect(cache.server.requests).toEqual([]);
  });

  it('asks the channel server, and not again at once', async () => {
    cache.server.files.set('/channels', JSON.stringify(channels));
    expect(await resolveK3sVersion(config(), cache.context)).toEqual({ version });
    expect(await resolveK3sVersion(config('v1.35'), cache.context)).toEqual({ version: 'v1.35.8+k3s1' });
    expect(cache.server.requests.length).toBe(1);
  });

  it('names the channels when there is no such one', async () => {
    cache.server.files.set('/channels', JSON.stringify(channels));
    await expect(resolveK3sVersion(config('v1.99'), cache.context)).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      message: expect.stringContaining('stable, latest, v1.35') as string,
    });
  });

  it('uses what it remembers when the server has gone', async () => {
    cache.server.files.set('/channels', JSON.stringify(channels));
    await resolveK3sVersion(config(), cache.context);
    const texts = join(cache.folder, 'cache', 'texts');
    const { readdirSync } = await import('node:fs');
    for (const name of readdirSync(texts)) {
      const record = JSON.parse(readFileSync(join(texts, name), 'utf8')) as object;
      writeFileSync(join(texts, name), JSON.stringify({ ...record, at: '2020-01-01T00:00:00Z' }));
    }
    cache.server.files.set('/channels', '<html>a login portal</html>');
    expect(await resolveK3sVersion(config(), cache.context)).toEqual({ version, offline: true });
    await cache.server.close();
    expect(await resolveK3sVersion(config(), cache.context)).toEqual({ version, offline: true });
    expect(cache.messages.join('\n')).toContain(`using ${version}`);
  });

  it('is an error with neither server nor cache', async () => {
    await cache.server.close();
    await expect(resolveK3sVersion(config(), cache.context)).rejects.toMatchObject({ code: 'OFFLINE' });
  });
});

describe('ensureK3s', () => {
  it('gets the files of a release, checked, once', async () => {
    publish();
    const files = await ensureK3s(config(), version, 'x86_64', cache.context);
    expect(readFileSync(files.binary).equals(elf)).toBe(true);
    expect(readFileSync(files.installScript, 'utf8')).toBe(install);
    expect(basename(files.airgapImages ?? '')).toBe('k3s-airgap-images-amd64.tar.zst');
    expect(files.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(cache.server.requests).toContain('GET /releases/v1.36.1%2Bk3s1/k3s');
    await cache.server.close();
    expect(await ensureK3s(config(), version, 'x86_64', cache.context)).toEqual(files);
    const without = await ensureK3s(config('stable', false), version, 'x86_64', cache.context);
    expect(without.airgapImages).toBeUndefined();
    expect(without.digest).not.toBe(files.digest);
  });

  it('takes the next best tarball of images, or none', async () => {
    publish({ k3s: elf, 'k3s-airgap-images-amd64.tar': 'tar' });
    const files = await ensureK3s(config(), version, 'x86_64', cache.context);
    expect(basename(files.airgapImages ?? '')).toBe('k3s-airgap-images-amd64.tar');
    rmSync(join(cache.folder, 'cache'), { recursive: true });
    publish({ k3s: elf });
    expect((await ensureK3s(config(), version, 'x86_64', cache.context)).airgapImages).toBeUndefined();
  });

  it('knows the names of arm64', async () => {
    publish({ 'k3s-arm64': elf, 'k3s-airgap-images-arm64.tar.zst': zst });
    const sums = cache.server.files.get(`/releases/${version}/sha256sum-amd64.txt`);
    cache.server.files.set(`/releases/${version}/sha256sum-arm64.txt`, sums ?? '');
    expect(basename((await ensureK3s(config(), version, 'aarch64', cache.context)).binary)).toBe('k3s-arm64');
  });

  it('refuses wrong files and pages in their place', async () => {
    publish();
    cache.server.files.set(`/releases/${version}/k3s`, 'altered');
    await expect(ensureK3s(config(), version, 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    publish();
    cache.server.files.set(`/source/${version}/install.sh`, '<html>');
    cache.server.files.set(`/source/${version}/install.sh.sha256sum`, `${sha256('<html>')}  install.sh\n`);
    await expect(ensureK3s(config(), version, 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('other than a shell script') as string,
    });
  });

  it.each(['install.sh', '<html>'])('takes no install script without its published digest (%s)', async (content) => {
    publish();
    cache.server.files.delete(`/source/${version}/install.sh.sha256sum`);
    cache.server.files.set(`/source/${version}/install.sh`, content);
    await expect(ensureK3s(config(), version, 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'DIGEST_UNKNOWN',
      hints: expect.arrayContaining([
        expect.objectContaining({ command: `k3s-vm cache import install.sh --k3s-version ${version}` }),
      ]) as unknown,
    });
    expect(cache.server.requests.filter((request) => request.endsWith('/install.sh'))).toEqual([]);
    const own = join(cache.folder, 'install.sh');
    writeFileSync(own, '#!/bin/sh\n# read and found good\n');
    await cacheImport(own, { k3sVersion: version }, cache.context);
    const files = await ensureK3s(config(), version, 'x86_64', cache.context);
    expect(readFileSync(files.installScript, 'utf8')).toContain('found good');
  });

  it('names a version that was never released', async () => {
    await expect(ensureK3s(config(), 'v9.9.9+k3s1', 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
    });
  });

  it('names the file to import when offline', async () => {
    await cache.server.close();
    await expect(ensureK3s(config(), version, 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'OFFLINE',
      hints: expect.arrayContaining([expect.objectContaining({ command: 'k3s-vm cache import k3s' })]) as unknown,
    });
  });

  it('needs no network after an import, channels included', async () => {
    await cache.server.close();
    const release = join(cache.folder, version);
    mkdirSync(release);
    writeFileSync(join(release, 'k3s'), elf);
    writeFileSync(join(release, 'install.sh'), install);
    writeFileSync(join(release, 'k3s-airgap-images-amd64.tar.zst'), zst);
    await cacheImport(release, {}, cache.context);
    expect(await resolveK3sVersion(config(), cache.context)).toEqual({ version, offline: true });
    expect(await resolveK3sVersion(config('v1.36'), cache.context)).toEqual({ version, offline: true });
    await expect(resolveK3sVersion(config('v1.35'), cache.context)).rejects.toMatchObject({ code: 'OFFLINE' });
    const files = await ensureK3s(config(), version, 'x86_64', cache.context);
    expect(basename(files.airgapImages ?? '')).toBe('k3s-airgap-images-amd64.tar.zst');
  });
});
