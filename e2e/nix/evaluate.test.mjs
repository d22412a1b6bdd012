/**
 * What flake.nix and the NixOS module come to. Needs nix, and neither nixpkgs nor the network.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../bootstrap.mjs';
import { checkFlake, evaluate, run } from './nix.mjs';

const work = mkdtempSync(join(tmpdir(), 'k3s-vm-nix-'));
after(() => {
  // What is in a store is read-only
  run('chmod', ['-R', 'u+w', work]);
  rmSync(work, { recursive: true });
});
const text = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8');

/** @param {string} attribute @returns {any} */
function value(attribute) {
  const { ok, stdout, stderr } = evaluate(attribute);
  assert.ok(ok, stderr);
  return JSON.parse(stdout);
}

test('the flake has packages, an app, an overlay, a module, a shell and checks', () => {
  const systems = ['aarch64-linux', 'x86_64-linux'];
  assert.deepEqual(value('outputs'), {
    packages: systems,
    apps: systems,
    overlays: ['default'],
    nixosModules: ['default'],
    devShells: systems,
    checks: systems,
  });
  assert.equal(value('overlay'), `k3s-vm-${JSON.parse(text('package.json')).version}`);
});

test('Nix accepts the flake, and refuses hashes of another lock file', () => {
  const folder = join(work, 'flake');
  for (const name of ['flake.nix', 'nix', 'package.json', 'package-lock.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  const { ok, stderr } = checkFlake(folder, join(work, 'store'));
  assert.ok(ok, stderr);
  appendFileSync(join(folder, 'package-lock.json'), '\n');
  const changed = checkFlake(folder, join(work, 'store'));
  assert.ok(!changed.ok);
  assert.match(changed.stderr, /package-lock\.json has changed .* Run: node nix\/node-modules\.mjs/);
});

test('the hashes are of this lock file, which holds no addresses', () => {
  const lock = text('package-lock.json');
  const { packageLock, ...hashes } = JSON.parse(text('nix/node-modules.json'));
  const current = createHash('sha256').update(lock).digest('hex');
  assert.equal(packageLock, current, 'Run: node nix/node-modules.mjs');
  assert.deepEqual(Object.keys(hashes), ['x86_64-linux', 'aarch64-linux']);
  // The folder of the workspace is no address
  assert.doesNotMatch(lock, /"resolved": "(?!tools")/);
});

const nothing = { libvirt: false, polkit: false, qemu: 'qemu', members: null, packages: [], window: [] };
const libvirt = { libvirt: true, polkit: true, qemu: 'qemu_kvm', packages: ['k3s-vm-0.1.0'] };
const names = { allowedTCPPorts: [53], allowedUDPPorts: [53, 67] };

test('a disabled module changes nothing', () => {
  const quiet = { firewall: {}, forward: '', network: null };
  assert.deepEqual(value('configurations.disabled'), { ...nothing, ...quiet, electron: true });
});

test("the usual module: libvirt, its users, and a firewall that lets VMs on k3s-vm's own bridge ask for names", () => {
  const bridge = /ownBridge = '(.*)'/.exec(text('main/core/libvirt/own-network.ts'))?.[1] ?? '';
  assert.deepEqual(value('configurations.usual'), {
    ...libvirt,
    members: ['ada', 'bob'],
    firewall: { [bridge]: names },
    forward: `iifname "${bridge}" accept\n`,
    network: null,
    electron: true,
    window: [true],
  });
});

test('the module with everything else: the network "default", no firewall, no Electron', () => {
  const { network, ...rest } = value('configurations.other');
  const others = { members: [], firewall: {}, forward: '', electron: false, window: [false] };
  assert.deepEqual(rest, { ...libvirt, ...others });
  assert.match(network, /^ *virsh net-autostart default$/m);
  assert.equal(run('sh', ['-n', '-c', network]).stderr, '');
});

test('both bridges are open where both networks are in use', () => {
  assert.deepEqual(value('configurations.both').firewall, { 'virbr-k3svm': names, virbr0: names });
});

for (const [option, message] of Object.entries({
  enable: /programs\.k3s-vm\.enable is no bool/,
  network: /programs\.k3s-vm\.network is no enum/,
  users: /programs\.k3s-vm\.users is no listOf str/,
  package: /programs\.k3s-vm\.package is no package/,
  openFirewall: /programs\.k3s-vm\.openFirewall is no bool/,
  electron: /programs\.k3s-vm\.electron is no bool/,
  unknown: /programs\.k3s-vm\.memory does not exist/,
})) {
  test(`the module refuses a mistake: ${option}`, () => {
    const { ok, stderr } = evaluate(`mistakes.${option}`);
    assert.ok(!ok);
    assert.match(stderr, message);
  });
}

test('Nix can read what the docs show', () => {
  for (const file of ['docs/nixos.md', 'docs/install.md']) {
    const blocks = [...text(file).matchAll(/```nix\n(.*?)```/gs)].map(([, block]) => block ?? '');
    assert.ok(file !== 'docs/nixos.md' || blocks.length > 0);
    for (const block of blocks) assert.equal(run('nix-instantiate', ['--parse', '-E', block]).stderr, '', block);
  }
});
