/**
 * Mirrors, networks and release servers that lie. `setup` runs up to the creation of the VM on libvirt's test driver,
 * behind a stand-in for virsh that knows what QEMU can do; everything is fetched by then.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Attack, AttackedProject, Bench, CommandResult, Verdict } from '../attack';

const version = 'v1.36.1+k3s1';
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const binaryName = arch === 'arm64' ? 'k3s-arm64' : 'k3s';
const imageName = `debian-12-genericcloud-${arch}.qcow2`;
const hash = (algorithm: string, content: Buffer): string => createHash(algorithm).update(content).digest('hex');

interface Site {
  readonly url: string;
  readonly files: Map<string, Buffer>;
  readonly requests: string[];
  /** Answers in place of the files; false leaves it to them. */
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Runs `use` with servers on the loopback, one for each name. */
async function withSites<T>(names: readonly string[], use: (...sites: Site[]) => Promise<T>): Promise<T> {
  const servers = names.map(() => createServer());
  const sites: Site[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const site: Site = { url, files: new Map(), requests: [] };
    server.on('request', (request, response) => {
      site.requests.push(request.url ?? '');
      if (site.answer?.(request, response) === true) return;
      const content = site.files.get(decodeURIComponent(request.url ?? ''));
      if (content === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': content.length }).end(content);
    });
    sites.push(site);
  }
  try {
    return await use(...sites);
  } finally {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

/** Publishes a release and a guest image that say who made them, digests included. */
function publish({ files }: Site, who: string): void {
  const elf = Buffer.alloc(64 + who.length);
  elf.writeUInt32BE(0x7f454c46, 0);
  elf.writeUInt16LE(arch === 'arm64' ? 183 : 62, 18);
  elf.write(who, 64);
  const disk = Buffer.alloc(1024 * 1024);
  disk.write(who);
  disk.writeUInt16LE(0xaa55, 510);
  const script = Buffer.from(`#!/bin/sh\n# ${who}\n`);
  const release = `/releases/${version}`;
  files.set(`${release}/${binaryName}`, elf);
  files.set(`${release}/sha256sum-${arch}.txt`, Buffer.from(`${hash('sha256', elf)}  ${binaryName}\n`));
  files.set(`/install/${version}/install.sh`, script);
  files.set(`/install/${version}/install.sh.sha256sum`, Buffer.from(`${hash('sha256', script)}  install.sh\n`));
  files.set(`/images/bookworm/latest/${imageName}`, disk);
  files.set('/images/bookworm/latest/SHA512SUMS', Buffer.from(`${hash('sha512', disk)}  ${imageName}\n`));
  files.set('/channels', Buffer.from(JSON.stringify({ data: [{ name: 'stable', latest: version }] })));
}

const sourcesAt = (url: string): Record<string, string> => ({
  K3S_VM_SOURCES_IMAGES: `${url}/images`,
  K3S_VM_SOURCES_K3S_RELEASES: `${url}/releases`,
  K3S_VM_SOURCES_K3S_CHANNELS: `${url}/channels`,
  K3S_VM_SOURCES_K3S_INSTALL: `${url}/install`,
});

async function setUp(project: AttackedProject, env: Record<string, string>): Promise<CommandResult> {
  await project.userConfig(
    'connection: "test:///default"\nnetwork: default\nacceleration: tcg\nk3s: {airgap: false}\n',
  );
  const machine = arch === 'arm64' ? 'aarch64' : 'x86_64';
  const capabilities = `<domainCapabilities><path>/usr/bin/qemu</path><arch>${machine}</arch></domainCapabilities>`;
  await project.program(
    'virsh',
    `#!/bin/sh\ncase "$*" in *domcapabilities*) echo '${capabilities}' ;; *) PATH=\${PATH#*:} exec virsh "$@" ;; esac\n`,
  );
  return project.k3sVm(['setup', '--progress', 'plain'], { env, timeoutMs: 40_000 });
}

/** What the second of two projects of one user asks its own source for, once the first has used a mirror. */
async function afterMirror(bench: Bench, closed: boolean): Promise<Verdict> {
  return withSites(['mirror', 'official'], async (mirror, official) => {
    if (mirror === undefined || official === undefined) throw new Error('no servers');
    publish(mirror, 'evil');
    publish(official, 'good');
    const first = await bench.project('first');
    const second = await bench.project('second');
    const shared = { K3S_VM_CACHE_DIR: join(bench.scratch, 'cache') };
    await setUp(first, { ...shared, ...sourcesAt(mirror.url) });
    const filled = mirror.requests.filter((path) => /\/(k3s(-arm64)?|install\.sh|[^/]+qcow2)$/.test(path)).length;
    // A server that knows nothing stands for one that cannot be reached
    if (closed) official.answer = (_, response) => (response.writeHead(503).end(), true);
    const { exitCode, stderr } = await setUp(second, { ...shared, ...sourcesAt(official.url) });
    if (closed) {
      const said = /Error: .*/.exec(stderr)?.[0] ?? '';
      return { held: filled === 3 && exitCode === 12, evidence: `exit ${exitCode}: ${said}` };
    }
    const asked = [binaryName, 'install.sh', imageName].filter((name) =>
      official.requests.some((path) => path.endsWith(`/${name}`)),
    );
    return {
      held: filled === 3 && asked.length === 3,
      evidence: `fetched anew from its own source: ${asked.join(', ')}`,
    };
  });
}

const firstLine = ({ exitCode, stderr }: CommandResult): string =>
  `exit ${exitCode}: ${/Error: .*/.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? ''}`;

const attacks: readonly Attack[] = [
  {
    topic: 'downloads',
    title: 'a mirror that one project uses fills the cache of another that does not',
    run: (bench) => afterMirror(bench, false),
  },
  {
    topic: 'downloads',
    title: 'the same while the source of the other project cannot be asked',
    run: (bench) => afterMirror(bench, true),
  },
  {
    topic: 'downloads',
    title: 'a source redirects to plain http',
    run: (bench) =>
      withSites(['source', 'proxy'], async (source, proxy) => {
        if (source === undefined || proxy === undefined) throw new Error('no servers');
        publish(proxy, 'evil');
        source.answer = (request, response) => {
          response.writeHead(302, { location: `http://plain.example${request.url}` }).end();
          return true;
        };
        const project = await bench.project();
        const ended = await setUp(project, { http_proxy: proxy.url, ...sourcesAt(source.url) });
        return { held: proxy.requests.length === 0 && ended.exitCode === 12, evidence: firstLine(ended) };
      }),
  },
  {
    topic: 'downloads',
    title: 'somebody on the network answers for a source on plain http',
    run: (bench) =>
      withSites(['proxy'], async (proxy) => {
        if (proxy === undefined) throw new Error('no server');
        proxy.answer = (_, response) => (response.end('evil'), true);
        const project = await bench.project();
        const ended = await setUp(project, { http_proxy: proxy.url, ...sourcesAt('http://plain.example') });
        const plan = await project.k3sVm(['setup', '--dry-run'], {
          env: { http_proxy: proxy.url, ...sourcesAt('http://plain.example') },
        });
        const held = proxy.requests.length === 0 && ended.exitCode === 2 && plan.exitCode === 2;
        return { held, evidence: firstLine(ended) };
      }),
  },
  {
    topic: 'downloads',
    title: 'install.sh comes without its published digest',
    run: (bench) =>
      withSites(['source'], async (source) => {
        if (source === undefined) throw new Error('no server');
        publish(source, 'evil');
        source.files.delete(`/install/${version}/install.sh.sha256sum`);
        const ended = await setUp(await bench.project(), sourcesAt(source.url));
        const fetched = source.requests.some((path) => path.endsWith('/install.sh'));
        return { held: !fetched && ended.exitCode === 12, evidence: firstLine(ended) };
      }),
  },
  {
    topic: 'downloads',
    title: "a mirror's password reaches another server, or the screen",
    run: (bench) =>
      withSites(['source', 'other'], async (source, other) => {
        if (source === undefined || other === undefined) throw new Error('no servers');
        const told: string[] = [];
        other.answer = (request, response) => {
          told.push(request.headers.authorization ?? '');
          response.writeHead(500).end();
          return true;
        };
        source.answer = (request, response) => {
          response.writeHead(302, { location: `${other.url}${request.url}` }).end();
          return true;
        };
        const from = source.url.replace('//', '//me:hunter2@');
        const project = await bench.project();
        const ended = await setUp(project, sourcesAt(from));
        const list = await project.k3sVm(['cache', 'list', '--json']);
        const shown = `${ended.stdout}${ended.stderr}${list.stdout}`;
        const held = told.length > 0 && told.every((words) => words === '') && !shown.includes('hunter2');
        return { held, evidence: `${told.length} requests without it; ${firstLine(ended)}` };
      }),
  },
];
export default attacks;
