/**
 * `npm test`: everything that can be tested on this machine, installing what it needs where it may. What cannot run
 * is named with its reason, and never counted as passed.
 *
 * Plain JavaScript without dependencies: on a fresh clone it runs before anything is installed.
 *
 *   npm test                 everything
 *   npm test -- unit         what needs neither a browser nor a VM
 *   npm test -- security     the attack suite: prepared projects, pages and mirrors against the built product
 *   npm test -- desktop      the dashboard's pages and Electron's side, in Chromium
 *   npm test -- nix          flake, NixOS module and package, all of it
 *   npm test -- packages     the deb, in a Debian chroot of its own, which only this makes
 *   npm test -- npm          the npm package: packed, installed without a registry, used by another user
 *   npm test -- vm [FILTER]  the real-VM suite
 *   npm test -- long         those of its tests that take minutes each, which nothing else runs
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { install, local, root, run } from './bootstrap.mjs';
import { buildObstacle, evaluationObstacle } from './nix/nix.mjs';
import { findChromium, findElectron } from './programs.mjs';

const results = join(root, 'test-results');
const [only, ...filters] = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const notRun = [];

const heading = (/** @type {string} */ text) => console.log(`\n== ${text}`);

/**
 * A check that is one pass or one failure.
 * @param {string} title @param {string} command @param {readonly string[]} args @param {Record<string, string>} [env]
 */
function check(title, command, args, env = {}) {
  heading(title);
  const ok = run(command, args, env) === 0;
  totals[ok ? 'passed' : 'failed']++;
  if (!ok) console.log(`FAILED: ${title}`);
  return ok;
}

function unit() {
  heading('Unit tests');
  if (installsPackages()) run(join(root, 'e2e', 'host', 'install.sh'), ['unit']);
  const out = join(results, 'unit.json');
  run(local('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${out}`]);
  for (const name of skippedUnitTests(out)) notRun.push(`unit test "${name}": what it needs is not on this machine`);
  tally(out, (report) => ({
    passed: report.numPassedTests,
    failed:
      report.numFailedTests +
      (report.numTotalTests === 0 ? 1 : 0) +
      report.numFailedTestSuites * (report.numFailedTests === 0 ? 1 : 0),
    skipped: report.numPendingTests + report.numTodoTests,
  }));
}

/** @param {string} file @returns {string[]} */
function skippedUnitTests(file) {
  if (!existsSync(file)) return [];
  /** @type {{ assertionResults: { status: string, fullName: string }[] }[]} */
  const suites = JSON.parse(readFileSync(file, 'utf8')).testResults;
  const tests = suites.flatMap(({ assertionResults }) => assertionResults);
  return tests.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ fullName }) => fullName);
}

/** @param {string} file @param {(report: any) => {passed: number, failed: number, skipped: number}} read */
function tally(file, read) {
  if (!existsSync(file)) {
    console.log(`FAILED: no report at ${file}`);
    totals.failed++;
    return;
  }
  const counted = read(JSON.parse(readFileSync(file, 'utf8')));
  for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) totals[key] += counted[key];
}

/** @param {string} file @param {string} config @param {readonly string[]} args @param {Record<string, string>} [env] */
function playwright(file, config, args, env) {
  run(local('playwright'), ['test', '--config', config, ...args], env);
  tally(join(results, file), ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
  }));
}

function security() {
  heading('Attacks on the built product');
  playwright('security.json', 'e2e/security/playwright.config.ts', filters);
}

/** Whether packages can be installed here. */
const installsPackages = () => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** Installs a browser where it may. @returns whether there is one */
function browser() {
  if (findChromium() === undefined && installsPackages()) run(join(root, 'e2e', 'host', 'install.sh'), ['browser']);
  return findChromium() !== undefined;
}

function desktop() {
  if (!browser()) {
    notRun.push('the dashboard in a browser: there is no Chromium (as root it is installed: sudo npm test)');
    return;
  }
  check('Every page in both themes: accessibility, security policy', process.execPath, [
    'renderer/dev/screenshots.mjs',
    '--check',
  ]);
  heading("Electron's side, on a stand-in for Electron in Chromium");
  playwright('desktop.json', 'e2e/desktop/playwright.config.ts', []);
  const electron = findElectron();
  if ('obstacle' in electron) notRun.push(`the desktop specs on the real Electron: ${electron.obstacle}`);
  check('The packages of the desktop app', process.execPath, ['e2e/package-check.mjs']);
}

function packages() {
  if (installsPackages()) run(join(root, 'e2e', 'host', 'install.sh'), ['packages']);
  if (process.getuid?.() !== 0 || spawnSync('mmdebstrap', ['--version']).status !== 0) {
    notRun.push('the deb in a Debian of its own: it needs root and mmdebstrap (sudo npm test -- packages)');
    return;
  }
  check("The deb in a Debian of its own, made with stand-ins for fpm and Electron's binary", process.execPath, [
    '--test',
    '--test-reporter=spec',
    'e2e/packages/deb.test.mjs',
  ]);
}

