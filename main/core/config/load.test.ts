import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { loadConfig, type Flags, type LoadedConfig } from './load';
import { environmentName, flagName, settingNames, settings } from './settings';
import { toText } from './text';

let root: string;
let project: string;
beforeEach(() => {
  root = tempFolder();
  project = join(root, 'shop');
  mkdirSync(project);
  mkdirSync(join(root, '.config/k3s-vm'), { recursive: true });
});

const write = (yaml: string): void => writeFileSync(join(project, 'k3s-vm.yaml'), yaml);
const writeUser = (yaml: string): void => writeFileSync(join(root, '.config/k3s-vm/config.yaml'), yaml);
const load = (flags: Flags = {}, env: Record<string, string> = {}): Promise<LoadedConfig> =>
  loadConfig({ cwd: project, env: { HOME: root, ...env }, flags });
const problem = async (yaml: string): Promise<string> => {
  write(yaml);
  return load().then(
    () => 'none',
    (error: Error) => error.message,
  );
};

describe('loadConfig', () => {
  it('has the defaults', async () => {
    const { config, sources, warnings } = await load();
    expect(config).toMatchObject({
      project,
      connection: 'auto',
      cpus: 2,
      memoryBytes: 4 * 2 ** 30,
      diskBytes: 20 * 2 ** 30,
      image: 'debian-12',
      imageDigest: null,
      network: 'auto',
      pool: 'default',
      acceleration: 'auto',
      k3s: { version: 'stable', airgap: true, disable: [], config: {} },
      ports: { ssh: null, api: null, nodePorts: [] },
      wait: 'all',
      timeoutMs: 600_000,
      stopTimeoutMs: 60_000,
    });
    expect(config.name).toMatch(/^k3s-shop-[0-9a-f]{6}$/);
    expect(new Set(Object.values(sources).map(({ kind }) => kind))).toEqual(new Set(['default']));
    expect(warnings).toEqual([]);
  });

  it('takes flags before environment before project before user', async () => {
    writeUser('cpus: 3\nmemory: 3GiB\ndisk: 30GiB\npool: users\n');
    write('cpus: 4\nmemory: 5GiB\ndisk: 40GiB\n');
    const { config, sources } = await load({ cpus: '6' }, { K3S_VM_CPUS: '5', K3S_VM_MEMORY: '6GiB' });
    expect([config.cpus, config.memoryBytes, config.diskBytes, config.pool]).toEqual([
      6,
      6 * 2 ** 30,
      40 * 2 ** 30,
      'users',
    ]);
    expect(sources.cpus).toEqual({ kind: 'flag', where: '--cpus' });
    expect(sources.memory).toEqual({ kind: 'environment', where: 'K3S_VM_MEMORY' });
    expect(sources.disk).toEqual({ kind: 'project', where: `${join(project, 'k3s-vm.yaml')}:3` });
    expect(sources.pool).toEqual({ kind: 'user', where: `${join(root, '.config/k3s-vm/config.yaml')}:4` });
    expect(sources.network.kind).toBe('default');
  });

  it('reads every kind of value from a file', async () => {
    write(
      `
name: my-cluster
connection: session
acceleration: tcg
imageDigest: SHA256:${'A'.repeat(64)}
image: images/mine.qcow2
k3s:
  version: 1.33.4+k3s1
  airgap: no
  disable: [traefik, traefik]
  config: { cluster-cidr: 10.52.0.0/16, kubelet-arg: [max-pods=200] }
ports: { ssh: auto, api: 16443, nodePorts: [30080] }
wait: api
timeout: 90
stopTimeout: 1m30s
`.replace('airgap: no', 'airgap: false'),
    );
    expect((await load()).config).toMatchObject({
      name: 'my-cluster',
      connection: 'qemu:///session',
      acceleration: 'tcg',
      imageDigest: `sha256:${'a'.repeat(64)}`,
      image: join(project, 'images/mine.qcow2'),
      k3s: {
        version: 'v1.33.4+k3s1',
        airgap: false,
        disable: ['traefik'],
        config: { 'cluster-cidr': '10.52.0.0/16', 'kubelet-arg': ['max-pods=200'] },
      },
      ports: { ssh: null, api: 16443, nodePorts: [30080] },
      wait: 'api',
      timeoutMs: 90_000,
      stopTimeoutMs: 90_000,
    });
    write('');
    writeUser("connection: qemu+ssh://build.example/system\nsources: { images: 'https://mirror.example/images/' }\n");
    expect((await load()).config).toMatchObject({
      connection: 'qemu+ssh://build.example/system',
      sources: { images: 'https://mirror.example/images' },
    });
  });

  it('reads every kind of value from texts', async () => {
    const { config } = await load({
      'k3s.airgap': 'false',
      'k3s.disable': 'traefik, servicelb',
      'k3s.config': '{"a":1}',
      'ports.nodePorts': '30080 30443',
      'ports.api': 'auto',
      image: 'x/y.img',
    });
    expect(config.k3s).toMatchObject({ airgap: false, disable: ['traefik', 'servicelb'], config: { a: 1 } });
    expect(config.ports).toEqual({ ssh: null, api: null, nodePorts: [30080, 30443] });
    expect(config.image).toBe(join(project, 'x/y.img'));
  });

  it.each(['', '# nothing\n', '---\n', 'k3s:\ncpus:\n'])('takes the empty file %j', async (yaml) => {
    write(yaml);
    expect((await load()).config.cpus).toBe(2);
  });

  it('lets a file give up what another one set', async () => {
    writeUser('ports: { api: 7000 }\n');
    write('ports: { api: auto }\n');
    expect((await load()).config.ports.api).toBeNull();
  });

  it.each(settingNames.filter((key) => settings[key].none !== undefined))(
    '%s: the word for none is none',
    async (key) => {
      writeUser(`${key.replace('.', ': { ')}: ${settings[key].none}${key.includes('.') ? ' }' : ''}\n`);
      const { values, sources } = await load();
      expect([values[key], sources[key].kind]).toEqual([null, 'user']);
    },
  );

  it('names every problem of a file with its place and line', async () => {
    const text = await problem('cpus: 4\nmemroy: 4\nk3s:\n  disable: [trafik]\n');
    const file = join(project, 'k3s-vm.yaml');
    expect(text).toContain(`${file}:2:1: unknown key "memroy"; did you mean "memory"?\n    2 | memroy: 4\n      | ^`);
    expect(text).toContain(`${file}:4:12: k3s.disable: "trafik" is unknown; did you mean "traefik"?`);
    expect(text.indexOf(':2:1:')).toBeLessThan(text.indexOf(':4:12:'));
  });

  it.each([
    ['memory: 4096', '1:9: memory: 4096 needs a unit, as in 4096MiB or 4GiB'],
    ['memory: "4096"', '1:9: memory: 4096 needs a unit'],
    ['memory: 512MiB', 'the minimum is 1GiB'],
    ['disk: 4GiB', 'the minimum is 5GiB'],
    ['cpus: 0', 'the minimum is 1'],
    ['cpus: 257', 'the maximum is 256'],
    ['cpus: 1.5', 'not a whole number'],
    ['cpus: two', '"two" is not a whole number'],
    ['k3s: { version: 1.30 }', 'is read as a number here; put it in quotes'],
    ['k3s: 5', 'k3s: is not a mapping'],
    ['k3s: { config: [] }', 'k3s.config: [] is not a mapping'],
    ['version: v1.33', 'did you mean "k3s.version"?'],
    ['port: { api: 1 }', 'did you mean "ports"?'],
    ['frobnicate: 1', 'unknown key "frobnicate"; known keys: name, connection'],
    ['wait: al', 'did you mean "all"?'],
    ['image: debian12', 'did you mean "debian-12"?'],
    ['imageDigest: sha256:12', 'not a digest'],
    ['ports: { nodePorts: 30080 }', 'is not a list; write [a, b]'],
    ['name: My_Cluster', 'lowercase letters, digits and dashes'],
    ['connection: qemu', 'is not a connection'],
    ['connection: "xen:///"', 'is not a connection'],
    ['connection: "qemu+evil:///system"', 'is not a connection'],
    ['egressProbe: "-x:1"', 'is not host:port'],
    ['pool: "a\\u001b[2J"', 'contains a control character'],
    ['%YAML 1.1\n---\nk3s: { config: { a: !!set { b } } }', 'JSON cannot express'],
    ['sources: { images: /mnt }', 'not an http(s) URL'],
    ['- a', '1:1: the file is not a mapping'],
    ['cpus: 4\ncpus: 5', '2:1: Map keys must be unique'],
    ['k3s:\n\tversion: x', '2:1: Tabs are not allowed as indentation\n    2 |  version: x'],
    ['a: [1', '1:6: Flow sequence'],
    ['cpus: *y', 'Unresolved alias'],
  ])('explains %j', async (yaml, expected) => expect(await problem(yaml)).toContain(expected));

  it('says which flag or variable is wrong', async () => {
    await expect(load({ cpus: 'x', wait: 'al' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message:
        'The command line has problems:\n  --cpus: "x" is not a whole number\n  --wait: "al" is unknown; did you mean "all"?',
    });
    await expect(load({}, { K3S_VM_STOP_TIMEOUT: 'soon' })).rejects.toThrow(
      /environment.*\n.*K3S_VM_STOP_TIMEOUT: "soon"/,
    );
  });

  it('keeps a name for one project', async () => {
    writeUser('name: everywhere\n');
    await expect(load()).rejects.toThrow(/name: belongs to one project; set it in its k3s-vm.yaml/);
  });

  it('takes an empty variable as not set', async () =>
    expect((await load({}, { K3S_VM_CPUS: '' })).config.cpus).toBe(2));

  it('warns of variables that look mistyped, and only of those', async () => {
    const { warnings } = await load({}, { K3S_VM_MEMROY: '1', K3S_VM_CACHE_DIR: '/x', K3S_VM_E2E_K3S: '/y' });
    expect(warnings).toEqual(['K3S_VM_MEMROY is not a setting; did you mean K3S_VM_MEMORY?']);
  });

  it('loads neither the checks nor yaml when nothing is configured', async () => {
    vi.resetModules();
    vi.doMock('./validation', () => {
      throw new Error('loaded');
    });
    vi.doMock('./yaml-file', () => {
      throw new Error('loaded');
    });
    const fresh = await import('./load');
    await expect(fresh.loadConfig({ cwd: project, env: { HOME: root } })).resolves.toBeDefined();
    vi.doUnmock('./validation');
    vi.doUnmock('./yaml-file');
  });
});

describe('the table of settings', () => {
  it('names flags and variables', () => {
    expect(flagName('k3s.version')).toBe('--k3s-version');
    expect(flagName('stopTimeout')).toBe('--timeout');
    expect(environmentName('k3s.version')).toBe('K3S_VM_K3S_VERSION');
    expect(environmentName('stopTimeout')).toBe('K3S_VM_STOP_TIMEOUT');
    expect(environmentName('sources.k3sReleases')).toBe('K3S_VM_SOURCES_K3S_RELEASES');
  });

  it.each(settingNames.filter((key) => key !== 'imageDigest'))('%s: default and example are valid', async (key) => {
    const { values } = await load({ [key]: settings[key].example });
    const text = toText(key, values[key]);
    expect((await load({ [key]: text })).values[key]).toEqual(values[key]);
    if (settings[key].default !== null) {
      const byDefault = await load({ [key]: toText(key, settings[key].default) });
      expect(byDefault.values[key]).toEqual(settings[key].default);
    }
  });
});
