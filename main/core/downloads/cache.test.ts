import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../files/lock';
import type { StepProgress } from '../progress';
import { cacheImport } from '../operations/cache-import';
import { cacheList, cachePrune } from './cache-list';
import type { EntryName } from './entry-name';
import { cachedEntry, cachedKeys, ensureEntry, type EntryRequest } from './cache-entries';
import { sha256, sha512, testServer, type TestServer } from '../testing/test-server';

let server: TestServer;
let folder: string;
let cache: string;
let reports: StepProgress[];
beforeEach(async () => {
  server = await testServer();
  server.files.set('/file', 'content');
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-cache-'));
  cache = join(folder, 'cache');
  process.env.K3S_VM_CACHE_DIR = cache;
  reports = [];
});
afterEach(async () => {
  delete process.env.K3S_VM_CACHE_DIR;
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
const context = { signal, report: (progress: StepProgress) => void reports.push(progress) };
const named = (key: string, source = 'https://here.example'): EntryName => ({ key, source });
const messages = (): string => reports.map(({ message }) => message).join('\n');
const wanted = (more: Partial<EntryRequest> = {}): EntryRequest => ({
  key: 'image/test/amd64',
  source: 'https://here.example',
  name: 'file.qcow2',
  what: 'The image',
  url: `${server.url}/file`,
  ...more,
});

/** Makes an entry look as if its process had gone, some days ago. */
function age(path: string, days: number): void {
  const record = join(dirname(path), 'entry.json');
  const blob = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
  const usedAt = new Date(Date.now() - days * 24 * 3_600_000).toISOString();
  writeFileSync(record, JSON.stringify({ ...blob, usedAt, users: [] }));
}

describe('ensureEntry', () => {
  it('downloads once, then needs no network', async () => {
    const entry = await ensureEntry(wanted({ expected: `sha512:${sha512('content')}` }), context);
    expect(readFileSync(entry.path, 'utf8')).toBe('content');
    expect(entry).toMatchObject({ sha256: sha256('content'), bytes: 7 });
    await server.close();
    expect(await ensureEntry(wanted(), context)).toEqual(entry);
    expect(await cachedEntry(named('image/test/amd64'), 'The image', context)).toEqual(entry);
    expect(await cachedEntry(named('image/other/amd64'), 'Another', context)).toBeUndefined();
    expect(server.requests.length).toBe(1);
  });

  it('notices a damaged file, says so and fetches it again', async () => {
    const { path } = await ensureEntry(wanted(), context);
    writeFileSync(path, 'c0ntent');
    expect(readFileSync((await ensureEntry(wanted(), context)).path, 'utf8')).toBe('content');
    expect(messages()).toContain('The image was damaged in the cache');
    writeFileSync(path, 'cut');
    expect(await cachedEntry(named('image/test/amd64'), 'The image', context)).toBeUndefined();
  });

  it('replaces a file when another digest is published', async () => {
    const before = await ensureEntry(wanted(), context);
    server.files.set('/file', 'newer');
    expect(await ensureEntry(wanted(), context)).toEqual(before);
    const after = await ensureEntry(wanted({ expected: `sha256:${sha256('newer')}` }), context);
    expect(after.sha256).toBe(sha256('newer'));
    expect((await cacheList()).map(({ key, state }) => [key, state]).sort()).toEqual([
      ['file.qcow2', 'superseded'],
      ['image/test/amd64', 'ready'],
    ]);
  });

  it('does not keep what its check refuses', async () => {
    const check = (path: string): Promise<void> => Promise.reject(new Error(`not ${readFileSync(path, 'utf8')}`));
    await expect(ensureEntry(wanted({ check }), context)).rejects.toThrow('not content');
    expect(await cacheList()).toEqual([]);
  });

  it('survives a cache whose records are damaged', async () => {
    await ensureEntry(wanted(), context);
    for (const name of readdirSync(join(cache, 'index'))) writeFileSync(join(cache, 'index', name), '{');
    expect(await cachedKeys('', ['https://here.example'])).toEqual([]);
    expect(readFileSync((await ensureEntry(wanted(), context)).path, 'utf8')).toBe('content');
  });

  it('downloads once when processes race', async () => {
    server.intercept = (_request, response) => {
      setTimeout(() => response.writeHead(200, { 'content-length': 7 }).end('content'), 300);
      return true;
    };
    const program = join(folder, 'race.mjs');
    buildSync({
      stdin: {
        contents: `
          import { ensureEntry } from './cache-entries';
          const context = { signal: new AbortController().signal, report() {} };
          const entry = await ensureEntry(JSON.parse(process.argv[2]), context);
          console.log(entry.path);`,
        resolveDir: import.meta.dirname,
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      outfile: program,
      logLevel: 'error',
    });
    const results = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = spawn(process.execPath, [program, JSON.stringify(wanted())], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let said = '';
        child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
        const [status] = (await once(child, 'close')) as [number];
        return { status, said };
      }),
    );
    expect(new Set(results.map(({ said }) => said)).size).toBe(1);
    expect(results.every(({ status }) => status === 0)).toBe(true);
    expect(server.requests).toEqual(['GET /file']);
  });

  it('says that it waits', async () => {
    const first = ensureEntry(wanted(), context);
    const second = ensureEntry(wanted(), context);
    await Promise.all([first, second]);
    expect(messages()).toContain('waiting for the download of another k3s-vm');
    expect(server.requests.length).toBe(1);
  });
});

describe('cachePrune', () => {
  it('leaves what is in use, removes what is old or superseded', async () => {
    const old = await ensureEntry(wanted({ key: 'image/old/amd64' }), context);
    server.files.set('/file', 'newer');
    const current = await ensureEntry(wanted(), context);
    expect((await cachePrune({ all: true })).removed).toEqual([]);
    age(old.path, 31);
    age(current.path, 29);
    const { removed, bytes } = await cachePrune();
    expect(removed.map(({ key }) => key)).toEqual(['image/old/amd64']);
    expect(bytes).toBe(7);
    expect(existsSync(dirname(old.path))).toBe(false);
    expect(await cachedKeys('image/', ['https://here.example'])).toEqual(['image/test/amd64']);
    expect((await cachePrune({ all: true })).removed.map(({ key }) => key)).toEqual(['image/test/amd64']);
    expect(await cacheList()).toEqual([]);
  });

  it('keeps a file that another key still names', async () => {
    const one = await ensureEntry(wanted({ key: 'image/one/amd64' }), context);
    const two = await ensureEntry(wanted({ key: 'image/two/amd64' }), context);
    expect(one.path).toBe(two.path);
    age(one.path, 40);
    const [lockName] = readdirSync(join(cache, 'locks')).filter((name) => name.startsWith('image_one'));
    const info = { operation: 'download', pid: process.pid, since: '' };
    const lock = await acquireLock(join(cache, 'locks', lockName ?? ''), { wait: true, info });
    expect((await cachePrune()).removed.map(({ key }) => key)).toEqual(['image/two/amd64']);
    expect(existsSync(one.path)).toBe(true);
    lock.release();
    await cachePrune();
    expect(existsSync(one.path)).toBe(false);
  });

  it('removes unfinished downloads, but not one that is under way', async () => {
    let finish = (): void => undefined;
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': 7 });
      response.write('con');
      finish = () => response.end('tent');
      return true;
    };
    const running = ensureEntry(wanted(), context);
    await expect
      .poll(async () => (await cacheList()).map(({ state, inUse }) => [state, inUse]))
      .toEqual([['partial', true]]);
    expect((await cachePrune({ all: true })).removed).toEqual([]);
    finish();
    await running;
    mkdirSync(join(cache, 'partial'), { recursive: true });
    writeFileSync(join(cache, 'partial', 'left.part'), 'half');
    writeFileSync(join(cache, 'partial', 'left.part.json'), '{}');
    writeFileSync(join(cache, 'partial', 'left.999999999.import'), 'half');
    expect((await cachePrune()).removed.map(({ state }) => state)).toEqual(['partial', 'partial']);
    expect(readdirSync(join(cache, 'partial'))).toEqual([]);
  });

  it('removes folders that an interrupted process left', async () => {
    mkdirSync(join(cache, 'blobs', sha256('x')), { recursive: true });
    writeFileSync(join(cache, 'blobs', sha256('x'), 'file'), 'x');
    utimesSync(join(cache, 'blobs', sha256('x')), 0, 0);
    expect((await cachePrune()).removed.length).toBe(1);
    expect(await cacheList()).toEqual([]);
  });
});

