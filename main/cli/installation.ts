import { join } from 'node:path';

/** The folder that bin/, dist/ and package.json are in: this runs in dist/. */
export const installation = (): string => join(__dirname, '..');
