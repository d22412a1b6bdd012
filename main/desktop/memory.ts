/**
 * What the app remembers from one start to the next, in a JSON file of its state folder. Losing it costs nothing: a
 * missing, foreign or broken file is a first start.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFileSync } from '../core/files/replace-file';
import { stateDir } from '../core/paths';

const bounds = z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() });

const schema = z.object({
  window: z.object({ bounds, maximized: z.boolean() }).optional().catch(undefined),
  project: z.string().startsWith('/').optional().catch(undefined),
  /** The user has been told that there is no tray. */
  noTrayTold: z.boolean().optional().catch(undefined),
});

export type Remembered = z.infer<typeof schema>;

export interface Memory {
  get(): Remembered;
  /** Changes part of it and writes it to disk at once. */
  set(change: Partial<Remembered>): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const memoryFile = (env: Environment): string => join(stateDir(env), 'desktop.json');

/** The app's memory. It is a few hundred bytes, so it is read and written synchronously. */
export function openMemory(env: Environment): Memory {
  const file = memoryFile(env);
  let remembered = read(file);
  return {
    get: () => remembered,
    set(change) {
      const next = { ...remembered, ...change };
      if (JSON.stringify(next) === JSON.stringify(remembered)) return;
      remembered = next;
      try {
        replaceFileSync(file, `${JSON.stringify(next, null, 2)}\n`, 0o600);
      } catch {
        // A full disk or a read-only home must not stop the app
      }
    },
  };
}

function read(file: string): Remembered {
  try {
    return schema.catch({}).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}
