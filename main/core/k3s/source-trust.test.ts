/**
 * What one source published is not believed of another, whatever the cache holds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isK3sVmError } from '../errors';
import { seeded } from '../testing/random';
import { cacheImport } from '../operations/cache-import';
import { cacheList } from '../downloads/cache-list';
import { cachedGuestImage, ensureGuestImage } from '../downloads/guest-image';
import { cachedK3s, ensureK3s, resolveK3sVersion } from './releases';
import { sha256, sha512, testServer, useTestCache, type TestServer } from '../testing/test-server';

const version = 'v1.36.1+k3s1';
const cache = useTestCache();
let mirror: TestServer;
beforeEach(async () => {
  mirror = await testServer();
});
afterEach(() => mirror.close());

type Config = Parameters<typeof ensureK3s>[0] & Parameters<typeof ensureGuestImage>[0];
const configOf = ({ url }: TestServer, airgap = true): Config => ({
  project: cache.folder,
  image: 'debian-12',
  imageDigest: null,
  k3s: { version: 'stable', airgap, disable: [], config: {} },
  sources: {
    images: `${url}/images`,
    k3sReleases: `${url}/releases`,
    k3sChannels: `${url}/channels`,
    k3sInstall: `${url}/source`,
    k3sVm: '',
  },
});

const elf = (who: string): Buffer => {
  const binary = Buffer.alloc(64 + who.length);
  binary.writeUInt32BE(0x7f454c46, 0);
  binary.writeUInt16LE(62, 18);
  binary.write(who, 64);
  return binary;
};
const image = (who: string): Buffer => {
  const disk = Buffer.alloc(1024);
  disk.write(who, 0);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
};

/** Publishes files that say who made them, with digests that fit them. */
function publish(server: TestServer, who: string): void {
  const files: Record<string, Buffer | string> = {
    k3s: elf(who),
    'k3s-airgap-images-amd64.tar.zst': Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.from(who)]),
  };
  const sums = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name}\n`);
  for (const [name, content] of Object.entries(files)) server.files.set(`/releases/${version}/${name}`, content);
  server.files.set(`/releases/${version}/sha256sum-amd64.txt`, sums.join(''));
  const script = `#!/bin/sh\n# ${who}\n`;
  server.files.set(`/source/${version}/install.sh`, script);
  server.files.set(`/source/${version}/install.sh.sha256sum`, `${sha256(script)}  install.sh\n`);
  const latest = '/images/bookworm/latest';
  server.files.set(`${latest}/debian-12-genericcloud-amd64.qcow2`, image(who));
  server.files.set(`${latest}/SHA512SUMS`, `${sha512(image(who))}  debian-12-genericcloud-amd64.qcow2\n`);
  server.files.set('/channels', JSON.stringify({ data: [{ name: 'stable', latest: version }] }));
}

/** Gets everything; who made each of the files. */
async function makersOf(config: Config): Promise<string[]> {
  const k3s = await ensureK3s(config, version, 'x86_64', cache.context);
  const guest = await ensureGuestImage(config, 'x86_64', cache.context);
  const paths = [k3s.binary, k3s.installScript, k3s.airgapImages, guest.path].filter((path) => path !== undefined);
  return paths.map((path) => /evil|good|mine/.exec(readFileSync(path, 'latin1'))?.[0] ?? '');
}

const downloads = ({ requests }: TestServer): string[] =>
  requests.filter((request) => /\/(k3s|install\.sh|[^/]+\.zst|[^/]+\.qcow2)$/.test(request));

/** Writes the files as the user would have them from elsewhere. */
function bring(who: string): string {
  const folder = join(cache.folder, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'k3s'), elf(who));
  writeFileSync(join(folder, 'install.sh'), `#!/bin/sh\n# ${who}\n`);
  writeFileSync(
    join(folder, 'k3s-airgap-images-amd64.tar.zst'),
    Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.from(who)]),
  );
  writeFileSync(join(folder, 'debian-12-genericcloud-amd64.qcow2'), image(who));
  return folder;
}

