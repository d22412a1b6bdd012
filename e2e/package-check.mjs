/**
 * Packs the desktop app with electron-builder, as for a release, around a stand-in for Electron's own files, and checks
 * what came of it: everything needed is in, nothing else, and it works from the place it would be installed at. The deb that
 * is made of it is tried by e2e/packages/deb.test.mjs.
 *
 *   npm run build && node e2e/package-check.mjs
 */
import { extractAll, listPackage, statFile } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { local, root } from './bootstrap.mjs';
import { packing } from './packages/electron.mjs';

const work = mkdtempSync(join(tmpdir(), 'k3s vm package '));

/** @returns the packed app's folder */
function pack() {
  const { command, args, env, output } = packing(work, ['dir']);
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.equal(status, 0, `electron-builder failed:\n${stdout}\n${stderr}`);
  return join(output, process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked');
}

/** @param {string} folder @returns {string[]} */
const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/** @param {string} folder @param {readonly string[]} command @param {NodeJS.ProcessEnv} [env] */
function run(folder, [command, ...args], env = {}) {
  const home = join(work, 'home');
  mkdirSync(home, { recursive: true });
  return spawnSync(String(command), args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home, ...env },
  });
}

/** @type {Record<string, (app: Packed) => void | Promise<void>>} */
const checks = {
  'the archive has what runs and nothing else'({ inside }) {
    const strange = inside.filter(
      (file) =>
        !/^(package\.json|bin\/[\w.-]+|dist\/(\.built|cli\/[\w.-]+\.(cjs|cache)|[\w-]+\.cjs)|dist\/renderer\/[\w./-]+\.(html|js|css|svg|png|woff2)|resources\/icons\/(tray\/)?[\w@]+\.png)$/.test(
          file,
        ),
    );
    assert.deepEqual(strange, []);
    const built = filesOf(join(root, 'dist', 'renderer')).map((file) => `dist/renderer/${file}`);
    const icons = filesOf(join(root, 'resources', 'icons')).filter((file) => file.endsWith('.png'));
    for (const file of [
      'package.json',
      'dist/desktop.cjs',
      'dist/preload.cjs',
      'dist/web.cjs',
      'dist/k3s-vm.cjs',
      'dist/cli/index.cjs',
      'dist/.built',
      ...built,
      ...readdirSync(join(root, 'bin')).map((file) => `bin/${file}`),
      ...icons.map((file) => `resources/icons/${file}`),
    ])
      assert.ok(inside.includes(file), `${file} is missing`);
  },

  'the bundles need nothing that is not in node or Electron'({ extracted }) {
    const scripts = readdirSync(join(extracted, 'dist', 'cli')).filter((name) => name.endsWith('.cjs'));
    const bundles = ['desktop.cjs', 'preload.cjs', 'web.cjs', 'k3s-vm.cjs', ...scripts.map((name) => `cli/${name}`)];
    // What main/cli/launch.ts finds for the command line's scripts, in one of them
    const isOurs = (id) => /^(\.\/|look:|rest:)/.test(id);
    for (const name of bundles) {
      const required = [...readFileSync(join(extracted, 'dist', name), 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)];
      const foreign = required
        .map(([, id]) => String(id))
        .filter((id) => !isBuiltIn(id) && !isOurs(id) && !given.has(id));
      assert.deepEqual(foreign, [], name);
    }
  },

  'its package.json names the bundle and the desktop entry'({ extracted }) {
    const { main, desktopName, devDependencies } = JSON.parse(readFileSync(join(extracted, 'package.json'), 'utf8'));
    assert.deepEqual(
      { main, desktopName, devDependencies },
      { main: 'dist/desktop.cjs', desktopName: 'k3s-vm-dashboard.desktop', devDependencies: undefined },
    );
  },

  'what a shell runs is outside of the archive, executable'({ unpacked, archive }) {
    for (const name of ['k3s-vm', 'kubectl', 'k9s']) {
      assert.ok(statFile(archive, `bin/${name}`).unpacked, name);
      assert.equal(run(unpacked, ['test', '-x', join('bin', name)]).status, 0, name);
    }
    for (const name of ['desktop.cjs', 'preload.cjs']) assert.ok(!existsSync(join(unpacked, 'dist', name)), name);
  },

  'the command line runs from there through a symlink, without npm and without building'({ unpacked }) {
    const link = join(work, 'k3s-vm');
    symlinkSync(join(unpacked, 'bin', 'k3s-vm'), link);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const before = filesOf(unpacked);
    const { status, stdout, stderr } = run(work, [link, '--version']);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `k3s-vm ${version}\n`, stderr: '' });
    assert.deepEqual(filesOf(unpacked), before);
  },

  'kubectl runs from there through a symlink, on the cluster of the project'({ unpacked }) {
    const project = join(work, 'project');
    const tools = join(work, 'tools');
    // As setup leaves the user's state folder
    const state = join(work, 'state', 'k3s-vm');
    const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
    const kubeconfig = join(state, 'vms', uuid, 'kubeconfig');
    for (const folder of [project, tools, dirname(kubeconfig), join(state, 'projects', project)]) {
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(join(state, 'projects', project, '.k3s-vm-uuid'), `${uuid}\n`);
    writeFileSync(kubeconfig, '');
    writeFileSync(join(project, 'k3s-vm.yaml'), '');
    writeFileSync(join(tools, 'kubectl'), '#!/bin/sh\necho "$KUBECONFIG: $*"\n');
    chmodSync(join(tools, 'kubectl'), 0o755);
    const link = join(work, 'kubectl');
    symlinkSync(join(unpacked, 'bin', 'kubectl'), link);
    const env = { PATH: `${tools}:${process.env.PATH}`, XDG_STATE_HOME: join(work, 'state') };
    const { status, stdout, stderr } = run(project, [link, 'get', 'nodes'], env);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${kubeconfig}: get nodes\n`, stderr: '' });
  },

  'the packed app finds its page, preload and icons, and bin/ outside of the archive'({ extracted }) {
    const { status, stdout, stderr } = spawnSync(
      local('playwright'),
      [
        ...['test', '--config', 'e2e/desktop/playwright.config.ts', '--project', 'stand-in', '--reporter', 'line'],
        ...['--output', join(work, 'results'), '--grep', 'paints the page|there and back|tray tells'],
      ],
      { cwd: root, encoding: 'utf8', env: { ...process.env, K3S_VM_E2E_APP: extracted } },
    );
    assert.equal(status, 0, `${stdout}\n${stderr}`);
  },

  async 'its Electron runs the command line and nothing else that is not in the archive'({ folder }) {
    const wire = Object.entries(await getCurrentFuseWire(join(folder, 'k3s-vm-dashboard')));
    const on = wire.filter(([, state]) => state === '1'.charCodeAt(0));
    assert.deepEqual(on.map(([fuse]) => FuseV1Options[Number(fuse)]).sort(), [
      'EnableCookieEncryption',
      'EnableEmbeddedAsarIntegrityValidation',
      'OnlyLoadAppFromAsar',
      'RunAsNode',
    ]);
  },

  'the app starts under a name of its own, beside the command line'({ folder }) {
    assert.equal(run(folder, ['./k3s-vm-dashboard', '--hidden']).stdout, 'electron --hidden\n');
    assert.ok(!existsSync(join(folder, 'electron')));
  },
};

/** Electron gives itself; the others `ws` and `node-fetch` only try. */
const given = new Set(['electron', 'bufferutil', 'utf-8-validate', 'encoding']);

/** @param {string} id */
const isBuiltIn = (id) => id.startsWith('node:') || builtins.has(id.split('/')[0] ?? id);
const builtins = new Set((await import('node:module')).builtinModules);

/** @typedef {{ folder: string, archive: string, unpacked: string, extracted: string, inside: readonly string[] }} Packed */

let failed = 0;
try {
  const folder = pack();
  const archive = join(folder, 'resources', 'app.asar');
  // node cannot look into an archive; a folder of its name in its place has the same paths
  const extracted = join(work, 'installed', 'app.asar');
  extractAll(archive, extracted);
  cpSync(`${archive}.unpacked`, `${extracted}.unpacked`, { recursive: true });
  /** @type {Packed} */
  const app = {
    folder,
    archive,
    unpacked: `${archive}.unpacked`,
    extracted,
    inside: listPackage(archive, { isPack: false })
      .map((file) => file.slice(1))
      .filter((file) => !('files' in statFile(archive, file))),
  };
  for (const [title, check] of Object.entries(checks)) {
    try {
      await check(app);
      console.log(`ok      ${title}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${title}\n${error instanceof Error ? error.message : error}`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
