import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { k3sVmError } from '../core/errors';
import { guestCredentials } from '../core/k3s/kubeconfig';
import { writeKubeconfig } from '../core/k3s/kubeconfig-files';
import { guestKubeconfig } from '../core/testing/credentials';
import { idleInterrupt, runFake, type Ran, type RunOptions } from './fake-cluster';

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'k3s vm ')));
  mkdirSync(join(project, '.k3s-vm'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(project, { recursive: true });
});

const run = (args: string[], options: Partial<RunOptions> = {}): Promise<Ran> =>
  runFake(args, { cwd: project, ...options });
const json = (text: string): unknown => JSON.parse(text) as unknown;

describe('usage', () => {
  it('prints help on stdout when asked, on stderr when not', async () => {
    expect(await run(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Commands:'),
      stderr: '',
    });
    expect(await run([])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('Commands:') });
    expect(await run(['config'])).toMatchObject({ status: 2, stderr: expect.stringContaining('show [options] [key]') });
    expect(await run(['help', 'setup'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--cpus <n>') });
  });

  it.each([
    [['statsu'], 'Unknown command \'statsu\'. Did you mean "status"?', 'k3s-vm --help'],
    [['config', 'gett', 'x'], 'Unknown command \'gett\'. Did you mean "get"?', 'k3s-vm config --help'],
    [['setup', '--memroy', '1'], 'Unknown option \'--memroy\'. Did you mean "--memory"?', 'k3s-vm setup --help'],
    [['setup', '--memory'], "Option '--memory <size>' needs a value.", 'k3s-vm setup --help'],
    [['status', 'x'], "Too many arguments for 'status'. Expected 0 arguments but got 1.", 'k3s-vm status --help'],
    [['config', 'get'], "Missing required argument 'key'.", 'k3s-vm config get --help'],
    [['--progress', 'fancy', 'status'], '--progress: "fancy" is not one of', 'k3s-vm --help'],
    [['logs', '-s', 'k3'], 'Did you mean "k3s"?', 'k3s-vm logs --help'],
    [['completion', 'bsh'], 'Did you mean "bash"?', 'k3s-vm completion --help'],
  ])('%j is explained', async (args, message, help) => {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain(help);
  });

  it('takes the version as a command and as an option', async () => {
    const { stdout } = await run(['version']);
    expect(stdout).toMatch(/^k3s-vm \d+\.\d+\.\d+\n$/);
    expect((await run(['--version'])).stdout).toBe(stdout);
  });

  it('has an example for every command', async () => {
    const { commandTable } = await import('./command-table');
    for (const command of commandTable.flatMap((top) => [top, ...(top.commands ?? [])])) {
      expect(command.examples.length, command.name).toBeGreaterThan(0);
    }
  });
});

describe('init', () => {
  it('writes the files of the project, and fails where another file is in the way', async () => {
    const first = await run(['init', '--json']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(json(first.stdout)).toMatchObject({ schemaVersion: 1, project, files: { length: 5 } });
    expect((await run(['setup'])).stdout).toContain('bin/kubectl get nodes');
    const inBin = await run(['setup', '--project', project], { cwd: join(project, 'bin') });
    expect(inBin.stdout).toContain(' ./kubectl get nodes');
    writeFileSync(join(project, 'bin/k9s'), 'theirs');
    const second = await run(['init', '--envrc']);
    expect(second.status).toBe(14);
    expect(second.stderr).toContain('bin/k9s: left alone');
    expect(second.stderr).toContain('.envrc: created');
  });
});

describe('setup', () => {
  it('passes its options on as settings and says what comes next', async () => {
    const ran = await run(['setup', '--cpus', '1', '--wait', 'api', '--name', 'mine']);
    expect(ran.status).toBe(0);
    expect(ran.calls).toEqual([`cluster mine in ${project}`, 'setup {"wait":"api"}']);
    expect(ran.stdout).toContain('The cluster is ready  mine');
    expect(ran.stdout).toContain(`${project}/.kube/config`);
    expect(ran.stdout).toContain('kubectl get nodes');
    expect(ran.stderr).toContain('[2/2] Step 2: done in 2.0 s');
  });
  it('says when there was nothing to do', async () =>
    expect((await run(['setup'], { already: true })).stdout).toContain('is already set up'));
  it('says little when it shall', async () => {
    const { stdout, stderr } = await run(['setup', '--quiet']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toBe('');
  });
  it('prints JSON only on stdout', async () => {
    const { stdout } = await run(['setup', '--json']);
    expect(json(stdout)).toMatchObject({ schemaVersion: 1, already: false, vm: { state: 'running' } });
  });
  it('prints events as JSON lines on stderr', async () => {
    const { stderr } = await run(['setup', '--progress', 'json']);
    const events = stderr.trimEnd().split('\n').map(json);
    expect(events).toHaveLength(4);
    expect(events[0]).toMatchObject({ operation: 'setup', step: 'step-1', state: 'started' });
  });
  it('only shows with --dry-run', async () => {
    const ran = await run(['setup', '--dry-run', '--disk', '40GiB']);
    expect(ran.calls).toHaveLength(1);
    expect(ran.stdout).toContain('<domain/>');
    expect(ran.stdout).toContain('40 GiB');
    expect(json((await run(['setup', '--dry-run', '--json'])).stdout)).toMatchObject({
      schemaVersion: 1,
      domainXml: '<domain/>',
    });
  });
  it('refuses bad settings before it does anything', async () => {
    const ran = await run(['setup', '--cpus', 'many']);
    expect(ran).toMatchObject({ status: 2, stdout: '', calls: [] });
    expect(ran.stderr).toContain('--cpus: "many" is not a whole number');
    expect(await run(['setup', '--memory', '900TiB'])).toMatchObject({
      status: 11,
      stderr: expect.stringContaining('900 TiB'),
    });
  });
  it('does not take the home folder for a project', async () =>
    expect(await run(['setup'], { env: { HOME: project } })).toMatchObject({ status: 2, calls: [] }));
});

describe('start, stop, restart', () => {
  it('wait as told', async () => {
    expect((await run(['start', '--wait', 'none'])).calls).toContain('start {"wait":"none","discardSaved":false}');
    expect((await run(['restart', '--force'])).calls).toContain('restart {"wait":"all","force":true}');
    expect((await run(['stop', '-f'])).calls).toContain('stop {"force":true}');
  });
  it('say what happened', async () => {
    expect((await run(['start'], { already: true })).stdout).toContain('is already running');
    expect((await run(['stop'])).stdout).toContain('is stopped. The cluster is kept.');
    expect((await run(['stop'], { already: true })).stdout).toContain('is not running');
  });
  it('save to disk by flag, by setting, and by their own names', async () => {
    expect((await run(['stop', '--save'])).stdout).toContain(
      'is suspended. The cluster is kept. Resume it:  k3s-vm resume',
    );
    expect((await run(['suspend'])).stdout).toContain('is suspended');
    const idle = await run(['suspend', '--when-idle', '30m']);
    expect(idle.calls.filter((call) => /^(wait|stop)/.test(call))).toEqual([
      'waitUntilIdle 1800000',
      'stop {"force":false}',
    ]);
    expect(await run(['suspend', '--when-idle', '30m'], { idle: 'not-running' })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('is not running'),
      calls: expect.not.arrayContaining([expect.stringMatching(/^stop/)]),
    });
    expect(await run(['suspend', '--when-idle', '5s'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('5s is too small; the minimum is 1m'),
    });
    expect((await run(['stop'], { env: { K3S_VM_STOP_MODE: 'save' } })).stdout).toContain('is suspended');
    expect((await run(['stop', '--shutdown'], { env: { K3S_VM_STOP_MODE: 'save' } })).stdout).toContain('is stopped');
    expect((await run(['stop', '--save', '--force'])).stderr).toContain('Use only one of --save and --force.');
    expect((await run(['resume'], { vm: { state: 'stopped' } })).stderr).toContain('is stopped, not suspended');
    expect((await run(['resume'], { vm: { state: 'suspended' } })).calls).toContain(
      'start {"wait":"all","discardSaved":false}',
    );
  });
  it('render an error with its hints, and keep its exit status', async () => {
    const work = (): Promise<void> => Promise.reject(k3sVmError('STOP_TIMEOUT', { name: 'x', seconds: 60 }));
    const { status, stderr, stdout } = await run(['stop'], { work, env: { K3S_VM_COMMAND: 'bin/k3s-vm' } });
    expect([status, stdout]).toEqual([15, '']);
    expect(stderr).toContain('Error: The VM "x" did not shut down within 1m.');
    expect(stderr).toContain('\n    bin/k3s-vm stop --force\n');
    const asJson = await run(['stop', '--json'], { work });
    expect(json(asJson.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'STOP_TIMEOUT' } });
  });
});

describe('reset', () => {
  const terminal = { columns: 80, env: { TERM: 'dumb' } };
  it('does what it was told in advance', async () => {
    const ran = await run(['reset', '--yes']);
    expect(ran.calls).toContain('reset {"keepBase":false}');
    expect(ran.stdout).toContain('Deleted the VM');
  });
  it('refuses where nobody can answer', async () => {
    const ran = await run(['reset']);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('k3s-vm reset --yes');
    expect(ran.calls.some((call) => call.startsWith('reset'))).toBe(false);
  });
  it('says exactly what goes, and asks', async () => {
    const ran = await run(['reset'], {
      ...terminal,
      input: 'y\n',
      vm: { diskUsedBytes: 3 * 2 ** 30, address: '10.0.0.2' },
    });
    expect(ran.stderr).toMatch(/This deletes the following.*\n {2}- the VM ".*" \(running, on qemu:\/\/\/system\)/);
    expect(ran.stderr).toContain('3 GiB on this host');
    expect(ran.stderr).toContain('10.0.0.2');
    expect(ran.stderr).toContain('Kept: your settings');
    expect(ran.calls).toContain('reset {"keepBase":false}');
  });
  it.each(['n\n', '\n', 'yeah\n', ''])('changes nothing on %j', async (input) => {
    const ran = await run(['reset'], { ...terminal, input });
    expect(ran.status).toBe(130);
    expect(ran.stderr).toContain('Nothing was changed.');
    expect(ran.calls.some((call) => call.startsWith('reset'))).toBe(false);
  });
  it('changes nothing on Ctrl-C', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(k3sVmError('CANCELLED', { operation: 'reset' })));
    const ran = await run(['reset'], { ...terminal, interrupt: idleInterrupt(controller.signal) });
    expect(ran.status).toBe(130);
    expect(ran.calls.some((call) => call.startsWith('reset'))).toBe(false);
  });
  it('sets up again with --recreate', async () => {
    const ran = await run(['reset', '--recreate', '-y', '--wait', 'node']);
    expect(ran.calls.slice(1)).toEqual(['reset {"keepBase":true}', 'setup {"wait":"node"}']);
  });
  it('finds a named VM whose project is elsewhere or gone', async () => {
    const vm = {
      name: 'k3s-old-1a2b3c',
      connection: 'qemu:///system',
      state: 'stopped',
      project: '/gone/old',
    } as const;
    const ran = await run(['reset', '--yes', '--name', vm.name], { vms: [vm], env: { HOME: project } });
    expect(ran.calls).toContain('cluster k3s-old-1a2b3c in /gone/old');
  });
  it('removes a VM that is there whatever it is called, and makes none of a name that virsh would misread', async () => {
    const vm = { name: '1', connection: 'qemu:///system', state: 'stopped', project: '/gone/old' } as const;
    const there = { vms: [vm], env: { HOME: project } };
    expect((await run(['reset', '--yes', '--name', '1'], there)).calls).toContain('cluster 1 in /gone/old');
    const recreated = await run(['reset', '--yes', '--recreate', '--name', '1'], there);
    expect(recreated).toMatchObject({ status: 2, stderr: expect.stringContaining('id of a running VM') as string });
    expect(recreated.calls.filter((call) => /^(reset|setup)/.test(call))).toEqual([]);
    const absent = await run(['reset', '--yes', '--name', '1']);
    expect(absent).toMatchObject({ status: 2, calls: [] });
  });
});

describe('cancelling', () => {
  it('gives the hints of the operation and exits with 130', async () => {
    const controller = new AbortController();
    const work = async (): Promise<void> => {
      controller.abort(k3sVmError('CANCELLED', { operation: 'setup' }));
      // What was under way fails for its own reasons then
      await Promise.reject(new Error('virsh was killed'));
    };
    const { status, stderr } = await run(['setup'], { work, interrupt: idleInterrupt(controller.signal) });
    expect(status).toBe(130);
    expect(stderr).toContain('setup was cancelled');
    expect(stderr).toContain('Continue where it stopped');
    expect(stderr).not.toContain('virsh was killed');
  });
  it.each([
    [['suspend'], 'The VM keeps running. Suspend it again:\n    k3s-vm suspend'],
    [['resume'], 'Run it again:\n    k3s-vm resume'],
  ])('%j is waited for until it has cleaned up', async (args, hint) => {
    const controller = new AbortController();
    let isClean = false;
    const work = async (): Promise<void> => {
      controller.abort(k3sVmError('CANCELLED', { operation: args[0] ?? '' }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      isClean = true;
      throw new Error('libvirt ended its job');
    };
    const { status, stderr } = await run(args, { work, interrupt: idleInterrupt(controller.signal) });
    expect([isClean, status]).toEqual([true, 130]);
    expect(stderr).toContain(hint);
  });
});

describe('what a stranger may have written', () => {
  const escape = '\x1b]0;owned\x07';
  it('never steers the terminal, in whatever command', async () => {
    const folder = join(project, `a${escape}`);
    mkdirSync(join(folder, '.k3s-vm'), { recursive: true });
    const vm = { name: 'web', image: escape, k3sVersion: escape, reason: escape, state: 'crashed' as const };
    const vms = [{ ...vm, connection: escape, project: folder }];
    for (const args of [
      ['config', 'show'],
      ['config', 'path'],
      ['kubeconfig', '--path'],
      ['list'],
      ['status'],
      ['reset'],
    ]) {
      const ran = await run(args, { cwd: folder, columns: 200, vm, vms, input: 'n\n' });
      expect(`${ran.stdout}${ran.stderr}`, args.join(' ')).not.toMatch(/\x1b\]|\x07/);
    }
  });

  it('is no setting', async () => {
    writeFileSync(join(project, 'k3s-vm.yaml'), 'image: "https://m/x\\e]0;owned\\a.img"\n');
    const ran = await run(['config', 'get', 'image']);
    expect(ran).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('contains a control character'),
    });
    expect(ran.stderr).not.toMatch(/[\x1b\x07]/);
  });

  it('is shown without secrets', async () => {
    writeFileSync(
      join(project, 'k3s-vm.yaml'),
      `image: https://ada:hunter2@m/x.img\nimageDigest: sha256:${'0'.repeat(64)}\nk3s: {config: {token: hunter2, etcd-s3-secret-key: hunter2}}\n`,
    );
    for (const args of [
      ['config', 'show'],
      ['config', 'show', '--json'],
      ['config', 'show', 'k3s.config'],
    ]) {
      const { stdout, status } = await run(args);
      expect([status, stdout.includes('hunter2')], args.join(' ')).toEqual([0, false]);
    }
    expect((await run(['config', 'get', 'k3s.config'])).stdout).toContain('hunter2');
  });
});