function npm() {
  check('The npm package, in a prefix that its user may not write to', process.execPath, [
    '--test',
    '--test-reporter=spec',
    'e2e/npm/package.test.mjs',
  ]);
  if (spawnSync('virsh', ['--version']).status !== 0)
    notRun.push('setup --dry-run from the npm package: there is no libvirt');
}

/** @param {{ readonly thorough: boolean }} how */
function nix({ thorough }) {
  if (evaluationObstacle() !== undefined && installsPackages()) run(join(root, 'e2e', 'host', 'install.sh'), ['nix']);
  const obstacle = evaluationObstacle();
  if (obstacle !== undefined) {
    notRun.push(`the flake, the NixOS module and the Nix package: ${obstacle}`);
    return;
  }
  const node = ['--test', '--test-reporter=spec'];
  check('The flake and the NixOS module', process.execPath, [...node, 'e2e/nix/evaluate.test.mjs']);
  const cannotBuild = buildObstacle();
  if (cannotBuild !== undefined) notRun.push(`the Nix package: ${cannotBuild}`);
  else {
    const env = thorough ? { K3S_VM_E2E_NIX_THOROUGH: '1' } : {};
    check('The Nix package, from its read-only store', process.execPath, [...node, 'e2e/nix/package.test.mjs'], env);
    if (!thorough)
      notRun.push('a second build of the Nix package, and the hashes of its npm packages: npm test -- nix');
  }
  notRun.push("the flake on nixpkgs itself: it ran on the tests' own, which is small (e2e/nix/nixpkgs)");
}

/** Why the real-VM suite cannot run here, or undefined. */
function vmObstacle() {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, to install libvirt and start it (sudo npm test)';
  if (!existsSync('/usr/bin/apt-get'))
    return "it builds its guest from Debian's packages with apt, and there is no apt-get here";
  return undefined;
}

/** @param {{ readonly long: boolean }} which */
function vm({ long }) {
  const obstacle = vmObstacle();
  if (obstacle !== undefined) {
    notRun.push(`the real-VM suite: ${obstacle}`);
    return;
  }
  heading('Real-VM suite (libvirt, QEMU, cloud-init, kubectl)');
  if (!browser()) notRun.push('the dashboard on a real VM: there is no Chromium');
  playwright('vm.json', 'e2e/playwright.config.ts', filters, {
    K3S_VM_E2E_REPOSITORY: root,
    ...(long ? { K3S_VM_E2E_LONG: '1' } : {}),
  });
  if (!long) notRun.push('the real-VM tests that take minutes each: npm test -- long');
  if (process.env.K3S_VM_E2E_K3S === undefined) {
    notRun.push('the real-VM suite on a real K3s: K3S_VM_E2E_K3S=PATH names no binary; it ran on the stand-in');
  }
}

/** Begins in the background with what the real-VM suite begins with: packages and the guest image take a while. */
function prepareVm() {
  const cache = process.env.K3S_VM_E2E_CACHE ?? join(root, '.cache', 'e2e');
  const own = process.env.K3S_VM_E2E_GUEST_PACKAGES === undefined;
  const image = own ? '&& e2e/guest-image/build.sh "$0/guest-image.qcow2"' : '';
  const log = openSync(join(results, 'prepare.log'), 'w');
  const script = `e2e/host/install.sh && e2e/host/install.sh browser ${image}`;
  spawn('sh', ['-c', script, cache], { cwd: root, stdio: ['ignore', log, log] }).unref();
}

function standIn() {
  if (spawnSync('python3', ['--version']).status !== 0 || spawnSync('openssl', ['version']).status !== 0) {
    notRun.push("the stand-in's own tests: python3 or openssl is missing");
    return;
  }
  check('The K3s stand-in, driven by the real kubectl', 'python3', ['e2e/k3s-stand-in/test_stand_in.py']);
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const wantsVm = only === undefined || only === 'vm' || only === 'long';
if (wantsVm && vmObstacle() === undefined) prepareVm();
if (!install()) {
  console.log('FAILED: npm ci');
  process.exit(1);
}
// As a user's first run does it.
rmSync(join(root, 'dist', '.built'), { force: true });
const built = check('Build', join(root, 'bin', 'k3s-vm'), ['version']);
if (only === undefined || only === 'unit') {
  check('Types', 'npm', ['run', '--silent', 'typecheck']);
  check('Lint', local('eslint'), ['.']);
  check('Unused code', local('knip'), []);
  // Without its name prettier looks through .cache all the same, where a guest's file system comes and goes
  check('Formatting', local('prettier'), ['--check', '--log-level=warn', '.', '!.cache']);
  unit();
}
if ((only === undefined || only === 'security') && built) security();
if ((only === undefined || only === 'desktop') && built) desktop();
if (only === 'packages' && built) packages();
else if (only === undefined) notRun.push('the deb in a Debian of its own: npm test -- packages');
if (only === undefined || only === 'npm') npm();
if (only === undefined || only === 'nix') nix({ thorough: only === 'nix' });
if (wantsVm && built) vm({ long: only === 'long' });
if (only === undefined) standIn();
else notRun.push(`everything but "${only}": only that was asked for`);

console.log();
for (const reason of notRun) console.log(`not run: ${reason}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
