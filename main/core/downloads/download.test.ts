import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StepProgress } from '../progress';
import { download, type DownloadTuning } from './download';
import { seeded } from '../testing/random';
import { sha256, sha512, testServer, type TestServer } from '../testing/test-server';

const content = randomBytes(300_000);
const fast: DownloadTuning = { backOffMs: 1, retries: 3, stallMs: 10_000 };

let server: TestServer;
let folder: string;
let target: string;
let url: string;
let reports: StepProgress[];
let controller: AbortController;
beforeEach(async () => {
  server = await testServer();
  server.files.set('/file', content);
  url = `${server.url}/file`;
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-download-'));
  target = join(folder, 'deep', 'file');
  reports = [];
  controller = new AbortController();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const fetchIt = (expected?: string, tuning = fast, from = url): ReturnType<typeof download> =>
  download(
    { url: from, target, what: 'the file', expected },
    { signal: controller.signal, report: (progress) => reports.push(progress) },
    tuning,
  );

/** The server sends only so many bytes, then breaks the connection. */
const cutAfter = (bytes: number, times = 1): void => {
  let left = times;
  server.intercept = (request, response) => {
    if (left-- <= 0) return false;
    const [, from = '0'] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from);
    response.writeHead(start > 0 ? 206 : 200, {
      etag: `"${sha256(content).slice(0, 16)}"`,
      'content-length': content.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    // What the client has not read when the connection breaks is lost
    response.write(content.subarray(start, start + bytes), () => setTimeout(() => response.socket?.end(), 150));
    return true;
  };
};

/** Leaves a part behind, as a killed process does. */
async function leavePart(): Promise<void> {
  cutAfter(100_000, 1);
  await expect(fetchIt(undefined, { ...fast, retries: 0 })).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  server.intercept = undefined;
  server.requests.length = 0;
  // A connection that is reset may lose what was under way, so how much arrived is set, not expected.
  expect(readFileSync(`${target}.part`).length).toBeGreaterThan(0);
  writeFileSync(`${target}.part`, content.subarray(0, 100_000));
}

describe('download', () => {
  it('gets a file with its digests and reports its progress', async () => {
    const result = await fetchIt(`sha512:${sha512(content)}`);
    expect(result).toEqual({ bytes: content.length, sha256: sha256(content), sha512: sha512(content) });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(existsSync(`${target}.part`)).toBe(false);
    expect(existsSync(`${target}.part.json`)).toBe(false);
    expect(reports.at(-1)).toMatchObject({ percent: 100, bytes: { done: content.length, total: content.length } });
  });

  it('goes on after the connection was lost, several times', async () => {
    cutAfter(60_000, 3);
    const result = await fetchIt();
    expect(result.sha256).toBe(sha256(content));
    expect(server.requests.length).toBe(4);
    expect(server.requests.slice(1).every((request) => /bytes=\d+-$/.test(request))).toBe(true);
  });

  it('goes on in a later call', async () => {
    await leavePart();
    const result = await fetchIt(`sha256:${sha256(content)}`);
    expect(result.sha256).toBe(sha256(content));
    expect(server.requests).toEqual(['GET /file bytes=99999-']);
  });

  it('goes on without a validator when the digest is known', async () => {
    server.etags = false;
    const expected = `sha256:${sha256(content)}`;
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 20));
      return true;
    };
    await expect(fetchIt(expected, { ...fast, retries: 0 })).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    server.intercept = undefined;
    await fetchIt(expected);
    expect(server.requests.at(-1)).toBe('GET /file bytes=49999-');
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it('finishes a part that is complete', async () => {
    await leavePart();
    writeFileSync(`${target}.part`, content);
    expect((await fetchIt()).sha256).toBe(sha256(content));
    expect(server.requests).toEqual([`GET /file bytes=${content.length - 1}-`]);
  });

  it('starts over when the file has changed', async () => {
    await leavePart();
    const newer = randomBytes(200_000);
    server.files.set('/file', newer);
    expect((await fetchIt()).sha256).toBe(sha256(newer));
    expect(readFileSync(target).equals(newer)).toBe(true);
  });

  it('starts over when the server knows no ranges', async () => {
    await leavePart();
    server.ranges = false;
    expect((await fetchIt()).sha256).toBe(sha256(content));
  });

  it('starts over when the part is longer than the file', async () => {
    await leavePart();
    server.intercept = (request, response) =>
      request.headers.range !== undefined && (response.writeHead(416).end(), true);
    expect((await fetchIt()).sha256).toBe(sha256(content));
  });

  it('starts over once when the part was damaged', async () => {
    await leavePart();
    writeFileSync(`${target}.part`, randomBytes(100_000));
    expect((await fetchIt(`sha256:${sha256(content)}`)).sha256).toBe(sha256(content));
    expect(server.requests).toEqual(['GET /file bytes=99999-', 'GET /file']);
  });

  it('throws a file with the wrong digest away', async () => {
    const expected = `sha256:${'0'.repeat(64)}`;
    await expect(fetchIt(expected)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringContaining(sha256(content)) as string,
    });
    expect(existsSync(target) || existsSync(`${target}.part`)).toBe(false);
  });

  it('gives up a connection that went silent, and keeps what it got', async () => {
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length, etag: '"x"' });
      response.write(content.subarray(0, 1000));
      return true;
    };
    await expect(fetchIt(undefined, { ...fast, retries: 0, stallMs: 100 })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('less than 32 KiB arrived within') as string,
    });
    expect(readFileSync(`${target}.part`).length).toBe(1000);
  });

  it.each([true, false])(
    'gives up a server that drops every connection after one byte (ranges: %s)',
    async (ranges) => {
      cutAfter(1, Infinity);
      if (!ranges) server.etags = false;
      await expect(fetchIt()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
      expect(server.requests.length).toBe(4);
    },
  );

  it('gives up a server that drops every connection half-way and lets nothing be resumed', async () => {
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 150_000), () => setTimeout(() => response.socket?.end(), 150));
      return true;
    };
    await expect(fetchIt(undefined, { ...fast, progressBytes: 100_000 })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
    });
    expect(server.requests.length).toBe(4);
  });

  it('goes on for as long as connections bring the file further', async () => {
    cutAfter(40_000, Infinity);
    const result = await fetchIt(undefined, { ...fast, retries: 1, progressBytes: 10_000 });
    expect(result.sha256).toBe(sha256(content));
    expect(server.requests.length).toBe(8);
  });

  it('asks a bounded number of times, wherever connections break', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seeded(seed);
      server.requests.length = 0;
      rmSync(join(folder, 'deep'), { recursive: true, force: true });
      server.intercept = (request, response) => {
        const start = random.int(4) === 0 ? 0 : Number(/(\d+)-$/.exec(request.headers.range ?? '0-')?.[1]);
        response.writeHead(start > 0 ? 206 : 200, {
          'content-length': content.length - start,
          etag: '"same"',
          ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
        });
        const piece = content.subarray(start, start + 1 + random.int(random.pick([2, 2000, 60_000])));
        response.write(piece, () => response.socket?.end());
        return true;
      };
      const ended = await fetchIt(undefined, { ...fast, progressBytes: 20_000 }).catch((error: unknown) => error);
      // Each run of `retries` may end with one connection that brought the file `progressBytes` further
      const most = (fast.retries ?? 0) * (content.length / 20_000 + 1) + 1;
      expect(server.requests.length, `seed ${seed}`).toBeLessThanOrEqual(most);
      if (ended instanceof Error) expect(ended).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    }
  });

  it('gives up a server that sends a byte now and then', async () => {
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    await expect(fetchIt(undefined, { ...fast, retries: 0, stallMs: 200 })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('less than') as string,
    });
  });

  it('takes plain http from elsewhere only with a digest', async () => {
    const from = 'http://mirror.invalid/file';
    await expect(fetchIt(undefined, fast, from)).rejects.toMatchObject({ code: 'INSECURE_SOURCE' });
    vi.stubEnv('http_proxy', server.url);
    server.intercept = (_request, response) => (response.end(content), true);
    expect((await fetchIt(`sha256:${sha256(content)}`, fast, from)).bytes).toBe(content.length);
    vi.unstubAllEnvs();
  });

  it('does not follow a redirect into the open, nor try again', async () => {
    server.intercept = (_request, response) => (
      response.writeHead(302, { location: 'http://mirror.invalid/' }).end(),
      true
    );
    await expect(fetchIt(`sha256:${sha256(content)}`)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('it redirects to plain http (http://mirror.invalid/)') as string,
    });
    expect(server.requests.length).toBe(1);
  });

  it('tries a server with troubles again', async () => {
    let troubles = 2;
    server.intercept = (_request, response) => troubles-- > 0 && (response.writeHead(503).end(), true);
    expect((await fetchIt()).sha256).toBe(sha256(content));
  });

  it('names the status when there is no such file, without trying again', async () => {
    await expect(fetchIt(undefined, fast, `${server.url}/none`)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('404 Not Found') as string,
    });
    expect(server.requests.length).toBe(1);
  });

  it('tells being offline from a broken download', async () => {
    await server.close();
    await expect(fetchIt()).rejects.toMatchObject({ code: 'OFFLINE' });
  });

  it('tells an unknown host', async () => {
    for (const name of ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) vi.stubEnv(name, '');
    await expect(fetchIt(undefined, fast, 'https://no-such-host.invalid/file')).rejects.toMatchObject({
      code: 'OFFLINE',
    });
    vi.unstubAllEnvs();
  });

  it('stops when aborted, and keeps what it got', async () => {
    server.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length, etag: '"x"' });
      response.write(content.subarray(0, 1000), () => setTimeout(() => controller.abort(), 50));
      return true;
    };
    await expect(fetchIt()).rejects.toMatchObject({ name: 'AbortError' });
    expect(readFileSync(`${target}.part`).length).toBe(1000);
    expect(server.requests.length).toBe(1);
  });

  it('copies paths and file URLs', async () => {
    const source = join(folder, 'my source');
    writeFileSync(source, content);
    for (const from of [source, pathToFileURL(source).href]) {
      expect((await fetchIt(`sha256:${sha256(content)}`, fast, from)).bytes).toBe(content.length);
      expect(readFileSync(target).equals(content)).toBe(true);
    }
    await expect(fetchIt(undefined, fast, join(folder, 'none'))).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    // Everything written to /dev/full meets a full disk
    const { symlinkSync, mkdirSync } = await import('node:fs');
    mkdirSync(join(folder, 'deep'));
    symlinkSync('/dev/full', `${target}.part`);
    await expect(fetchIt()).rejects.toMatchObject({ code: 'HOST_DISK_FULL' });
  });
});
