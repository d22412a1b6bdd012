/**
 * The shell scripts of bin/, run with fake tools on PATH.
 */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../bin', import.meta.url));
const shells = ['dash', 'bash', 'busybox'].filter(
  (shell) => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0,
);

let root: string;
let home: string;
let tools: string;
/** A copy of bin/ in a folder with a space, whose k3s-vm is a fake. */
let checkout: string;

const script = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
};

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'k3s vm ')));
  home = join(root, 'home');
  tools = join(root, 'tools');
  checkout = join(root, 'a checkout');
  cpSync(bin, join(checkout, 'bin'), { recursive: true });
  mkdirSync(join(home, '.kube'), { recursive: true });
  writeFileSync(join(home, '.kube/config'), 'own');
  script(join(checkout, 'bin/k3s-vm'), 'echo "asked: $*" >&2; echo "The VM is stopped."; exit ${FAKE_STATUS:-4}');
  for (const tool of ['kubectl', 'k9s']) script(join(tools, tool), `echo "${tool} $KUBECONFIG $*"; exit 9`);
});
afterEach(() => rmSync(root, { recursive: true }));

const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
const ours = (): string => join(home, '.local/state/k3s-vm/vms', uuid, 'kubeconfig');

/** A project with a VM, as setup leaves both it and the user's state folder. */
const makeProject = (path: string, name = 'k3s-shop-1a2b3c', mark = true): string => {
  const folder = join(root, path);
  if (mark) mkdirSync(join(folder, '.k3s-vm'), { recursive: true });
  const link = join(home, '.local/state/k3s-vm/projects', folder, '.k3s-vm-uuid');
  for (const file of [link, ours()]) mkdirSync(dirname(file), { recursive: true });
  writeFileSync(link, `${uuid}\n`);
  writeFileSync(ours(), `apiVersion: v1\nclusters: []\ncurrent-context: "${name}"\npreferences: {}\n`);
  return folder;
};
/** A kubeconfig that the project itself brings. */
const plant = (folder: string): string => {
  mkdirSync(join(folder, '.kube'), { recursive: true });
  writeFileSync(
    join(folder, '.kube/config'),
    'current-context: k3s-shop-1a2b3c\nusers: [{ name: x, user: { exec: {} } }]\n',
  );
  return folder;
};
/** libvirt's sign of a running VM of a session. */
const running = (name = 'k3s-shop-1a2b3c'): void => {
  mkdirSync(join(home, '.cache/libvirt/qemu/run'), { recursive: true });
  writeFileSync(join(home, '.cache/libvirt/qemu/run', `${name}.pid`), '1');
};

const run = (file: string, args: string[], cwd: string, env: Record<string, string> = {}): SpawnSyncReturns<string> =>
  spawnSync(file, args, { cwd, encoding: 'utf8', env: { HOME: home, PATH: `${tools}:/usr/bin:/bin`, ...env } });
const kubectl = (args: string[], cwd: string, env?: Record<string, string>): SpawnSyncReturns<string> =>
  run(join(checkout, 'bin/kubectl'), args, cwd, env);

describe('the scripts', () => {
  it.each(shells)('are clean to %s', (shell) => {
    for (const name of ['k3s-vm', 'kubectl', 'k9s', 'cluster-tool.sh']) {
      execFileSync(shell, [...(shell === 'busybox' ? ['sh'] : []), '-n', join(bin, name)]);
    }
  });
});