describe('looking', () => {
  it('status tells by its exit status', async () => {
    expect((await run(['status'])).status).toBe(0);
    expect((await run(['status'], { status: { healthy: false } })).status).toBe(3);
    expect((await run(['status'], { vm: { state: 'stopped' } })).status).toBe(4);
    expect((await run(['status'], { vm: { state: 'absent' } })).status).toBe(5);
  });
  it('status has JSON with a version', async () =>
    expect(json((await run(['status', '--json'])).stdout)).toMatchObject({ schemaVersion: 1, healthy: true }));
  it('status --watch prints JSON lines until it is interrupted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(k3sVmError('CANCELLED', { operation: 'status' })), 500);
    const ran = await run(['status', '--watch', '--json'], { interrupt: idleInterrupt(controller.signal) });
    expect(ran).toMatchObject({ status: 130, stderr: '' });
    expect(json(ran.stdout.split('\n')[0] ?? '')).toMatchObject({ schemaVersion: 1 });
  });
  it('logs prints lines, harmless on a terminal and as they are in a pipe', async () => {
    const lines = ['one', 'two\x1b[2J'];
    expect(await run(['logs', '-n', '2', '-f'], { lines })).toMatchObject({
      stdout: 'one\ntwo\x1b[2J\n',
      calls: expect.arrayContaining(['logs k3s true 2']),
    });
    expect((await run(['logs'], { lines, columns: 80 })).stdout).toBe('one\ntwo\\x1b[2J\n');
  });
  it('shell passes the command and its exit status on', async () =>
    expect(await run(['shell', '--', 'ls', '-l', '--json'])).toMatchObject({
      status: 7,
      calls: expect.arrayContaining(['shell ls -l --json']),
    }));
  it('kubeconfig prints its path or content', async () => {
    expect(await run(['kubeconfig'], { vm: { state: 'absent' } })).toMatchObject({ status: 5, stdout: '' });
    vi.stubEnv('XDG_STATE_HOME', join(project, 'state'));
    const access = { server: 'https://192.168.122.9:6443', ...(await guestCredentials(guestKubeconfig)) };
    await writeKubeconfig(project, '0f0e0d0c-0b0a-4909-8807-060504030201', 'k3s-a', access);
    expect((await run(['kubeconfig', '--path'])).stdout).toBe(`${project}/.kube/config\n`);
    const printed = (await run(['kubeconfig', '--print'])).stdout;
    expect(printed).toBe(readFileSync(join(project, '.kube/config'), 'utf8'));
    writeFileSync(join(project, '.kube/config'), 'users: [{ name: x, user: { exec: { command: /tmp/x } } }]\n');
    const refused = await run(['kubeconfig', '--path']);
    expect(refused).toMatchObject({ status: 14, stdout: '' });
    expect(refused.stderr).toContain('kubeconfig --refresh');
    expect((await run(['kubeconfig', '--print', '--path'])).status).toBe(2);
  });
  it('list marks this project, and folders that are gone', async () => {
    const vms = [
      { name: 'a', connection: 'qemu:///system', state: 'running', project, cpus: 2, memoryBytes: 2 ** 32 },
      { name: 'b', connection: 'qemu:///system', state: 'stopped', project: '/gone/b' },
    ] as const;
    const { stdout } = await run(['list'], { vms });
    expect(stdout).toMatch(/^\* {2}a {5}running {2}2 {5}4 GiB/m);
    expect(stdout).toMatch(/\/gone\/b \(folder missing\)/);
    expect(json((await run(['list', '--json'], { vms })).stdout)).toEqual({ schemaVersion: 1, clusters: vms });
    expect(await run(['list'])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('no clusters yet'),
    });
  });
});

