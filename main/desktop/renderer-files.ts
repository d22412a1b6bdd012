/**
 * Serves the dashboard's page on a scheme of its own, from one folder, with a strict content security policy. A file: page
 * could read other files.
 */
import type { Protocol } from 'electron';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const scheme = 'app';
const origin = `${scheme}://dashboard`;

/** What the window loads. */
export const pageUrl = `${origin}/index.html`;

/** Whether a URL is that of our page, whatever its anchor or query. */
export const isPage = (url: string): boolean => url.split(/[?#]/, 1)[0] === pageUrl;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Tells Chromium about the scheme. Must come before the app is ready. */
export function registerRendererScheme(protocol: Protocol): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the files of a folder, which may be inside an asar. */
export function serveRenderer(protocol: Protocol, folder: string): void {
  protocol.handle(scheme, (request) => answer(request, folder));
}

/** The answer to one request for a file of the folder. */
export async function answer(request: Pick<Request, 'method' | 'url'>, folder: string): Promise<Response> {
  const file = request.method === 'GET' ? fileOf(request.url) : undefined;
  const contentType = file === undefined ? undefined : contentTypes[extname(file)];
  if (file === undefined || contentType === undefined) return new Response(null, { status: 404, headers });
  try {
    const content = await readFile(join(folder, ...file.split('/')));
    return new Response(new Uint8Array(content), { headers: { ...headers, 'Content-Type': contentType } });
  } catch {
    return new Response(null, { status: 404, headers });
  }
}

/** The relative path of a URL, or undefined if it is not ours or would lead out of the folder. */
function fileOf(url: string): string | undefined {
  if (!url.startsWith(`${origin}/`)) return undefined;
  const [path = ''] = url.slice(origin.length + 1).split(/[?#]/, 1);
  // The build's file names need no escapes, so we decode none: no "../" can hide in one
  const safe = /^(?!.*(?:^|\/)\.)[\w.-]+(?:\/[\w.-]+)*$/;
  return safe.test(path) ? path : undefined;
}
