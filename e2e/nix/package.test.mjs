/**
 * The package, built by Nix and used from its read-only store by an ordinary user. Needs root, npm and its registry.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../bootstrap.mjs';
import { build, run } from './nix.mjs';

const nobody = 65534;
/** Also what takes minutes: a second build, and the hashes of every platform. */
const thorough = process.env.K3S_VM_E2E_NIX_THOROUGH === '1';
const home = mkdtempSync(join(tmpdir(), 'k3s-vm-nix-user-'));
const project = join(home, 'project');
let output = '';

before(() => {
  mkdirSync(project);
  for (const folder of [home, project]) chownSync(folder, nobody, nobody);
  const { ok, stdout, stderr } = build();
  assert.ok(ok, stderr);
  output = stdout;
});
after(() => rmSync(home, { recursive: true, force: true }));

/** @param {string} program @param {readonly string[]} args @param {Record<string, string>} [env] */
function asUser(program, args, env = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: project,
    encoding: 'utf8',
    uid: nobody,
    gid: nobody,
    env: { HOME: home, USER: 'nobody', PATH: process.env.PATH ?? '', ...env },
  });
  return { status, stdout, stderr };
}
const k3sVm = (/** @type {readonly string[]} */ ...args) => asUser(join(output, 'bin', 'k3s-vm'), args);

test('an ordinary user runs it, and nothing is built', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(k3sVm('--version'), { status: 0, stdout: `k3s-vm ${version}\n`, stderr: '' });
  const { status, stdout, stderr } = k3sVm('config', 'show');
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^network +auto +default$/m);
});

test('the doctor looks at the machine, and names no path that may be collected', () => {
  const { status, stdout, stderr } = k3sVm('doctor');
  // What it finds is the machine's affair
  assert.ok(status === 0 || status === 10, stderr);
  assert.equal(stderr, '');
  assert.match(stdout, /^. virsh /m);
  assert.doesNotMatch(stdout, /\/nix\/store/);
});

test('hints name the command, or what a caller says it is', () => {
  const { stderr } = k3sVm('start');
  assert.match(stderr, /^ +k3s-vm setup$/m);
  assert.doesNotMatch(stderr, /\/nix\/store/);
  const named = asUser(join(output, 'bin', 'k3s-vm'), ['start'], { K3S_VM_COMMAND: 'bin/k3s-vm' });
  assert.match(named.stderr, /^ +bin\/k3s-vm setup$/m);
});

test("a project's own bin/ finds it on PATH", () => {
  const { status, stderr } = k3sVm('init');
  assert.equal(status, 0, stderr);
  const PATH = [join(output, 'bin'), process.env.PATH].join(delimiter);
  const found = asUser(join(project, 'bin', 'k3s-vm'), ['--version'], { PATH });
  assert.deepEqual({ status: found.status, stderr: found.stderr }, { status: 0, stderr: '' });
});

test('what outlives a command is told the path in the profile, where there is one', () => {
  const tools = join(home, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'node'), '#!/bin/sh\necho "$K3S_VM_PROGRAM"\n');
  chmodSync(join(tools, 'node'), 0o755);
  const env = { PATH: [tools, process.env.PATH].join(delimiter) };
  const program = join(output, 'bin', 'k3s-vm');
  assert.equal(asUser(program, [], env).stdout, `${program}\n`);
  symlinkSync(output, join(home, '.nix-profile'));
  const stable = join(home, '.nix-profile', 'bin', 'k3s-vm');
  assert.equal(asUser(stable, [], env).stdout, `${stable}\n`);
  assert.equal(asUser(program, [], { ...env, K3S_VM_PROGRAM: '/opt/k3s-vm' }).stdout, '/opt/k3s-vm\n');
});

test('nothing but what runs is in it', () => {
  const share = join(output, 'share');
  for (const path of [
    'applications/k3s-vm-dashboard.desktop',
    'bash-completion/completions/k3s-vm.bash',
    'fish/vendor_completions.d/k3s-vm.fish',
    'icons/hicolor/512x512/apps/k3s-vm.png',
    'k3s-vm/dist/desktop.cjs',
    'man/man1/k3s-vm.1',
    'man/man1/k3s-vm-setup.1',
    'zsh/site-functions/_k3s-vm',
  ]) {
    assert.ok(statSync(join(share, path)).size > 0, path);
  }
  for (const path of ['main', 'node_modules', 'package-lock.json', 'dist/share'])
    assert.ok(!existsSync(join(share, 'k3s-vm', path)));
  const references = run('nix-store', ['--query', '--references', output]).stdout.trim();
  assert.equal(references, output, 'it needs no other path of the store');
  assert.equal(run('find', [output, '-name', '*.cache']).stdout, '');
});

test('a second build is the same', { skip: !thorough }, () => {
  const { ok, stderr } = build(['--check']);
  assert.ok(ok, stderr);
});

test('the hashes of the npm packages are right, for every platform', { skip: !thorough }, () => {
  const { ok, stderr } = run(process.execPath, [join(root, 'nix', 'node-modules.mjs'), '--check']);
  assert.ok(ok, stderr);
});
