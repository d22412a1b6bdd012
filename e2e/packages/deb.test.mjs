/**
 * The deb, installed by dpkg in a Debian 12 of its own (a chroot) and used there by an ordinary user, then removed. Needs
 * root, mmdebstrap, and once a Debian mirror.
 *
 * electron-builder makes it as for a release, up to two programs that it downloads: fpm-stand-in.mjs stands in for fpm, and
 * a shell script for Electron (electron.mjs), with this machine's node for ELECTRON_RUN_AS_NODE. Of the rpm only what would
 * be in it is looked at.
 *
 *   npm run build && sudo node --test e2e/packages/deb.test.mjs
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../bootstrap.mjs';
import { packing } from './electron.mjs';

const work = mkdtempSync(join(tmpdir(), 'k3s-vm-packages-'));
const chroot = join(work, 'debian');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Not on PATH: only Electron's stand-in knows it. */
const node = '/opt/e2e-node';
let deb = '';
let rpm = '';

/** @param {string} command @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [how] */
function must(command, args, how = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { maxBuffer: 64e6, ...how, encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}\n${error ?? ''}`);
  return stdout;
}

/** A Debian with what the package depends on, and what shows its completion and manual. @param {string} depends */
function debian(depends) {
  const packages = [...depends.trim().split(/, */), 'man-db', 'bash-completion', 'zsh', 'fish'];
  const inputs = createHash('sha256').update(packages.join()).digest('hex').slice(0, 16);
  const cache = process.env.K3S_VM_E2E_CACHE ?? join(root, '.cache', 'e2e');
  const archive = join(cache, `debian-for-deb-${inputs}.tar`);
  const part = join(cache, `debian-for-deb-${process.pid}.part`);
  if (!existsSync(archive)) {
    mkdirSync(cache, { recursive: true });
    for (const old of readdirSync(cache).filter((name) => name.startsWith('debian-for-deb-'))) rmSync(join(cache, old));
    must('mmdebstrap', [
      ...['--quiet', '--mode=root', '--variant=minbase', `--include=${packages.join()}`],
      ...['--aptopt=Apt::Install-Recommends "false"', '--dpkgopt=force-unsafe-io'],
      ...['--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/locale/*'],
      ...['--format=tar', 'bookworm', part],
    ]);
    renameSync(part, archive);
  }
  mkdirSync(chroot);
  must('tar', ['-C', chroot, '-xf', archive]);
}

/** Runs in the chroot, where processes and mounts are its own and end with it. @param {readonly string[]} command */
function inside(command, { as = 'me', env = {} } = {}) {
  const mounts = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$@"';
  const user = as === 'root' ? ['--userspec=0:0'] : ['--userspec=1000:1000'];
  const words = Object.entries({
    HOME: `/home/${as}`,
    USER: as,
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    LC_ALL: 'C.UTF-8',
    E2E_NODE: node,
    ...env,
  });
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', mounts, chroot, ...user, chroot],
      ...['env', '-i', ...words.map(([name, value]) => `${name}=${value}`), ...command],
    ],
    { encoding: 'utf8', timeout: 120_000 },
  );
  return { status, stdout, stderr };
}
/** As the user in the project's folder. @param {string} script @param {Record<string, string>} [env] */
const sh = (script, env) => inside(['sh', '-c', `cd ~/project && ${script}`], env === undefined ? {} : { env });

/** Every file and link in the chroot that dpkg is not to keep a note in. */
const everything = () =>
  must('find', [
    ...[chroot, '-xdev', '(', '-path', `${chroot}/var/lib/dpkg`, '-o', '-path', `${chroot}/var/log`],
    ...['-o', '-path', `${chroot}/var/cache`, '-o', '-path', `${chroot}/home`, ')', '-prune'],
    ...['-o', '-printf', '/%P %l\\n'],
  ])
    .split('\n')
    .sort();
/** @type {string[]} */
let untouched = [];

before(() => {
  const { command, args, env, output } = packing(work, ['deb', 'rpm']);
  const stand = join(root, 'e2e', 'packages', 'fpm-stand-in.mjs');
  must(command, args, { cwd: root, env: { ...process.env, ...env, CUSTOM_FPM_PATH: stand } });
  const made = readdirSync(output);
  const named = (/** @type {string} */ ending) => join(output, made.find((name) => name.endsWith(ending)) ?? ending);
  [deb, rpm] = [named('.deb'), named('.rpm')];
  debian(must('dpkg-deb', ['--field', deb, 'Depends']));
  copyFileSync(process.execPath, join(chroot, node));
  mkdirSync(join(chroot, 'home/me/project'), { recursive: true });
  must('chown', ['-R', '1000:1000', join(chroot, 'home/me')]);
  appendFileSync(join(chroot, 'etc/passwd'), 'me:x:1000:1000::/home/me:/bin/sh\n');
  appendFileSync(join(chroot, 'etc/group'), 'me:x:1000:\n');
  untouched = everything();
  copyFileSync(deb, join(chroot, 'home', 'k3s-vm.deb'));
});
after(() => rmSync(work, { recursive: true, force: true }));

const install = () => inside(['dpkg', '--install', '/home/k3s-vm.deb'], { as: 'root' });

test('it needs what Electron needs; libvirt, QEMU and ssh are recommended', () => {
  const field = (/** @type {string} */ name) => must('dpkg-deb', ['--field', deb, name]);
  assert.doesNotMatch(field('Depends'), /libvirt|qemu|ssh|nodejs/);
  for (const name of [
    /libvirt-daemon-system/,
    /libvirt-clients/,
    /qemu-system-x86 \|/,
    /openssh-client/,
    /dnsmasq-base/,
  ]) {
    assert.match(field('Recommends'), name);
  }
});

test('dpkg installs it', () => {
  const { status, stdout, stderr } = install();
  assert.equal(status, 0, `${stdout}\n${stderr}`);
});

test('without node, the packaged Electron runs the command line, also in what it starts', () => {
  assert.notEqual(sh('command -v node').status, 0);
  assert.deepEqual(sh('k3s-vm --version'), { status: 0, stdout: `k3s-vm ${version}\n`, stderr: '' });
  const { status, stdout, stderr } = sh('k3s-vm config show');
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^network +auto +default$/m);
  // What starts in the background is the launcher again
  assert.deepEqual(sh('k3s-vm init >/dev/null && bin/k3s-vm --version').stdout, `k3s-vm ${version}\n`);
});

test('a node that is too old does not keep it from running', () => {
  const old = join(chroot, 'usr/local/bin/node');
  writeFileSync(old, '#!/bin/sh\necho v18.19.0\n');
  chmodSync(old, 0o755);
  const PATH = '/usr/local/bin:/usr/bin:/bin';
  assert.deepEqual(sh('k3s-vm --version', { PATH }), { status: 0, stdout: `k3s-vm ${version}\n`, stderr: '' });
  rmSync(old);
});

test('hints name the command', () => {
  const { status, stderr } = sh('k3s-vm start');
  assert.notEqual(status, 0);
  assert.match(stderr, /virsh|libvirt/);
  assert.doesNotMatch(stderr, /\/opt\/k3s-vm/);
});

test('kubectl and k9s stay what they are on PATH, and are commands of k3s-vm', () => {
  assert.notEqual(sh('command -v kubectl || command -v k9s').status, 0);
  const { status, stderr } = sh('k3s-vm kubectl version --client');
  assert.equal(status, 10);
  assert.match(stderr, /kubectl is not installed/);
});

test('man finds the pages', () => {
  const { status, stdout, stderr } = sh('man -P cat k3s-vm && man -P cat k3s-vm-reset');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /one libvirt virtual machine, per project/);
  assert.match(stdout, /k3s-vm reset --recreate/);
});

test('bash, zsh and fish complete it without a word in a profile', () => {
  const bash = 'source /usr/share/bash-completion/bash_completion; _completion_loader k3s-vm; complete -p k3s-vm';
  assert.equal(inside(['bash', '-c', bash]).stdout, 'complete -F _k3s_vm k3s-vm\n');
  const zsh =
    'autoload -Uz compinit && compinit -u -D; print -r -- $_comps[k3s-vm]; autoload +X _k3s-vm && print loaded';
  assert.equal(inside(['zsh', '-f', '-c', zsh]).stdout, '_k3s-vm\nloaded\n');
  assert.match(inside(['fish', '-c', 'complete -C "k3s-vm sus"']).stdout, /^suspend\t/m);
});

test('the dashboard opens the packaged window', () => {
  const log = '/home/me/electron.log';
  const env = { DISPLAY: ':9', E2E_ELECTRON_LOG: log };
  assert.deepEqual(sh('k3s-vm dashboard', env), { status: 0, stdout: '', stderr: '' });
  assert.equal(sh('cd .. && k3s-vm --project project dashboard --hidden', env).status, 0);
  const project = '--project=/home/me/project';
  assert.equal(readFileSync(join(chroot, log), 'utf8'), `electron ${project}\nelectron ${project} --hidden\n`);
});

test('the dashboard serves its page where there is no display', () => {
  const { stdout } = sh('timeout --signal=INT 10 k3s-vm dashboard --no-open --json');
  assert.match(JSON.parse(stdout).url, /^http:\/\/127\.0\.0\.1:\d+\//);
});

test('a menu finds the window by its entry, icon and metainfo', () => {
  const entry = readFileSync(join(chroot, 'usr/share/applications/k3s-vm-dashboard.desktop'), 'utf8');
  const value = (/** @type {string} */ key) => new RegExp(`^${key}=(.*)$`, 'm').exec(entry)?.[1] ?? '';
  assert.equal(value('Exec'), '/opt/k3s-vm/k3s-vm-dashboard %U');
  assert.equal(inside(['test', '-x', '/opt/k3s-vm/k3s-vm-dashboard']).status, 0);
  for (const size of [16, 48, 128, 512]) {
    assert.ok(existsSync(join(chroot, `usr/share/icons/hicolor/${size}x${size}/apps/${value('Icon')}.png`)), `${size}`);
  }
  const metainfo = readFileSync(join(chroot, 'usr/share/metainfo/k3s-vm-dashboard.metainfo.xml'), 'utf8');
  assert.match(metainfo, /<launchable type="desktop-id">k3s-vm-dashboard\.desktop</);
});

test('an upgrade keeps the commands where they are', () => {
  const { status, stdout, stderr } = install();
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.equal(sh('k3s-vm --version').status, 0);
  assert.equal(inside(['test', '-x', '/usr/bin/k3s-vm-dashboard']).status, 0);
});

test('nothing of it is left when it is removed', () => {
  const { status, stdout, stderr } = inside(['dpkg', '--purge', 'k3s-vm'], { as: 'root' });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.deepEqual(everything(), untouched);
});

test('the rpm would have the same, where Fedora and openSUSE look for it', () => {
  const { depends, tags, files } = JSON.parse(readFileSync(rpm, 'utf8'));
  assert.doesNotMatch(depends.join(), /libvirt|qemu|ssh/);
  assert.ok(tags.includes('Recommends: libvirt-client'));
  for (const file of [
    '/opt/k3s-vm/k3s-vm-dashboard',
    '/usr/bin/k3s-vm',
    '/usr/share/applications/k3s-vm-dashboard.desktop',
    '/usr/share/bash-completion/completions/k3s-vm',
    '/usr/share/fish/vendor_completions.d/k3s-vm.fish',
    '/usr/share/man/man1/k3s-vm-setup.1',
    '/usr/share/metainfo/k3s-vm-dashboard.metainfo.xml',
    '/usr/share/zsh/site-functions/_k3s-vm',
  ])
    assert.ok(files.includes(file), file);
});
