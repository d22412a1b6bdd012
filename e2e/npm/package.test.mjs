/**
 * The npm package: packed as for the registry, installed without one, and used by an ordinary user who may not write to
 * the prefix. As root that user is `nobody`.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../bootstrap.mjs';

const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: 65534, gid: 65534 } : {};
const work = realpathSync(mkdtempSync(join(tmpdir(), 'k3s vm npm ')));
const prefix = join(work, 'prefix');
const installed = join(prefix, 'lib', 'node_modules', 'k3s-vm');
const home = join(work, 'home');
const project = join(home, 'project');
const tools = join(work, 'tools');
const npmCalls = join(home, 'npm-calls');
/** An npm that must not be called, then what a user has on PATH. */
const PATH = [tools, join(prefix, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let tarball = '';
/** @type {string[]} */
let atFirst = [];

/** No registry and nobody's settings: what npm is asked for has to be in the tarball. */
const npmEnvironment = () => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  npm_config_cache: join(home, '.npm'),
  npm_config_userconfig: join(home, '.npmrc'),
  npm_config_offline: 'true',
  npm_config_registry: 'http://127.0.0.1:9',
  npm_config_update_notifier: 'false',
});

/** @param {string} folder @returns {string[]} its files, by their paths in it */
const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/** @param {string} file @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
function run(file, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { ...options, encoding: 'utf8' });
  return { status, stdout, stderr: error?.message ?? stderr };
}

/** @param {Record<string, string>} [env] */
const asUser = (env = {}) => ({ cwd: project, env: { HOME: home, USER: 'nobody', PATH, ...env }, ...user });
/** As a user types it: found on PATH. @param {readonly string[]} args @param {Record<string, string>} [env] */
const k3sVm = (args, env) => run(join(prefix, 'bin', 'k3s-vm'), args, asUser(env));

before(() => {
  for (const folder of [home, project, tools]) mkdirSync(folder);
  for (const folder of [home, project]) if (isRoot) chownSync(folder, user.uid, user.gid);
  // Others may pass through, as through /usr/local
  chmodSync(work, 0o755);
  writeFileSync(join(tools, 'npm'), `#!/bin/sh\necho "$*" >> '${npmCalls}'\nexit 1\n`, { mode: 0o755 });
  const packed = run('npm', ['pack', '--json', '--pack-destination', work], { cwd: root });
  assert.equal(packed.status, 0, packed.stderr);
  tarball = join(work, `k3s-vm-${version}.tgz`);
  chmodSync(tarball, 0o644);
  const env = { ...npmEnvironment(), npm_config_cache: join(work, 'npm-cache') };
  const { status, stderr } = run('npm', ['install', '--global', '--prefix', prefix, tarball], { cwd: work, env });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  atFirst = filesOf(prefix);
  if (!isRoot) run('chmod', ['-R', 'a-w', prefix]);
});
after(() => {
  if (!isRoot) run('chmod', ['-R', 'u+w', prefix]);
  rmSync(work, { recursive: true, force: true });
});

test('the package is what runs and nothing else', () => {
  const built = filesOf(join(root, 'dist'))
    .filter((file) => /^(cli\/)?[\w-]+\.cjs$|^(renderer|share)\//.test(file))
    .map((file) => `dist/${file}`);
  for (const name of ['k3s-vm', 'web', 'desktop', 'preload', 'cli/index', 'cli/look', 'cli/rest']) {
    assert.ok(built.includes(`dist/${name}.cjs`), name);
  }
  assert.ok(built.includes('dist/renderer/index.html'));
  const icons = filesOf(join(root, 'resources', 'icons')).filter((file) => file.endsWith('.png'));
  const expected = [
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
    ...readdirSync(join(root, 'bin')).map((file) => `bin/${file}`),
    ...built,
    ...icons.map((file) => `resources/icons/${file}`),
  ];
  assert.deepEqual(filesOf(installed), expected.sort());
  for (const file of filesOf(installed)) assert.ok(lstatSync(join(installed, file)).isFile(), file);
  assert.ok(filesOf(join(prefix, 'share', 'man')).includes('man1/k3s-vm-setup.1'));
  assert.deepEqual(filesOf(join(prefix, 'bin')), ['k3s-vm'], 'kubectl and k9s on PATH are the real ones');
});

test('it brings no packages, runs nothing when it is installed, and takes at most 20 MB', (t) => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const key of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'private']) {
    assert.equal(manifest[key], undefined, key);
  }
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(manifest.scripts[script], undefined, script);
  }
  assert.deepEqual(readdirSync(join(prefix, 'lib', 'node_modules')), ['k3s-vm']);
  const bytes = filesOf(prefix).reduce((sum, file) => sum + lstatSync(join(prefix, file)).size, 0);
  t.diagnostic(`installed: ${(bytes / 1e6).toFixed(1)} MB; tarball: ${(lstatSync(tarball).size / 1e6).toFixed(1)} MB`);
  assert.ok(bytes <= 20e6, `${bytes} bytes`);
});