describe('a mirror', () => {
  it('fills the cache for itself alone: another project gets what its own source published', async () => {
    publish(mirror, 'evil');
    publish(cache.server, 'good');
    expect(await makersOf(configOf(mirror))).toEqual(['evil', 'evil', 'evil', 'evil']);
    expect(await makersOf(configOf(cache.server))).toEqual(['good', 'good', 'good', 'good']);
    expect(await makersOf(configOf(mirror))).toEqual(['evil', 'evil', 'evil', 'evil']);
  });

  it('is not believed while the other source cannot be asked', async () => {
    publish(mirror, 'evil');
    await makersOf(configOf(mirror));
    const official = configOf(cache.server);
    await cache.server.close();
    await expect(ensureK3s(official, version, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'OFFLINE' });
    await expect(ensureGuestImage(official, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'OFFLINE' });
    await expect(resolveK3sVersion(official, cache.context)).rejects.toMatchObject({ code: 'OFFLINE' });
    expect(await cachedK3s(official, version, 'x86_64', cache.context)).toBeUndefined();
    expect(await cachedGuestImage(official, 'x86_64', cache.context)).toBeUndefined();
  });

  it('that is honest spares the second download', async () => {
    publish(mirror, 'good');
    publish(cache.server, 'good');
    await makersOf(configOf(mirror));
    expect(await makersOf(configOf(cache.server))).toEqual(['good', 'good', 'good', 'good']);
    expect(downloads(cache.server)).toEqual([]);
  });

  it('cannot make another source fail for long with what it left', async () => {
    publish(mirror, 'evil');
    publish(cache.server, 'good');
    await makersOf(configOf(mirror));
    const official = configOf(cache.server);
    expect(await makersOf(official)).not.toContain('evil');
    await cache.server.close();
    expect(await makersOf(official)).toEqual(['good', 'good', 'good', 'good']);
  });

  it('makes payloads of another digest, and so other volumes', async () => {
    publish(mirror, 'evil');
    publish(cache.server, 'good');
    const made = await ensureK3s(configOf(mirror), version, 'x86_64', cache.context);
    const ours = await ensureK3s(configOf(cache.server), version, 'x86_64', cache.context);
    expect(made.digest).not.toBe(ours.digest);
  });
});

