import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheImport } from '../operations/cache-import';
import { cacheList } from './cache-list';
import { inspectImage } from './image-file';
import { ensureGuestImage } from './guest-image';
import { sha256, sha512, useTestCache } from '../testing/test-server';

/** A qcow2 header, as version 3 has it, and room for its tables. */
function qcow2(change: (head: Buffer) => unknown = () => undefined): Buffer {
  const image = Buffer.alloc(4096);
  image.writeUInt32BE(0x514649fb, 0);
  image.writeUInt32BE(3, 4);
  image.writeBigUInt64BE(2n * 1024n ** 3n, 24);
  image.writeUInt32BE(4, 36);
  image.writeBigUInt64BE(1024n, 40);
  change(image);
  return image;
}
const raw = Buffer.alloc(1024 * 512);
raw.writeUInt16LE(0xaa55, 510);

const cache = useTestCache();
const config = (image = 'debian-12', imageDigest: string | null = null): Parameters<typeof ensureGuestImage>[0] => ({
  project: cache.folder,
  image,
  imageDigest,
  sources: { images: `${cache.server.url}/cloud`, k3sReleases: '', k3sChannels: '', k3sInstall: '', k3sVm: '' },
});

const debian = '/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2';
function publish(content: Buffer): void {
  cache.server.files.set(debian, content);
  cache.server.files.set(
    '/cloud/bookworm/latest/SHA512SUMS',
    `${sha512(content)}  debian-12-genericcloud-amd64.qcow2\n`,
  );
}

