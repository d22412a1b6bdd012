/**
 * Where the app's own files are, seen from its bundle: the same in a checkout and in a package.
 */
import { join, sep } from 'node:path';

export interface AppFiles {
  readonly preload: string;
  /** Folder of the page. */
  readonly renderer: string;
  readonly icon: string;
  readonly trayIcons: string;
  /** bin/, as a shell sees it. */
  readonly bin: string;
}

/** @param dist the folder of the bundle */
export function appFiles(dist: string): AppFiles {
  const root = join(dist, '..');
  const icons = join(root, 'resources', 'icons');
  return {
    preload: join(dist, 'preload.cjs'),
    renderer: join(dist, 'renderer'),
    icon: join(icons, '256x256.png'),
    trayIcons: join(icons, 'tray'),
    // Only Electron can read the archive, so what a shell runs is kept beside it
    bin: join(root.replace(new RegExp(`\\${sep}app\\.asar$`), `${sep}app.asar.unpacked`), 'bin'),
  };
}