describe('config', () => {
  it('sets, gets, shows and unsets', async () => {
    expect(await run(['config', 'set', 'memory', '8GiB'])).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(join(project, 'k3s-vm.yaml'), 'utf8')).toContain('memory: 8GiB');
    expect((await run(['config', 'get', 'memory'])).stdout).toBe('8GiB\n');
    expect((await run(['config', 'show'])).stdout).toMatch(/^Project .*\n\n/);
    expect((await run(['config', 'show'])).stdout).toMatch(/^memory +8GiB +.*k3s-vm\.yaml:3$/m);
    expect(
      (await run(['config', 'show', 'k3s'])).stdout.split('\n').filter((line) => line.startsWith('k3s.')),
    ).toHaveLength(4);
    expect(json((await run(['config', 'show', 'cpus', '--json'], { env: { K3S_VM_CPUS: '3' } })).stdout)).toMatchObject(
      {
        settings: { cpus: { value: 3, kind: 'environment', where: 'K3S_VM_CPUS' } },
      },
    );
    await run(['config', 'unset', 'memory']);
    expect((await run(['config', 'get', 'memory'])).stdout).toBe('4GiB\n');
  });
  it('keeps the two files apart', async () => {
    const env = { HOME: join(project, 'home') };
    await run(['config', 'set', '--user', 'cpus', '3'], { env });
    expect((await run(['config', 'path', '--user'], { env })).stdout).toBe(
      `${project}/home/.config/k3s-vm/config.yaml\n`,
    );
    expect((await run(['config', 'get', 'cpus'], { env })).stdout).toBe('3\n');
    expect((await run(['config', 'path'])).stdout).toBe(`${project}/k3s-vm.yaml\n`);
  });
  it('can mend a file that does not load', async () => {
    writeFileSync(join(project, 'k3s-vm.yaml'), 'cpsu: 3\n');
    expect(await run(['status'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('k3s-vm.yaml:1:1: unknown key "cpsu"; did you mean "cpus"?'),
    });
    expect((await run(['config', 'path'])).status).toBe(0);
  });
  it('names the nearest key', async () => {
    for (const args of [
      ['get', 'memry'],
      ['set', 'memry', '1'],
      ['show', 'memry'],
      ['unset', 'memry'],
    ]) {
      expect(await run(['config', ...args])).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('did you mean "memory"?'),
      });
    }
  });
});
