/**
 * Files for virsh to read or write. It opens paths only, and the sockets that node gives a child for stdin and stdout
 * cannot be opened through /dev/stdin (ENXIO).
 */
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { cacheDir } from './paths';

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Folders of processes that were killed before they could clean up. */
async function sweep(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const pid = Number(/^k3s-vm-(\d+)-/.exec(entry)?.[1]);
    if (pid > 0 && !alive(pid)) await rm(join(parent, entry), { recursive: true, force: true });
  }
}

/**
 * Gives `use` the path of a private temporary file (mode 0600), which is gone afterwards whatever happens.
 *
 * @param content what is in it; undefined: the file is not made, only its folder
 * @param options.large the file is too large for a /tmp in memory: it goes beside the cache
 */
export async function withTempFile<T>(
  content: string | Buffer | Readable | undefined,
  use: (path: string) => Promise<T>,
  options: { readonly large?: boolean } = {},
): Promise<T> {
  const parent = options.large === true ? join(cacheDir(), 'tmp') : tmpdir();
  await mkdir(parent, { recursive: true });
  if (options.large === true) await sweep(parent);
  const folder = await mkdtemp(join(parent, `k3s-vm-${process.pid}-`));
  try {
    const path = join(folder, 'file');
    if (content !== undefined) {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(content as string);
      } finally {
        await file.close();
      }
    }
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
