import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { iso9660, type IsoFile, type IsoImage } from './iso9660';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

async function bytesOf(image: IsoImage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of image.stream()) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Reads an image the way the kernel's isofs does, names included. */
function read(image: Buffer): Map<string, Buffer> {
  expect(image.toString('latin1', 32769, 32774)).toBe('CD001');
  const root = image.readUInt32LE(32768 + 158);
  expect(image.readUInt32BE(32768 + 162)).toBe(root);
  const length = image.readUInt32LE(32768 + 166);
  const files = new Map<string, Buffer>();
  for (let at = root * 2048; at < root * 2048 + length;) {
    const size = image[at] ?? 0;
    if (size === 0) {
      at = (Math.floor(at / 2048) + 1) * 2048;
      continue;
    }
    expect(Math.floor((at + size - 1) / 2048)).toBe(Math.floor(at / 2048));
    const name = image.toString('latin1', at + 33, at + 33 + (image[at + 32] ?? 0));
    if (name !== '\0' && name !== '\x01') {
      const start = image.readUInt32LE(at + 2) * 2048;
      expect(image.readUInt32BE(at + 6) * 2048).toBe(start);
      const bytes = image.readUInt32LE(at + 10);
      expect(image.readUInt32BE(at + 14)).toBe(bytes);
      files.set(name.toLowerCase().replace(/\.?;1$/, ''), image.subarray(start, start + bytes));
    }
    at += size;
  }
  return files;
}

const seed: IsoFile[] = [
  { name: 'user-data', content: '#cloud-config\n' },
  { name: 'meta-data', content: 'instance-id: é\n' },
  { name: 'network-config', content: '' },
];

describe('iso9660', () => {
  it('shows the files under their own names, with their content', async () => {
    const image = iso9660('cidata', [...seed, { name: 'airgap-images.tar.zst', content: Buffer.alloc(2048, 1) }]);
    const bytes = await bytesOf(image);
    expect(bytes.length).toBe(image.bytes);
    expect(bytes.length % 2048).toBe(0);
    expect(bytes.readUInt32LE(32768 + 80) * 2048).toBe(bytes.length);
    expect(bytes.toString('latin1', 32768 + 40, 32768 + 72).trimEnd()).toBe('cidata');
    const files = read(bytes);
    expect([...files.keys()]).toEqual(['airgap-images.tar.zst', 'meta-data', 'network-config', 'user-data']);
    expect(files.get('meta-data')?.toString()).toBe('instance-id: é\n');
    expect(files.get('network-config')?.length).toBe(0);
    expect(files.get('airgap-images.tar.zst')).toEqual(Buffer.alloc(2048, 1));
  });

  it('streams files from disk, again at every call, and is the same for the same input in any order', async () => {
    const path = join(folder, 'k3s');
    writeFileSync(path, Buffer.alloc(3_000_001, 7));
    const files: IsoFile[] = [...seed, { name: 'k3s', content: { path, size: 3_000_001 } }];
    const image = iso9660('K3SVM', files);
    const first = await bytesOf(image);
    expect(first.equals(await bytesOf(image))).toBe(true);
    expect(first.equals(await bytesOf(iso9660('K3SVM', [...files].reverse())))).toBe(true);
    expect(read(first).get('k3s')?.equals(Buffer.alloc(3_000_001, 7))).toBe(true);
  });

  it('spreads a long directory over sectors', async () => {
    const many = Array.from({ length: 200 }, (_, i) => ({
      name: `file-${i}-with.a_rather.long-name`,
      content: `${i}`,
    }));
    const files = read(await bytesOf(iso9660('MANY', many)));
    expect(files.size).toBe(200);
    for (const { name, content } of many) expect(files.get(name)?.toString()).toBe(content);
  });

  it('fails rather than writing a file that changed its size', async () => {
    const path = join(folder, 'k3s');
    writeFileSync(path, 'abc');
    for (const size of [2, 4]) {
      await expect(bytesOf(iso9660('K3SVM', [{ name: 'k3s', content: { path, size } }]))).rejects.toMatchObject({
        code: 'INTERNAL',
        message: expect.stringContaining('changed while it was read') as string,
      });
    }
  });

  it.each([
    [[{ name: 'Upper', content: '' }]],
    [[{ name: 'a/b', content: '' }]],
    [[{ name: 'dot.', content: '' }]],
    [[{ name: 'x'.repeat(201), content: '' }]],
    [[{ name: 'huge', content: { path: '/none', size: 2 ** 32 } }]],
    [
      [
        { name: 'twice', content: '1' },
        { name: 'twice', content: '2' },
      ],
    ],
  ])('refuses what it cannot write (%#)', (files) => {
    expect(() => iso9660('K3SVM', files)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('refuses a label that is too long', () => {
    expect(() => iso9660('x'.repeat(33), [])).toThrow(/volume label/);
  });

  it.skipIf(spawnSync('isoinfo', ['-version']).error !== undefined)('is read by isoinfo', async () => {
    const path = join(folder, 'seed.iso');
    writeFileSync(path, await bytesOf(iso9660('cidata', seed)));
    expect(execFileSync('isoinfo', ['-d', '-i', path]).toString()).toContain('Volume id: cidata');
    expect(execFileSync('isoinfo', ['-i', path, '-x', '/USER-DATA.;1']).toString()).toBe('#cloud-config\n');
  });
});