describe('cacheImport', () => {
  const elf = Buffer.alloc(64);
  elf.writeUInt32BE(0x7f454c46, 0);
  elf.writeUInt16LE(62, 18);
  const zst = Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.from('images')]);
  const raw = Buffer.alloc(1024);
  raw.writeUInt16LE(0xaa55, 510);
  const put = (name: string, content: Buffer | string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };

  it('takes a folder of a release and a guest image', async () => {
    put('in/k3s', elf);
    put('in/install.sh', '#!/bin/sh\n');
    put('in/k3s-airgap-images-amd64.tar.zst', zst);
    put('in/sha256sum-amd64.txt', `${sha256(elf)}  k3s\n${sha256(zst)}  k3s-airgap-images-amd64.tar.zst\n`);
    put('in/debian-12-genericcloud-amd64.qcow2', raw);
    put('in/SHA512SUMS', `${sha512(raw)}  debian-12-genericcloud-amd64.qcow2\n`);
    put('in/notes.txt', 'hello');
    const { imported, ignored } = await cacheImport(join(folder, 'in'), { k3sVersion: '1.36.1-k3s1' }, context);
    expect(imported.map(({ kind, key, verified }) => [kind, key, verified])).toEqual([
      ['digests', 'k3s/v1.36.1+k3s1/amd64/sums', false],
      ['k3s', 'k3s/v1.36.1+k3s1/amd64/k3s', true],
      ['airgap-images', 'k3s/v1.36.1+k3s1/amd64/k3s-airgap-images-amd64.tar.zst', true],
      ['install.sh', 'k3s/v1.36.1+k3s1/install.sh', false],
      ['image', 'image/debian-12/amd64', true],
    ]);
    expect(ignored.map(({ path }) => path.slice(folder.length))).toEqual(['/in/SHA512SUMS', '/in/notes.txt']);
    expect(readdirSync(join(cache, 'partial'))).toEqual([]);
    expect(readFileSync(join(folder, 'in/k3s')).equals(elf)).toBe(true);
  });

  it('tells the version by the folder, or by a digest list it knows', async () => {
    await cacheImport(put('v1.30.0+k3s2/sha256sum-amd64.txt', `${sha256(elf)}  k3s\n`), {}, context);
    const { imported } = await cacheImport(put('downloads/k3s', elf), {}, context);
    expect(imported[0]).toMatchObject({ key: 'k3s/v1.30.0+k3s2/amd64/k3s', verified: true });
    put('downloads/install.sh', '#!/bin/sh\n');
    const all = await cacheImport(join(folder, 'downloads'), {}, context);
    expect(all.imported.map(({ key }) => key)).toContain('k3s/v1.30.0+k3s2/install.sh');
  });

  it.each([
    ['k3s', elf, {}, '--k3s-version'],
    ['k3s', elf, { k3sVersion: 'stable' }, 'not an exact K3s version'],
    ['k3s', 'text', { k3sVersion: 'v1.36.1+k3s1' }, 'not a K3s binary'],
    ['install.sh', '<html>', { k3sVersion: 'v1.36.1+k3s1' }, 'not a shell script'],
    ['k3s-airgap-images-amd64.tar', 'text', { k3sVersion: 'v1.36.1+k3s1' }, 'not a tar archive'],
    ['mine.raw', raw, {}, '--as debian-12'],
    ['mine.raw', raw, { as: 'fedora' }, 'not one of'],
    ['notes.txt', 'text', {}, 'not recognized'],
  ])('says what is missing: %s %#', async (name, content, options, said) => {
    await expect(cacheImport(put(name, content), options, context)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(said) as string,
    });
    expect(await cacheList()).toEqual([]);
  });

  it('takes an image under another name', async () => {
    const path = put('mine.raw', raw);
    const urlOf = 'https://example.org/mine.qcow2';
    expect((await cacheImport(path, { as: 'debian-13', arch: 'arm64' }, context)).imported[0]?.key).toBe(
      'image/debian-13/arm64',
    );
    expect((await cacheImport(path, { as: urlOf }, context)).imported[0]?.key).toBe(`image/${urlOf}`);
  });

  it('refuses a file with another digest than the list beside it, and images that are none', async () => {
    put('a/SHA256SUMS', `${'0'.repeat(64)}  debian-12-genericcloud-amd64.qcow2\n`);
    const wrong = put('a/debian-12-genericcloud-amd64.qcow2', raw);
    await expect(cacheImport(wrong, {}, context)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    const packed = put('b/debian-12-genericcloud-amd64.qcow2.xz', Buffer.from('fd377a585a0000', 'hex'));
    await expect(cacheImport(packed, {}, context)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    await expect(cacheImport(join(folder, 'none'), {}, context)).rejects.toMatchObject({ code: 'USAGE' });
    mkdirSync(join(folder, 'empty'));
    await expect(cacheImport(join(folder, 'empty'), {}, context)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await cacheList()).toEqual([]);
  });
});