describe('kubectl and k9s', () => {
  it.each(shells)('run the real tool with the project kubeconfig, in %s', (shell) => {
    const project = makeProject('my shop');
    running();
    const ran = run(
      shell,
      [...(shell === 'busybox' ? ['sh'] : []), join(checkout, 'bin/kubectl'), 'get', 'a b'],
      project,
    );
    expect(ran).toMatchObject({ status: 9, stdout: `kubectl ${ours()} get a b\n`, stderr: '' });
  });

  it('find the project upwards, through symlinks, by its name, or beside bin/', () => {
    const project = makeProject('my shop');
    running();
    mkdirSync(join(project, 'src/deep'), { recursive: true });
    symlinkSync(join(project, 'src'), join(root, 'link'));
    symlinkSync(join(checkout, 'bin/k9s'), join(root, 'k9s-link'));
    const expected = { stdout: `kubectl ${ours()} get\n` };
    expect(kubectl(['get'], join(project, 'src/deep'))).toMatchObject(expected);
    expect(kubectl(['get'], join(root, 'link/deep'))).toMatchObject(expected);
    expect(kubectl(['get'], root, { K3S_VM_PROJECT: project })).toMatchObject(expected);
    expect(kubectl(['get'], root, { K3S_VM_PROJECT: 'my shop' })).toMatchObject(expected);
    expect(run(join(root, 'k9s-link'), [], project)).toMatchObject({ stdout: `k9s ${ours()} \n` });
    makeProject('a checkout', 'k3s-shop-1a2b3c', false);
    expect(kubectl(['get'], root)).toMatchObject({ stdout: `kubectl ${ours()} get\n` });
    expect(run('bin/kubectl', ['get'], checkout)).toMatchObject({ stdout: `kubectl ${ours()} get\n` });
  });

  it('never call themselves, nor another copy', () => {
    const project = makeProject('shop');
    running();
    const other = join(root, 'other/bin');
    cpSync(bin, other, { recursive: true });
    symlinkSync(join(checkout, 'bin/kubectl'), join(root, 'kubectl'));
    const path = `${root}:${checkout}/bin:${other}:${tools}:/usr/bin:/bin`;
    expect(kubectl(['get'], project, { PATH: path })).toMatchObject({
      status: 9,
      stdout: expect.stringContaining('kubectl /'),
    });
  });

  it('never call each other in turns, whatever is first on PATH', () => {
    const project = makeProject('shop');
    running();
    const own = join(project, 'bin');
    for (const name of ['k3s-vm', 'kubectl']) script(join(own, name), '# Written by k3s-vm init');
    writeFileSync(join(own, 'kubectl'), `#!/bin/sh\n# Written by k3s-vm init 1\nexec '${checkout}/bin/kubectl' "$@"\n`);
    // Somebody's own wrapper, with and without exec
    const theirs = join(root, 'theirs');
    script(join(theirs, 'kubectl'), `'${checkout}/bin/kubectl' "$@"`);
    const path = `${own}:${theirs}:${tools}:/usr/bin:/bin`;
    for (const file of [join(checkout, 'bin/kubectl'), join(own, 'kubectl'), join(theirs, 'kubectl')]) {
      expect(run(file, ['get'], project, { PATH: path }), file).toMatchObject({
        status: 9,
        stdout: `kubectl ${ours()} get\n`,
        stderr: '',
      });
    }
  });

  it.each(shells)('are commands of k3s-vm as well, without node, in %s', (shell) => {
    const project = makeProject('my shop');
    running();
    cpSync(join(bin, 'k3s-vm'), join(checkout, 'bin/k3s-vm'));
    const call = (args: string[], cwd = root): SpawnSyncReturns<string> =>
      run(shell, [...(shell === 'busybox' ? ['sh'] : []), join(checkout, 'bin/k3s-vm'), ...args], cwd);
    const got = { status: 9, stdout: `kubectl ${ours()} get a b\n`, stderr: '' };
    expect(call(['kubectl', 'get', 'a b'], project)).toMatchObject(got);
    expect(call(['--project', 'my shop', '-q', 'kubectl', 'get', 'a b'])).toMatchObject(got);
    expect(call([`--project=${project}`, 'k9s'])).toMatchObject({ stdout: `k9s ${ours()} \n`, stderr: '' });
    for (const option of ['--name', '--connection']) {
      const refused = call([option, 'x', 'kubectl', 'get'], project);
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toContain(`${option} does not apply`);
    }
    expect(call(['--project', 'gone', 'kubectl', 'get'])).toMatchObject({
      status: 2,
      stderr: 'There is no folder gone (from --project).\n',
    });
  });

  it('override an exported KUBECONFIG for themselves only', () => {
    const project = makeProject('shop');
    running();
    expect(kubectl(['get'], project, { KUBECONFIG: '/elsewhere' }).stdout).toBe(`kubectl ${ours()} get\n`);
    expect(readFileSync(join(home, '.kube/config'), 'utf8')).toBe('own');
  });

  it('say so when there is no cluster', () => {
    const empty = join(root, 'empty');
    mkdirSync(empty);
    const ran = kubectl(['get', 'nodes'], empty);
    expect(ran).toMatchObject({ status: 5, stdout: '' });
    expect(ran.stderr).toContain(`There is no cluster for ${empty} yet.`);
    expect(ran.stderr).toContain('bin/k3s-vm setup');
  });

  it('never use a kubeconfig that the project brings', () => {
    running();
    const cloned = plant(join(root, 'cloned'));
    const refused = kubectl(['get'], cloned, { K3S_VM_PROJECT: cloned });
    expect(refused).toMatchObject({ status: 14, stdout: '' });
    expect(refused.stderr).toContain(`${cloned}/.kube/config is not used`);
    expect(refused.stderr).toContain('kubeconfig --refresh');
    expect(kubectl(['config', 'view'], cloned).stdout).toBe('kubectl /dev/null config view\n');
    const project = plant(makeProject('shop'));
    expect(kubectl(['get'], project).stdout).toBe(`kubectl ${ours()} get\n`);
  });

  it('keep working when git clean has taken everything from the project', () => {
    const project = makeProject('shop');
    running();
    rmSync(join(project, '.k3s-vm'), { recursive: true });
    mkdirSync(join(project, 'src/deep'), { recursive: true });
    expect(kubectl(['get'], join(project, 'src/deep')).stdout).toBe(`kubectl ${ours()} get\n`);
  });

  it('give kubectl no path out of a project whose name holds a colon, which splits KUBECONFIG', () => {
    const project = makeProject('shop:evil');
    running();
    expect(kubectl(['get'], project).stdout).toBe(`kubectl ${ours()} get\n`);
    const state = join(root, 'a:b');
    cpSync(join(home, '.local/state'), state, { recursive: true });
    expect(kubectl(['get'], project, { XDG_STATE_HOME: state })).toMatchObject({ status: 2, stdout: '' });
  });

  it('find the cluster of a project whose path is odd, by any of its names', () => {
    const project = makeProject('a\n"b" %h ${HOME} \'c\' é');
    running();
    symlinkSync(project, join(root, 'link'));
    for (const named of [project, join(root, 'link'), 'link']) {
      expect(kubectl(['get'], root, { K3S_VM_PROJECT: named }), named).toMatchObject({
        stdout: `kubectl ${ours()} get\n`,
        stderr: '',
      });
    }
    expect(kubectl(['get'], project)).toMatchObject({ stdout: `kubectl ${ours()} get\n`, stderr: '' });
  });

  it('do not take another project’s cluster for a link that names none', () => {
    const project = makeProject('shop');
    running();
    writeFileSync(join(home, '.local/state/k3s-vm/projects', project, '.k3s-vm-uuid'), '../../../evil\n');
    expect(kubectl(['get'], project)).toMatchObject({ status: 5, stdout: '' });
    expect(kubectl(['get'], makeProject('other')).stdout).toBe(`kubectl ${ours()} get\n`);
  });

  it('ask libvirt when the VM does not look running, and say what it says', () => {
    const project = makeProject('shop');
    running('another');
    expect(kubectl(['get'], project)).toMatchObject({
      status: 4,
      stdout: '',
      stderr: 'asked: status --brief\nThe VM is stopped.\n',
    });
    expect(kubectl(['get'], project, { FAKE_STATUS: '3' })).toMatchObject({
      status: 9,
      stdout: expect.stringContaining('get'),
    });
  });

  it('leave to the tool what needs no cluster', () => {
    const project = makeProject('shop');
    running('another');
    const empty = join(root, 'empty');
    mkdirSync(empty);
    for (const args of [[], ['config', 'view'], ['get', '--help'], ['version', '--client'], ['completion', 'bash']]) {
      expect(kubectl(args, project), args.join(' ')).toMatchObject({ status: 9 });
      expect(kubectl(args, empty), args.join(' ')).toMatchObject({ status: 9 });
    }
    expect(kubectl(['exec', 'pod', '--', 'ls', '--help'], project)).toMatchObject({ status: 4 });
  });

  it('leave it to k3s-vm whether a folder that is not plainly the caller’s own is trusted', () => {
    const project = plant(makeProject('shop'));
    const kube = join(project, '.kube');
    running();
    // A symlink is enough, so that this can be seen without a second user
    renameSync(kube, join(root, 'kube'));
    symlinkSync(join(root, 'kube'), kube);
    const refused = { status: 2, stdout: '', stderr: 'asked: config path\nThe VM is stopped.\n' };
    const trusted = { status: 9, stdout: `kubectl ${ours()} get\n`, stderr: '' };
    for (const shell of shells) {
      const get = (env: Record<string, string>, cwd = project): SpawnSyncReturns<string> =>
        run(shell, [...(shell === 'busybox' ? ['sh'] : []), join(checkout, 'bin/kubectl'), 'get'], cwd, env);
      expect(get({ FAKE_STATUS: '2' }), shell).toMatchObject(refused);
      expect(get({ FAKE_STATUS: '0' }), shell).toMatchObject(trusted);
      expect(get({ FAKE_STATUS: '2', K3S_VM_PROJECT: project }, root), shell).toMatchObject(refused);
    }
    // Completion asks the cluster, too
    expect(kubectl(['__complete', 'get', ''], project, { FAKE_STATUS: '2' })).toMatchObject({ status: 2, stdout: '' });
  });

  it.runIf(process.getuid?.() === 0)('refuse what belongs to another user', () => {
    const project = plant(makeProject('shop'));
    running();
    for (const path of ['.', '.k3s-vm', '.kube', '.kube/config']) {
      chownSync(join(project, path), 65_534, 65_534);
      for (const shell of shells) {
        const file = [...(shell === 'busybox' ? ['sh'] : []), join(checkout, 'bin/kubectl')];
        expect(run(shell, [...file, 'get'], project, { FAKE_STATUS: '2' }), `${shell} ${path}`).toMatchObject({
          status: 2,
          stdout: '',
        });
      }
      chownSync(join(project, path), 0, 0);
    }
    expect(kubectl(['get'], project, { FAKE_STATUS: '2' })).toMatchObject({ status: 9, stderr: '' });
  });

  it('refuse the home folder, whose kubeconfig is not ours', () => {
    expect(kubectl(['get'], home, { K3S_VM_PROJECT: home })).toMatchObject({ status: 2, stdout: '' });
  });

  it('say how to install a missing tool', () => {
    const project = makeProject('shop');
    running();
    for (const tool of ['cat', 'readlink']) symlinkSync(`/usr/bin/${tool}`, join(root, tool));
    const ran = run(join(checkout, 'bin/k9s'), [], project, { PATH: root });
    expect(ran).toMatchObject({ status: 10, stdout: '' });
    expect(ran.stderr).toContain('k9s is not installed.');
  });
});

