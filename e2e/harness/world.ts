/**
 * What the suite and the demo stand on: libvirt on this machine, a guest image built from Debian's packages, and a
 * release server that publishes it together with K3s, or with the stand-in where K3s cannot be had.
 */
import { execa } from 'execa';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { digestOf, startReleaseServer, type Published, type ReleaseServer } from './release-server';

export const repository = resolve(process.env.K3S_VM_E2E_REPOSITORY ?? process.cwd());
const e2e = (...parts: string[]): string => join(repository, 'e2e', ...parts);

/** Which K3s the guest runs: the stand-in, or a real binary. */
export interface K3sUnderTest {
  readonly kind: 'stand-in' | 'real';
  readonly version: string;
  readonly binary: string;
  readonly installScript: string;
  /** One archive of container images, as K3s' releases have it. */
  readonly airgapImages: string;
  /** Settings a real K3s without its embedded parts needs; {} for the stand-in. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface World {
  readonly k3s: K3sUnderTest;
  readonly guestImage: string;
  readonly server: ReleaseServer;
  close(): Promise<void>;
}

const cache = process.env.K3S_VM_E2E_CACHE ?? join(repository, '.cache', 'e2e');

async function script(
  log: (line: string) => void,
  file: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<void> {
  const child = execa(file, [...args], { env, all: true, reject: false, stdin: 'ignore' });
  for await (const line of child.iterable({ from: 'all' })) log(line);
  const result = await child;
  if (result.exitCode !== 0) throw new Error(`${basename(file)} ${args.join(' ')} failed with ${result.exitCode}`);
}

/** Installs packages and starts libvirt. Root only. */
export async function prepareHost(log: (line: string) => void): Promise<void> {
  await script(log, e2e('host', 'install.sh'));
  await script(log, e2e('host', 'libvirt.sh'), ['start']);
}

/** Builds the guest image, or finds the one of an earlier run. */
export async function prepareGuestImage(log: (line: string) => void): Promise<string> {
  const extra = process.env.K3S_VM_E2E_GUEST_PACKAGES ?? '';
  const out = join(cache, extra === '' ? 'guest-image.qcow2' : 'guest-image-extra.qcow2');
  await mkdir(cache, { recursive: true });
  await script(log, e2e('guest-image', 'build.sh'), [out], { GUEST_EXTRA_PACKAGES: extra });
  return out;
}

/** The stand-in, or what K3S_VM_E2E_K3S names. */
export async function k3sUnderTest(scratch: string): Promise<K3sUnderTest> {
  const binary = process.env.K3S_VM_E2E_K3S;
  const airgapImages = join(scratch, 'airgap.tar');
  if (binary === undefined) {
    const standIn = e2e('k3s-stand-in', 'k3s');
    const version = /^VERSION = "([^"]+)"/m.exec(await readFile(standIn, 'utf8'))?.[1] ?? 'v0.0.0+k3s1';
    const images = join(scratch, 'images');
    await mkdir(images, { recursive: true });
    await writeFile(join(images, 'manifest.json'), '[]');
    await execa('tar', ['-C', images, '-cf', airgapImages, 'manifest.json']);
    return {
      kind: 'stand-in',
      version,
      binary: standIn,
      installScript: e2e('k3s-stand-in', 'install.sh'),
      airgapImages,
      config: {},
    };
  }
  const { stdout } = await execa(binary, ['--version'], { reject: false });
  const told = /v\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'v1.21.0';
  await mergeImages(process.env.K3S_VM_E2E_IMAGES, scratch, airgapImages);
  return {
    kind: 'real',
    version: `${told}+k3s1`,
    binary,
    installScript: process.env.K3S_VM_E2E_INSTALL ?? e2e('k3s-stand-in', 'install.sh'),
    airgapImages,
    config: JSON.parse(process.env.K3S_VM_E2E_CONFIG ?? '{}') as Record<string, unknown>,
  };
}

/** One archive out of a folder of `docker save` archives: their layers side by side, their manifests joined. */
async function mergeImages(folder: string | undefined, scratch: string, out: string): Promise<void> {
  const merged = join(scratch, 'merged');
  await mkdir(merged, { recursive: true });
  const manifests: unknown[] = [];
  const archives = folder === undefined ? [] : (await readdir(folder)).filter((name) => name.endsWith('.tar'));
  for (const archive of archives) {
    await execa('tar', ['-C', merged, '-xf', join(folder ?? '', archive)]);
    manifests.push(...(JSON.parse(await readFile(join(merged, 'manifest.json'), 'utf8')) as unknown[]));
  }
  await writeFile(join(merged, 'manifest.json'), JSON.stringify(manifests));
  await rm(join(merged, 'repositories'), { force: true });
  await execa('tar', ['-C', merged, '-cf', out, '.']);
}

/** Publishes image and K3s where and how their real sources do. */
export async function publish(guestImage: string, k3s: K3sUnderTest): Promise<ReleaseServer> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const k3sName = arch === 'amd64' ? 'k3s' : `k3s-${arch}`;
  const imageName = `debian-12-genericcloud-${arch}.qcow2`;
  const files = new Map<string, Published>();
  const image: Published = { content: { path: guestImage } };
  files.set(`/images/bookworm/latest/${imageName}`, image);
  files.set('/images/bookworm/latest/SHA512SUMS', { content: `${await digestOf('sha512', image)}  ${imageName}\n` });

  const binary: Published = { content: { path: k3s.binary } };
  const airgap: Published = { content: { path: k3s.airgapImages } };
  const airgapName = `k3s-airgap-images-${arch}.tar`;
  const release = `/releases/${k3s.version}`;
  files.set(`${release}/${k3sName}`, binary);
  files.set(`${release}/${airgapName}`, airgap);
  const sums = [
    `${await digestOf('sha256', airgap)}  ${airgapName}`,
    `${await digestOf('sha256', binary)}  ${k3sName}`,
  ];
  files.set(`${release}/sha256sum-${arch}.txt`, { content: `${sums.join('\n')}\n` });
  const install: Published = { content: { path: k3s.installScript } };
  files.set(`/install/${k3s.version}/install.sh`, install);
  files.set(`/install/${k3s.version}/install.sh.sha256sum`, {
    content: `${await digestOf('sha256', install)}  install.sh\n`,
  });
  const channels = { data: [{ id: 'stable', name: 'stable', latest: k3s.version }] };
  files.set('/channels', { content: JSON.stringify(channels) });
  return startReleaseServer(files);
}

/** Everything, ready to be used. @param log told what is being done */
export async function createWorld(log: (line: string) => void): Promise<World> {
  await prepareHost(log);
  const guestImage = await prepareGuestImage(log);
  const scratch = await mkdtemp(join(tmpdir(), 'k3s-vm-world-'));
  const k3s = await k3sUnderTest(scratch);
  const server = await publish(guestImage, k3s);
  return {
    k3s,
    guestImage,
    server,
    close: async () => {
      await server.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** The settings that make a user's projects use the world's server: what a mirror's user would write. */
export const sourcesConfig = (url: string): Readonly<Record<string, string>> => ({
  images: `${url}/images`,
  k3sReleases: `${url}/releases`,
  k3sChannels: `${url}/channels`,
  k3sInstall: `${url}/install`,
});
