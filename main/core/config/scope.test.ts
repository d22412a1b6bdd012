/**
 * What a project's file may say: attacks, and that every setting is one or the other.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import type { K3sVmError } from '../errors';
import { settingNames, settings } from './settings';
import { loadConfig, type Flags, type LoadedConfig } from './load';
import { isForProjects } from './scope';

let root: string;
let project: string;
let userFile: string;
beforeEach(() => {
  root = tempFolder();
  project = join(root, 'shop');
  userFile = join(root, '.config/k3s-vm/config.yaml');
  mkdirSync(join(project, 'images'), { recursive: true });
  mkdirSync(join(root, '.config/k3s-vm'), { recursive: true });
});

const load = (yaml: string, flags: Flags = {}, env: Record<string, string> = {}): Promise<LoadedConfig> => {
  writeFileSync(join(project, 'k3s-vm.yaml'), yaml);
  return loadConfig({ cwd: project, env: { HOME: root, ...env }, flags });
};
const refused = async (...args: Parameters<typeof load>): Promise<K3sVmError> =>
  load(...args).then(
    () => expect.fail('it was not refused'),
    (error: K3sVmError) => error,
  );
const digest = `sha256:${'a'.repeat(64)}`;
const commands = ({ hints }: K3sVmError): unknown[] => hints.map(({ command }) => command);

describe('a project file', () => {
  it.each([
    ['connection: "qemu+ext:///system?command=./x.sh"', 'connection'],
    ['connection: qemu+ssh://h/system?command=./x.sh', 'connection'],
    ['connection: qemu+ssh://h/system?netcat=./x.sh', 'connection'],
    ['connection: qemu+libssh2://h/system', 'connection'],
    ['connection: qemu+unix:///system?socket=./s', 'connection'],
    ['connection: "qemu:///system?mode=direct"', 'connection'],
    ['connection: qemu:///session?socket=./s', 'connection'],
    ['connection: qemu:///embed?root=/tmp', 'connection'],
    ['connection: test:///home/x/driver.xml', 'connection'],
    ['terminal: bash', 'terminal'],
    ['terminal: ./x.sh', 'terminal'],
    ['terminal: /tmp/x.sh', 'terminal'],
    ['sources: { images: https://evil.example }', 'sources.images'],
    ['"sources": { "k3sReleases": "https://evil.example" }', 'sources.k3sReleases'],
    ['sources: &a { k3sChannels: https://evil.example }', 'sources.k3sChannels'],
    ['cpus: 2\nsources:\n  ? k3sInstall\n  : https://evil.example', 'sources.k3sInstall'],
    ['image: http://evil.example/a.qcow2\nimageDigest: ' + digest, 'image'],
    ['image: https://evil.example/a.qcow2', 'image'],
    ['image: https://evil.example/a.qcow2\nimageDigest: auto', 'image'],
    ['image: ../private.qcow2', 'image'],
    ['image: ~/private.qcow2', 'image'],
    ['image: /dev/vda.img', 'image'],
    ['image: images/../../private.qcow2', 'image'],
  ])('may not say %j', async (yaml, key) => {
    const error = await refused(yaml);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(`${project}/k3s-vm.yaml`);
    expect(error.message).toContain(key);
    // Neither does a flag of the user's make the file a good one
    if (!key.startsWith('image')) await expect(load(yaml, { connection: 'qemu:///session' })).rejects.toThrow();
  });

  it('is refused by line and key, with the reason and the command for the user file', async () => {
    const error = await refused('cpus: 4\nterminal: my-term\n');
    expect(error.message).toBe(
      `${project}/k3s-vm.yaml has a problem:
  ${project}/k3s-vm.yaml:2:11: terminal: only you can set this, not a project: it names a program that runs on this machine
    2 | terminal: my-term
      |           ^`,
    );
    expect(commands(error)).toEqual(['k3s-vm config set --user terminal my-term', 'k3s-vm config unset terminal']);
    expect(error.hints[0]?.text).toContain(userFile);
  });

  it('has no command offered that would let it start a program after all', async () => {
    for (const uri of ['qemu+ext:///system?command=./x.sh', 'qemu+ssh://h/system?command=./x.sh']) {
      expect(commands(await refused(`connection: "${uri}"`))).toEqual([undefined, 'k3s-vm config unset connection']);
    }
  });

  it('is quoted in a command', async () => {
    const url = `https://x/$(touch\t${root}/pwned);'"`.replace('\t', '${IFS}');
    const [command] = commands(await refused(`sources: { images: ${JSON.stringify(url)} }`));
    const script = `k3s-vm() { printf '%s\\n' "$@"; }\n${String(command)}`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe(
      `config\nset\n--user\nsources.images\n${url}\n`,
    );
  });

  it.each(['auto', 'system', 'session', 'qemu:///system', 'qemu:///session'])('may choose %s', async (connection) => {
    await expect(load(`connection: ${connection}`)).resolves.toBeDefined();
  });

  it('may name an image of its own, without symlinks that lead out, or a pinned URL', async () => {
    writeFileSync(join(root, 'private.qcow2'), '');
    symlinkSync(root, join(project, 'out'));
    symlinkSync('../../nowhere.qcow2', join(project, 'images/dangling.qcow2'));
    expect(commands(await refused('image: ../private.qcow2'))).toEqual([
      `k3s-vm setup --image '${root}/private.qcow2'`,
      'k3s-vm config unset image',
    ]);
    for (const image of ['out/private.qcow2', 'out/shop/../private.qcow2', 'images/dangling.qcow2']) {
      expect((await refused(`image: ${image}`)).message).toContain('outside the project folder');
    }
    expect((await load('image: images/mine.qcow2')).config.image).toBe(join(project, 'images/mine.qcow2'));
    const url = 'image: https://example.org/a.qcow2\n';
    expect((await load(`${url}imageDigest: ${digest}`)).config.imageDigest).toBe(digest);
    await expect(load(url, { imageDigest: digest })).resolves.toBeDefined();
    // Where the user names the image there is nothing to pin
    await expect(load('', { image: 'http://example.org/a.qcow2' })).resolves.toBeDefined();
    await expect(load('', {}, { K3S_VM_IMAGE: join(root, 'private.qcow2') })).resolves.toBeDefined();
  });
});

describe('the user', () => {
  it('may say everything: in the file, the environment and flags', async () => {
    const connection = 'qemu+ext:///system?command=./x.sh';
    writeFileSync(userFile, `connection: "${connection}"\nterminal: bash\nsources: { images: http://mirror }\n`);
    expect((await load('')).config).toMatchObject({
      connection,
      terminal: 'bash',
      sources: { images: 'http://mirror' },
    });
    expect((await load('', {}, { K3S_VM_CONNECTION: 'qemu+ssh://h/system' })).config.connection).toBe(
      'qemu+ssh://h/system',
    );
    expect((await load('', { connection: 'qemu+tls://h/system' })).config.connection).toBe('qemu+tls://h/system');
  });
});

describe('the table of settings', () => {
  it('reserves for the user what names programs, and has a reason for each', () => {
    const reserved = settingNames.filter((key) => settings[key].scope === 'user');
    expect(reserved).toEqual(['connection', 'terminal', ...settingNames.filter((key) => key.startsWith('sources.'))]);
    for (const key of settingNames) {
      expect(settings[key].risk !== undefined, key).toBe(reserved.includes(key));
      expect(isForProjects(key, settings[key].default), key).toBe(key === 'connection' || !reserved.includes(key));
    }
  });
});
