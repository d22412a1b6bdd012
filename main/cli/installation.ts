import { join } from 'node:path';

/** The folder that bin/, dist/ and package.json are in: this runs as dist/cli.cjs. */
export const installation = (): string => join(__dirname, '..');
