/**
 * Where programs are looked for.
 */
import { delimiter, isAbsolute } from 'node:path';

/** The folders of a PATH, in its order. Relative ones are left out: they are whatever folder we happen to be in. */
export const searchPath = (path = ''): readonly string[] => path.split(delimiter).filter(isAbsolute);