test('a user without write access runs it, and hints name it as it is typed', () => {
  assert.deepEqual(k3sVm(['--version']), { status: 0, stdout: `k3s-vm ${version}\n`, stderr: '' });
  const help = k3sVm(['--help']);
  assert.deepEqual({ status: help.status, stderr: help.stderr }, { status: 0, stderr: '' });
  assert.match(help.stdout, /^Usage: k3s-vm /m);
  const config = k3sVm(['config', 'show']);
  assert.deepEqual({ status: config.status, stderr: config.stderr }, { status: 0, stderr: '' });
  assert.match(k3sVm(['start']).stderr, /^ +k3s-vm setup$/m);
  assert.match(k3sVm(['kubectl', 'get', 'nodes']).stderr, /^ +k3s-vm setup$/m);
});

test('setup --dry-run looks at this machine', (t) => {
  const { status, stdout, stderr } = k3sVm(['setup', '--dry-run', '--k3s-version', 'v1.33.4+k3s1']);
  t.diagnostic(`status ${status}`);
  // What it finds is the machine's affair: all is there, or it names what is missing and how to get it
  if (status === 0) assert.deepEqual({ stderr, shows: stdout !== '' }, { stderr: '', shows: true });
  else {
    assert.ok(status === 10, `status ${status}: ${stderr}`);
    assert.match(stderr, /k3s-vm doctor/);
    t.diagnostic(`not run: the plan of a VM, since this machine lacks something: ${stderr.trim().split('\n')[0]}`);
  }
});

test('kubectl is the real one, on the cluster of the project', () => {
  const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
  // As setup leaves the user's state folder
  const state = join(home, '.local', 'state', 'k3s-vm');
  const kubeconfig = join(state, 'vms', uuid, 'kubeconfig');
  for (const folder of [dirname(kubeconfig), join(state, 'projects', project)]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(state, 'projects', project, '.k3s-vm-uuid'), `${uuid}\n`);
  writeFileSync(kubeconfig, 'apiVersion: v1\nkind: Config\n');
  const kubectl = join(tools, 'kubectl');
  writeFileSync(kubectl, '#!/bin/sh\necho "$KUBECONFIG: $*"\n', { mode: 0o755 });
  const stdout = `${kubeconfig}: get nodes\n`;
  assert.deepEqual(k3sVm(['kubectl', 'get', 'nodes']), { status: 0, stdout, stderr: '' });
  rmSync(join(home, '.local'), { recursive: true });
});

test("a project's own bin/ finds it on PATH", () => {
  assert.equal(k3sVm(['init']).status, 0);
  const stdout = `k3s-vm ${version}\n`;
  assert.deepEqual(run('bin/k3s-vm', ['--version'], asUser()), { status: 0, stdout, stderr: '' });
});

test('without Electron the dashboard is a page, and that is said once', async () => {
  const args = ['dashboard', '--no-open'];
  const dashboard = spawn(join(prefix, 'bin', 'k3s-vm'), args, asUser({ DISPLAY: ':99' }));
  let [stdout, stderr] = ['', ''];
  dashboard.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = new Promise((resolve) => dashboard.once('close', resolve));
  try {
    const url = await new Promise((resolve, reject) => {
      dashboard.stdout.setEncoding('utf8').on('data', (text) => {
        stdout += text;
        const [url] = /http:\S+(?=\s)/.exec(stdout) ?? [];
        if (url !== undefined) resolve(new URL(url));
      });
      void ended.then((status) => reject(new Error(`It ended (${status}): ${stderr}`)));
    });
    const page = await fetch(url);
    assert.equal(page.status, 200);
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="([^"#:]+)"/g)].map(([, path]) => String(path));
    assert.notEqual(files.length, 0);
    for (const path of files) assert.equal((await fetch(new URL(path, url))).status, 200, path);
  } finally {
    dashboard.kill('SIGINT');
  }
  assert.equal(await ended, 130, stderr);
  assert.equal(stderr.match(/Electron was not found/g)?.length, 1, stderr);
});

test('npx runs it without installing it, and hints say npx', () => {
  const npx = (/** @type {readonly string[]} */ ...args) =>
    run('npx', ['--yes', '--package', tarball, 'k3s-vm', ...args], { cwd: project, env: npmEnvironment(), ...user });
  assert.deepEqual(npx('--version'), { status: 0, stdout: `k3s-vm ${version}\n`, stderr: '' });
  assert.match(npx('start').stderr, /^ +npx k3s-vm setup$/m);
});

test('a symlink leads to it, and without node it says what to install', () => {
  const link = join(work, 'mine');
  symlinkSync(join(prefix, 'bin', 'k3s-vm'), link);
  const stdout = `k3s-vm ${version}\n`;
  assert.deepEqual(run(link, ['--version'], asUser()), { status: 0, stdout, stderr: '' });
  const bare = join(work, 'bare');
  mkdirSync(bare);
  symlinkSync('/usr/bin/readlink', join(bare, 'readlink'));
  const without = k3sVm(['--version'], { PATH: bare });
  assert.equal(without.status, 10);
  assert.match(without.stderr, /node is not on PATH/);
});

test('none of this wrote to the installation, or called npm', () => {
  assert.deepEqual(filesOf(prefix), atFirst);
  assert.ok(!existsSync(npmCalls), existsSync(npmCalls) ? readFileSync(npmCalls, 'utf8') : '');
});