describe('debian-12', () => {
  it('is fetched, checked and kept', async () => {
    publish(qcow2());
    const image = await ensureGuestImage(config(), 'x86_64', cache.context);
    expect(image).toMatchObject({
      format: 'qcow2',
      virtualBytes: 2 * 1024 ** 3,
      name: 'debian-12',
      digest: `sha256:${sha256(qcow2())}`,
    });
    expect(readFileSync(image.path).equals(qcow2())).toBe(true);
    expect(await ensureGuestImage(config(), 'x86_64', cache.context)).toEqual(image);
    expect(cache.server.requests.filter((request) => request.endsWith('.qcow2')).length).toBe(1);
    await cache.server.close();
    expect(await ensureGuestImage(config(), 'x86_64', cache.context)).toEqual(image);
    expect(cache.messages.join('\n')).toContain('does not answer: using the image debian-12 from the cache');
  });

  it('is fetched again when a newer one is published, and the old one does while that fails', async () => {
    publish(qcow2());
    const before = await ensureGuestImage(config(), 'x86_64', cache.context);
    publish(qcow2((head) => head.writeUInt8(1, 4000)));
    cache.server.files.delete(debian);
    expect(await ensureGuestImage(config(), 'x86_64', cache.context)).toEqual(before);
    publish(qcow2((head) => head.writeUInt8(1, 4000)));
    expect((await ensureGuestImage(config(), 'x86_64', cache.context)).digest).not.toBe(before.digest);
  });

  it('asks nobody when its digest is configured and it is here', async () => {
    publish(qcow2());
    await ensureGuestImage(config(), 'x86_64', cache.context);
    cache.server.requests.length = 0;
    await ensureGuestImage(config('debian-12', `sha512:${sha512(qcow2())}`), 'x86_64', cache.context);
    expect(cache.server.requests).toEqual([]);
    const other = config('debian-12', `sha256:${'0'.repeat(64)}`);
    await expect(ensureGuestImage(other, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('is not used without its published digest', async () => {
    publish(qcow2());
    cache.server.files.set('/cloud/bookworm/latest/SHA512SUMS', '<html>a login portal</html>');
    await expect(ensureGuestImage(config(), 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
    });
    expect(await cacheList()).toEqual([]);
  });

  it('names the file to import when offline, and does with the imported one', async () => {
    await cache.server.close();
    await expect(ensureGuestImage(config(), 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'OFFLINE',
      message: expect.stringContaining(debian) as string,
      hints: expect.arrayContaining([
        expect.objectContaining({ command: 'k3s-vm cache import debian-12-genericcloud-amd64.qcow2' }),
      ]) as unknown,
    });
    const path = join(cache.folder, 'debian-12-genericcloud-amd64-20250316-2053.qcow2');
    writeFileSync(path, qcow2());
    await cacheImport(path, {}, cache.context);
    expect((await ensureGuestImage(config(), 'x86_64', cache.context)).virtualBytes).toBe(2 * 1024 ** 3);
  });

  it('is another file for arm64 and another release for debian-13', async () => {
    const path = '/cloud/trixie/latest/debian-13-genericcloud-arm64.qcow2';
    cache.server.files.set(path, qcow2());
    cache.server.files.set(
      '/cloud/trixie/latest/SHA512SUMS',
      `${sha512(qcow2())}  debian-13-genericcloud-arm64.qcow2\n`,
    );
    await ensureGuestImage(config('debian-13'), 'aarch64', cache.context);
    expect(cache.server.requests).toContain(`GET ${path}`);
  });
});

describe('an image by URL', () => {
  it('is checked against a list beside it', async () => {
    cache.server.files.set('/my%20images/a.raw'.replace('%20', ' '), raw);
    cache.server.files.set('/my images/SHA256SUMS', `${sha256(raw)} *a.raw\n`);
    const image = await ensureGuestImage(config(`${cache.server.url}/my%20images/a.raw`), 'x86_64', cache.context);
    expect(image).toMatchObject({ format: 'raw', virtualBytes: raw.length });
    cache.server.files.set('/my images/SHA256SUMS', `${'0'.repeat(64)} *a.raw\n`);
    await expect(
      ensureGuestImage(config(`${cache.server.url}/my%20images/a.raw`), 'x86_64', cache.context),
    ).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it('is used with a warning when nothing tells its digest', async () => {
    cache.server.files.set('/a.raw', raw);
    await ensureGuestImage(config(`${cache.server.url}/a.raw`), 'x86_64', cache.context);
    expect(cache.messages.join('\n')).toContain(`was not verified; set imageDigest to sha256:${sha256(raw)}`);
  });

  it('is refused when it is compressed or a page, and not kept', async () => {
    await expect(
      ensureGuestImage(config(`${cache.server.url}/a.qcow2.xz`), 'x86_64', cache.context),
    ).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    });
    cache.server.files.set('/a.raw', '<html>a login portal</html>');
    await expect(ensureGuestImage(config(`${cache.server.url}/a.raw`), 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    });
    expect(await cacheList()).toEqual([]);
  });
});

describe('an image of the user', () => {
  it('is used where it is', async () => {
    writeFileSync(join(cache.folder, 'my.raw'), raw);
    const image = await ensureGuestImage(config('./my.raw'), 'x86_64', cache.context);
    expect(image).toEqual({
      path: join(cache.folder, 'my.raw'),
      digest: `sha256:${sha256(raw)}`,
      format: 'raw',
      virtualBytes: raw.length,
      name: './my.raw',
    });
    expect((await ensureGuestImage(config('./my.raw', `sha512:${sha512(raw)}`), 'x86_64', cache.context)).digest).toBe(
      image.digest,
    );
    const wrong = config('./my.raw', `sha512:${'0'.repeat(128)}`);
    await expect(ensureGuestImage(wrong, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(ensureGuestImage(config('./none.raw'), 'x86_64', cache.context)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    });
    expect(await cacheList()).toEqual([]);
  });
});

describe('inspectImage', () => {
  it.each([
    ['a backing file', qcow2((head) => head.writeBigUInt64BE(512n, 8)), 'backing file'],
    ['encryption', qcow2((head) => head.writeUInt32BE(1, 32)), 'encrypted'],
    ['the corrupt flag', qcow2((head) => head.writeBigUInt64BE(2n, 72)), 'corrupt'],
    ['an external data file', qcow2((head) => head.writeBigUInt64BE(4n, 72)), 'another file'],
    ['version 1', qcow2((head) => head.writeUInt32BE(1, 4)), 'version 1'],
    ['a missing end', qcow2().subarray(0, 1030), 'cut short'],
    ['half a header', qcow2().subarray(0, 60), 'within its header'],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), 'xz'],
    ['half a sector', raw.subarray(0, 1000), 'whole number of sectors'],
    ['nothing', Buffer.alloc(0), 'neither qcow2 nor'],
    ['a text', Buffer.from('hello'), 'neither qcow2 nor'],
  ])('refuses %s', async (_what, content, why) => {
    const path = join(cache.folder, 'image');
    writeFileSync(path, content);
    await expect(inspectImage(path)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining(why) as string,
    });
  });

  it.skipIf(spawnSync('qemu-img', ['--version']).error !== undefined).each(['compat=0.10', 'compat=1.1'])(
    'reads what qemu-img makes (%s)',
    async (compat) => {
      const path = join(cache.folder, 'made.qcow2');
      spawnSync('qemu-img', ['create', '-f', 'qcow2', '-o', compat, path, '3G']);
      expect(await inspectImage(path)).toEqual({ format: 'qcow2', virtualBytes: 3 * 1024 ** 3 });
      spawnSync('qemu-img', ['create', '-f', 'qcow2', '-b', path, '-F', 'qcow2', join(cache.folder, 'over.qcow2')]);
      await expect(inspectImage(join(cache.folder, 'over.qcow2'))).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    },
  );
});
