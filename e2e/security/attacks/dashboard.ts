/**
 * The web dashboard on loopback, against a workload's app on another port, another user of the machine, web pages, and
 * clients that only want to hold it up.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { AttackedProject, Bench, Verdict } from '../attack';
import type { Attack } from '../attack';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Served {
  /** The link that the terminal shows. */
  readonly link: URL;
  /** Asks as any program can. A stream is left after its first bytes. */
  ask(path: string, headers?: Record<string, string>, body?: unknown): Promise<Answer>;
}

const tokenOf = ({ hash, searchParams }: URL): string =>
  new URLSearchParams(hash.slice(1)).get('token') ?? searchParams.get('token') ?? '';

/** Runs the dashboard while `attack` is on. */
async function whileServed(
  bench: Bench,
  attack: (served: Served, project: AttackedProject) => Promise<Verdict>,
  { prepare, display = false }: { prepare?: (project: AttackedProject) => Promise<string>; display?: boolean } = {},
): Promise<Verdict> {
  const project = await bench.project();
  const program = await prepare?.(project);
  const path = [...(program === undefined ? [] : [dirname(program)]), process.env.PATH ?? ''].join(':');
  const server = spawn(
    join(bench.installed, 'bin', 'k3s-vm'),
    ['dashboard', '--web', '--json', ...(display ? [] : ['--no-open'])],
    {
      cwd: project.dir,
      env: { PATH: path, HOME: project.home, LANG: 'C.UTF-8', ...(display ? { DISPLAY: ':0' } : {}) },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  try {
    const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const link = new URL((JSON.parse(line) as { readonly url: string }).url);
    return await attack({ link, ask: (...asked) => ask(Number(link.port), ...asked) }, project);
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
  }
}

function ask(port: number, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
  const json = { 'content-type': 'application/json', ...headers };
  const asked = { host: '127.0.0.1', port, path, agent: false };
  return new Promise((resolve, reject) => {
    const call = request(body === undefined ? { ...asked, headers } : { ...asked, method: 'POST', headers: json });
    call.on('error', reject).on('response', (response) => {
      let text = '';
      const finish = (): void => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        call.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (path === '/api/events') finish();
      });
      response.on('end', finish).on('error', () => undefined);
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What the exchange of a token gives: the secret, or undefined. */
async function redeem({ ask }: Served, token: string): Promise<string | undefined> {
  const { status, body } = await ask('/api/session', {}, { token });
  return status === 200 ? (JSON.parse(body) as { readonly secret?: string }).secret : undefined;
}

const attacks: readonly Attack[] = [
  {
    topic: 'dashboard',
    title: "a workload's app on 127.0.0.1 uses the cookies that the dashboard gave the browser",
    run: (bench) =>
      whileServed(bench, async (served) => {
        const { link, ask } = served;
        const secret = await redeem(served, tokenOf(link));
        const visited = [await ask(`${link.pathname}${link.search}`), await ask('/')];
        const cookies = visited.flatMap(({ headers }) => headers['set-cookie'] ?? []).map((text) => text.split(';')[0]);
        const { status } = await ask('/api/events', { cookie: cookies.join('; ') });
        const page =
          secret === undefined ? 0 : (await ask('/api/events', { authorization: `Bearer ${secret}` })).status;
        return {
          held: cookies.length === 0 && status === 401 && page === 200,
          evidence: `${cookies.length} cookies, which open the stream with ${status}; the page's own header with ${page}`,
        };
      }),
  },
  {
    topic: 'dashboard',
    title: "another user redeems the link that ps shows on the browser's command line",
    async run(bench) {
      if (process.geteuid?.() !== 0) return { held: true, evidence: 'not tried: only root can act as another user' };
      const argv = join(bench.scratch, 'argv');
      const attack = async (served: Served): Promise<Verdict> => {
        for (let waits = 0; waits < 100 && !existsSync(argv); waits += 1) await sleep(50);
        const url = /http:\/\/\S+/.exec(readFileSync(argv, 'utf8'))?.[0] ?? '';
        const script = `
          const link = new URL(${JSON.stringify(url)});
          const token = new URLSearchParams(link.hash.slice(1)).get('token') ?? link.searchParams.get('token');
          (async () => {
            const got = await fetch(link, { redirect: 'manual' });
            const session = await fetch(new URL('/api/session', link), {
              method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }),
            });
            console.log(JSON.stringify({ cookie: got.headers.get('set-cookie'), session: session.status }));
          })();`;
        const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { uid: 65_534, gid: 65_534 });
        const seen = JSON.parse(stdout) as { readonly cookie: string | null; readonly session: number };
        const owner = await redeem(served, tokenOf(new URL(url)));
        return {
          held: seen.cookie === null && seen.session === 401 && owner !== undefined,
          evidence: `user 65534: ${JSON.stringify(seen)}; the owner afterwards: ${owner === undefined ? 'refused' : 'let in'}`,
        };
      };
      const prepare = (project: AttackedProject): Promise<string> =>
        project.program('chromium', `#!/bin/sh\nprintf '%s\\n' "$*" >'${argv}.new'\nmv '${argv}.new' '${argv}'\n`);
      return whileServed(bench, attack, { prepare, display: true });
    },
  },
  {
    topic: 'dashboard',
    title: 'another site calls it with a secret that leaked, from its own origin and by DNS rebinding',
    run: (bench) =>
      whileServed(bench, async (served) => {
        const authorization = `Bearer ${String(await redeem(served, tokenOf(served.link)))}`;
        const status = async (headers: Record<string, string>): Promise<number> =>
          (await served.ask('/api/events', { authorization, ...headers })).status;
        const [origin, port, rebound] = [
          await status({ origin: 'https://evil.example' }),
          await status({ origin: 'http://127.0.0.1:30080' }),
          await status({ host: `evil.example:${served.link.port}` }),
        ];
        return {
          held: origin === 403 && port === 403 && rebound === 421,
          evidence: `another origin ${origin}, another port ${port}, another host name ${rebound}`,
        };
      }),
  },
  {
    topic: 'dashboard',
    title: 'hundreds of connections that never finish a request keep the page out, or stay open',
    run: (bench) =>
      whileServed(bench, async ({ link, ask }) => {
        const port = Number(link.port);
        const startedAt = performance.now();
        const closed: number[] = [];
        const sockets = Array.from({ length: 300 }, (): Socket => {
          const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n'));
          const drip = setInterval(() => socket.write('X-A: b\r\n'), 500);
          socket.on('error', () => undefined);
          socket.on('close', () => {
            clearInterval(drip);
            closed.push(performance.now() - startedAt);
          });
          return socket;
        });
        await sleep(500);
        const askedAt = performance.now();
        const { status } = await ask('/');
        const waited = Math.round(performance.now() - askedAt);
        while (closed.length < sockets.length && performance.now() - startedAt < 12_000) await sleep(100);
        for (const socket of sockets) socket.destroy();
        return {
          held: status === 200 && waited < 2000 && closed.length === sockets.length,
          evidence: `the page came in ${waited} ms (${status}); ${closed.length} of 300 were closed, the last after ${Math.round(Math.max(0, ...closed))} ms`,
        };
      }),
  },
];
export default attacks;