describe('imported files', () => {
  it('are good for every source that cannot be asked', async () => {
    await cacheImport(bring('mine'), {}, cache.context);
    for (const server of [cache.server, mirror]) {
      const config = configOf(server);
      await server.close();
      expect(await makersOf(config)).toEqual(['mine', 'mine', 'mine', 'mine']);
      expect(await cachedK3s(config, version, 'x86_64', cache.context)).toBeDefined();
      expect(await resolveK3sVersion(config, cache.context)).toEqual({ version, offline: true });
    }
  });

  it('are used without a question where their digests were imported with them', async () => {
    const folder = bring('mine');
    const sums = ['k3s', 'k3s-airgap-images-amd64.tar.zst'].map(
      (name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`,
    );
    writeFileSync(join(folder, 'sha256sum-amd64.txt'), sums.join(''));
    const script = readFileSync(join(folder, 'install.sh'));
    writeFileSync(join(folder, 'install.sh.sha256sum'), `${sha256(script)}  install.sh\n`);
    const { imported } = await cacheImport(folder, {}, cache.context);
    expect(imported.filter(({ kind }) => /k3s|install|airgap/.test(kind)).every(({ verified }) => verified)).toBe(true);
    await ensureK3s(configOf(cache.server), version, 'x86_64', cache.context);
    expect(cache.server.requests).toEqual([]);
  });

  it('give way to what the source publishes, and the user is told', async () => {
    publish(cache.server, 'good');
    await cacheImport(bring('mine'), {}, cache.context);
    expect(await makersOf(configOf(cache.server))).toEqual(['good', 'good', 'good', 'good']);
    expect(cache.messages.join('\n')).toContain('the imported file differs from the one that 127.0.0.1');
  });

  it('need no download where they are what the source publishes', async () => {
    publish(cache.server, 'good');
    await cacheImport(bring('good'), {}, cache.context);
    expect(await makersOf(configOf(cache.server))).toEqual(['good', 'good', 'good', 'good']);
    expect(downloads(cache.server)).toEqual([]);
  });

  it('let a mirror on plain http do, which nothing else vouches for', async () => {
    const plain = configOf({ url: 'http://mirror.invalid' } as TestServer);
    await expect(ensureK3s(plain, version, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'INSECURE_SOURCE' });
    await expect(ensureGuestImage(plain, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'INSECURE_SOURCE' });
    await expect(resolveK3sVersion(plain, cache.context)).rejects.toMatchObject({ code: 'INSECURE_SOURCE' });
    await cacheImport(bring('mine'), {}, cache.context);
    expect(await makersOf(plain)).toEqual(['mine', 'mine', 'mine', 'mine']);
  });
});

describe('a cache of an earlier version', () => {
  const nameThen = (key: string): string =>
    `${key.replaceAll(/[^A-Za-z0-9.+-]+/g, '_').slice(-80)}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}.json`;

  /** Takes the sources out of all records, and names the files as they were named then. */
  function makeOld(): void {
    for (const kind of ['index', 'texts']) {
      const folder = join(cache.folder, 'cache', kind);
      for (const name of readdirSync(folder)) {
        const { source: _, ...record } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, string>;
        rmSync(join(folder, name));
        writeFileSync(join(folder, nameThen(record.key ?? '')), JSON.stringify(record));
      }
    }
  }

  it('is used where the source confirms it, without a download', async () => {
    publish(cache.server, 'good');
    await makersOf(configOf(cache.server));
    makeOld();
    expect(new Set((await cacheList()).map(({ state }) => state))).toEqual(new Set(['unverified']));
    cache.server.requests.length = 0;
    expect(await makersOf(configOf(cache.server))).toEqual(['good', 'good', 'good', 'good']);
    expect(downloads(cache.server)).toEqual([]);
    expect(new Set((await cacheList()).map(({ state }) => state))).toEqual(new Set(['ready']));
  });

  it('is not believed otherwise: a mirror may have filled it', async () => {
    publish(mirror, 'evil');
    publish(cache.server, 'good');
    await makersOf(configOf(mirror));
    makeOld();
    const official = configOf(cache.server);
    expect(await makersOf(official)).toEqual(['good', 'good', 'good', 'good']);
    rmSync(join(cache.folder, 'cache', 'index'), { recursive: true });
    rmSync(join(cache.folder, 'cache', 'texts'), { recursive: true });
    await makersOf(configOf(mirror));
    makeOld();
    await cache.server.close();
    await expect(ensureK3s(official, version, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'OFFLINE' });
    await expect(ensureGuestImage(official, 'x86_64', cache.context)).rejects.toMatchObject({ code: 'OFFLINE' });
  });
});

describe('whatever happened before', () => {
  it('a source gets what it published, what was imported, or an error', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = seeded(seed);
      rmSync(join(cache.folder, 'cache'), { recursive: true, force: true });
      const servers = { evil: mirror, good: cache.server };
      for (const [who, server] of Object.entries(servers)) publish(server, who);
      const down = new Set<string>();
      for (const [who, server] of Object.entries(servers)) {
        server.intercept = (request, response) => {
          // A server that lacks everything, or a file
          if (!down.has(who) && !down.has(`${who} ${basename(request.url ?? '')}`)) return false;
          response.writeHead(404).end();
          return true;
        };
      }
      let imported = false;
      const trace: string[] = [];
      for (let step = 0; step < 7; step++) {
        const who = random.pick(['evil', 'good'] as const);
        const fault = random.pick([
          '',
          '',
          ` ${random.pick(['k3s', 'install.sh', 'SHA512SUMS', 'sha256sum-amd64.txt'])}`,
        ]);
        const doing = random.pick(['get', 'get', 'get', 'break', 'heal', 'import'] as const);
        trace.push(`${doing} ${who}${fault}`);
        if (doing === 'break') down.add(`${who}${fault}`);
        else if (doing === 'heal') down.clear();
        else if (doing === 'import') {
          imported = true;
          await cacheImport(bring('mine'), {}, cache.context);
        } else {
          const makers = await makersOf(configOf(servers[who], false)).catch((error: unknown) => {
            if (!isK3sVmError(error)) throw error;
            return [];
          });
          const allowed = imported ? [who, 'mine'] : [who];
          expect(
            makers.every((maker) => allowed.includes(maker)),
            `seed ${seed}: ${trace.join(', ')} gave ${makers.join(' ')}`,
          ).toBe(true);
        }
      }
    }
  }, 120_000);
});