describe('k3s-vm', () => {
  const fresh = (): string => {
    const folder = join(root, 'fresh clone');
    cpSync(bin, join(folder, 'bin'), { recursive: true });
    for (const source of ['package-lock.json', 'build.mjs']) writeFileSync(join(folder, source), '');
    // npm that counts its calls and builds a program which prints its arguments
    script(
      join(tools, 'npm'),
      'echo "npm $*" >> "$LOG"\ncase $1 in ci) [ -z "$OFFLINE" ] || { echo "npm error code EAI_AGAIN"; exit 1; }; sleep 0.2; mkdir -p node_modules/.bin; : > node_modules/.bin/esbuild; chmod +x node_modules/.bin/esbuild ;; run) mkdir -p dist; echo "console.log(process.env.K3S_VM_COMMAND, ...process.argv.slice(2))" > dist/k3s-vm.cjs ;; esac',
    );
    symlinkSync(process.execPath, join(tools, 'node'));
    return folder;
  };
  const log = (): string => (existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8') : '');

  it('installs and builds once, says so on stderr, and runs', () => {
    const folder = fresh();
    const env = { LOG: join(root, 'log') };
    const first = run('bin/k3s-vm', ['a', 'b c'], folder, env);
    expect(first).toMatchObject({ status: 0, stdout: 'bin/k3s-vm a b c\n' });
    expect(first.stderr).toContain('first run');
    symlinkSync(join(folder, 'bin/k3s-vm'), join(root, 'k3s-vm'));
    expect(run(join(root, 'k3s-vm'), ['d'], root, env)).toMatchObject({ stdout: `${root}/k3s-vm d\n`, stderr: '' });
    expect(run('k3s-vm', [], '/', { ...env, PATH: `${root}:${tools}:/usr/bin:/bin` }).stdout).toBe('k3s-vm\n');
    // As npx calls us: from a folder that is on PATH for this call alone
    const npx = { npm_lifecycle_event: 'npx', PATH: `${root}:${tools}:/usr/bin:/bin` };
    expect(run('k3s-vm', [], '/', { ...env, ...npx }).stdout).toBe('npx k3s-vm\n');
    expect(run('bin/k3s-vm', [], folder, { ...env, ...npx }).stdout).toBe('bin/k3s-vm\n');
    expect(log().trim().split('\n')).toHaveLength(2);
  });

  it('builds once when two first runs meet', () => {
    const folder = fresh();
    const env = { LOG: join(root, 'log') };
    const both = run('sh', ['-c', 'bin/k3s-vm 1 & bin/k3s-vm 2 & wait'], folder, env);
    expect(both.stdout.trim().split('\n').sort()).toEqual(['bin/k3s-vm 1', 'bin/k3s-vm 2']);
    expect(log().match(/npm ci/g)).toHaveLength(1);
  });

  it('never builds where there are no sources, and keeps the name that a wrapper gives it', () => {
    const folder = fresh();
    for (const source of ['package-lock.json', 'build.mjs']) rmSync(join(folder, source));
    const env = { LOG: join(root, 'log') };
    expect(run('bin/k3s-vm', [], folder, env)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('incomplete'),
    });
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/k3s-vm.cjs'), 'console.log(process.env.K3S_VM_COMMAND)');
    expect(run('bin/k3s-vm', [], folder, env)).toMatchObject({ stdout: 'bin/k3s-vm\n', stderr: '' });
    expect(run('bin/k3s-vm', [], folder, { ...env, K3S_VM_COMMAND: 'mine' })).toMatchObject({ stdout: 'mine\n' });
    expect(log()).toBe('');
  });

  it('runs on the Electron of its package where there is no node', () => {
    const resources = join(root, 'opt/k3s-vm/resources');
    const folder = join(resources, 'app.asar.unpacked');
    cpSync(bin, join(folder, 'bin'), { recursive: true });
    mkdirSync(join(folder, 'dist'));
    for (const file of ['app.asar', 'app.asar.unpacked/dist/k3s-vm.cjs']) writeFileSync(join(resources, file), '');
    script(join(root, 'opt/k3s-vm/k3s-vm-dashboard'), 'echo "electron $ELECTRON_RUN_AS_NODE $2"');
    const none = join(root, 'nothing');
    const list = (PATH: string) => run('/bin/sh', [join(folder, 'bin/k3s-vm'), 'list'], root, { PATH });
    expect(list(none)).toMatchObject({ stdout: 'electron 1 list\n', stderr: '' });
    // Debian 12 has 18; a newer one starts faster than Electron
    script(join(tools, 'node'), 'case $1 in --version) echo v18.19.0 ;; *) echo node ;; esac');
    expect(list(tools)).toMatchObject({ stdout: 'electron 1 list\n', stderr: '' });
    script(join(tools, 'node'), 'case $1 in --version) echo v22.1.0 ;; *) echo "node $2" ;; esac');
    expect(list(tools)).toMatchObject({ stdout: 'node list\n', stderr: '' });
  });

  it('says what to do when npm cannot reach its registry, or node is missing or old', () => {
    const folder = fresh();
    const env = { LOG: join(root, 'log') };
    const offline = run('bin/k3s-vm', [], folder, { ...env, OFFLINE: '1' });
    expect(offline.status).toBe(1);
    expect(offline.stderr).toContain('npm cannot reach its registry');
    const none = run('/bin/sh', ['bin/k3s-vm'], folder, { PATH: join(root, 'nothing') });
    expect(none).toMatchObject({ status: 10, stderr: expect.stringContaining('node is not on PATH') });
    rmSync(join(tools, 'node'));
    for (const version of ['v12.22.9', 'v18.19.0', 'v20.9.0', 'v20.10.0']) {
      script(join(tools, 'node'), `echo ${version}`);
      expect(run('bin/k3s-vm', [], folder, env)).toMatchObject({
        status: 10,
        stderr: expect.stringContaining(version),
      });
    }
  });
});
