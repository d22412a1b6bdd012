/**
 * What the specs share: projects on this world, readings of their answers, and the server's faults.
 */
import { expect } from '@playwright/test';
import { hostState, virsh, type HostState } from './host-state';
import { createProject, type CommandResult, type Project, type ProjectOptions } from './project';

const need = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the suite with npm test`);
  return value;
};

export const realK3s = (): boolean => need('K3S_VM_E2E_KIND') === 'real';
export const k3sVersion = (): string => need('K3S_VM_E2E_VERSION');
/** Folder of the installed command line. */
export const installed = (): string => need('K3S_VM_E2E_INSTALLED');

/** Settings of a small VM; a real K3s gets what it needs. */
export const smallVm = (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const config = JSON.parse(need('K3S_VM_E2E_GUEST_CONFIG')) as Record<string, unknown>;
  const real = realK3s();
  return {
    cpus: 2,
    memory: real ? '4GiB' : '1536MiB',
    timeout: '10m',
    ...(Object.keys(config).length > 0 ? { k3s: { config } } : {}),
    ...more,
  };
};

export const newProject = (
  settings: Readonly<Record<string, unknown>>,
  more: Partial<Omit<ProjectOptions, 'settings' | 'serverUrl'>> = {},
): Promise<Project> =>
  createProject(need('K3S_VM_E2E_INSTALLED'), { serverUrl: need('K3S_VM_E2E_SERVER'), settings, ...more });

/** Makes a published file misbehave while `work` runs. */
export async function withServerFault<T>(path: string, kind: string, work: () => Promise<T>): Promise<T> {
  const url = (value: string): string =>
    `${need('K3S_VM_E2E_SERVER')}/__fault?path=${encodeURIComponent(path)}&kind=${value}`;
  await fetch(url(kind), { method: 'POST' });
  try {
    return await work();
  } finally {
    await fetch(url('none'), { method: 'POST' });
  }
}

/** What was asked of the release server since the last call. */
export const serverRequests = async (): Promise<readonly string[]> =>
  (await (await fetch(`${need('K3S_VM_E2E_SERVER')}/__requests`)).json()) as string[];

interface ErrorAnswer {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hints: readonly object[];
    readonly cause?: string;
  };
}

/** The error a `--json` call ended with. */
export function errorOf(result: CommandResult): ErrorAnswer['error'] {
  for (const text of [result.stdout, result.stderr]) {
    for (const line of text.split('\n').reverse()) {
      if (!line.startsWith('{"error"')) continue;
      return (JSON.parse(line) as ErrorAnswer).error;
    }
  }
  throw new Error(`no error in the answer (exit ${result.exitCode}):\n${result.stdout}\n${result.stderr}`);
}

/** Expects success, showing everything that was said when there was none. */
export function expectOk(result: CommandResult): CommandResult {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
  return result;
}

export interface GoldenImage {
  readonly volume: string;
  readonly whole: boolean;
  readonly inUse: boolean;
  readonly k3sVersion?: string;
  /** ISO 8601 */
  readonly madeAt?: string;
}

/** What `cache list` tells of golden images. */
export async function goldenImages(project: Project): Promise<readonly GoldenImage[]> {
  const { stdout } = expectOk(await project.k3sVm(['cache', 'list', '--json']));
  return (JSON.parse(stdout) as { readonly golden: readonly GoldenImage[] }).golden;
}

/** The volume that a VM's disk is an overlay on, as libvirt tells. */
export async function volumeBelow(vm: string): Promise<string> {
  const xml = await virsh(['vol-dumpxml', '--pool', 'default', `${vm}-system.qcow2`]);
  return /<backingStore>\s*<path>.*\/([^/<]+)<\/path>/.exec(xml)?.[1] ?? '';
}

/**
 * Golden images stay when the last VM goes, as downloads do, until `cache prune`: they and the images they stand on are no
 * leftovers.
 */
function withoutGolden(volumes: readonly string[]): readonly string[] {
  const bases = volumes.flatMap((name) => /^k3s-vm-golden-([0-9a-f]{16})/.exec(name)?.[1] ?? []);
  return volumes.filter(
    (name) => !name.startsWith('k3s-vm-golden-') && !bases.some((base) => name.startsWith(`k3s-vm-base-${base}`)),
  );
}

/**
 * Expects the machine to be as it was: nothing of ours is left, nothing of others is gone. Leases run out and other
 * guests write logs, so of these only new ones count.
 */
export async function expectUnchanged(before: HostState): Promise<void> {
  const after = await hostState();
  const { domains, volumes, pools, networks, reservations } = after;
  expect({ domains, volumes: withoutGolden(volumes), pools, networks, reservations }).toEqual({
    domains: before.domains,
    volumes: withoutGolden(before.volumes),
    pools: before.pools,
    networks: before.networks,
    reservations: before.reservations,
  });
  expect(after.leases.filter((lease) => !before.leases.includes(lease))).toEqual([]);
  expect(after.logs.filter((log) => !before.logs.includes(log))).toEqual([]);
}

/** Runs `work` and expects the machine afterwards as it was before. */
export async function leavesNothing(work: () => Promise<void>): Promise<void> {
  const before = await hostState();
  await work();
  await expectUnchanged(before);
}

export const deploymentYaml = (name: string, replicas = 1): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: web
          image: ${realK3s() ? (process.env.K3S_VM_E2E_WEB_IMAGE ?? 'docker.io/library/busybox-web:local') : 'nginx:1.29'}
          imagePullPolicy: IfNotPresent
`;
