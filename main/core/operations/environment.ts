/**
 * What every operation works with: the configuration, the connection it resolved to, and a runner for it.
 */
import { existsSync } from 'node:fs';
import type { Config } from '../config/schema';
import { k3sVmError } from '../errors';
import { adoptKeys } from '../guest/identity';
import { resolveConnection } from '../libvirt/connection';
import { isSession } from '../libvirt/uri';
import { findDomain, type DomainView } from '../libvirt/domains';
import type { VmMetadata } from '../libvirt/metadata';
import { createVirsh, type Virsh, type VirshTrace } from '../libvirt/virsh';
import type { SshTarget } from '../guest/ssh';
import { requireOwn } from './ownership';

export interface Environment {
  readonly config: Config;
  /** Keys of the configuration that the user set; the others are defaults, and a VM keeps what it has. */
  readonly explicit: ReadonlySet<string>;
  /** See Dependencies. */
  readonly named: boolean;
  readonly virsh: Virsh;
  readonly uri: string;
  /** Why `auto` chose qemu:///session, where that follows from what qemu:///system said. */
  readonly refusal?: string | undefined;
  readonly session: boolean;
  readonly arch: 'x86_64' | 'aarch64';
  readonly virshFor: (uri: string) => Virsh;
  /** See Dependencies. */
  readonly program?: string | undefined;
}

export interface Dependencies {
  /** Told of every virsh call. */
  readonly trace?: (call: VirshTrace) => void;
  /** Keys of the configuration that do not have their default, e.g. `cpus`, `k3s.version`. */
  readonly explicit?: ReadonlySet<string>;
  /** Whether the user named the VM for this call, rather than a file or the project folder. */
  readonly named?: boolean;
  /** Path of bin/k3s-vm, for what goes on when this program has ended. */
  readonly program?: string;
}

/** Architecture of the guests, which is the host's: emulating another one is of no use here. */
const hostArch = (): 'x86_64' | 'aarch64' => (process.arch === 'arm64' ? 'aarch64' : 'x86_64');

/**
 * Resolves the connection of a configuration. Asks libvirt only where `connection` is `auto`.
 *
 * @throws VIRSH_TIMEOUT where libvirt hangs; the signal's reason
 */
export async function openEnvironment(config: Config, deps: Dependencies, signal?: AbortSignal): Promise<Environment> {
  const virshFor = (uri: string): Virsh => createVirsh(uri, deps.trace);
  const { uri, refusal } = await resolveConnection(config.connection, {
    name: config.name,
    virshFor,
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    config,
    explicit: deps.explicit ?? new Set(),
    named: deps.named ?? false,
    virsh: virshFor(uri),
    uri,
    refusal,
    session: isSession(uri),
    arch: hostArch(),
    virshFor,
    program: deps.program,
  };
}

/** A VM that is ours. */
export interface OwnVm extends DomainView {
  readonly metadata: VmMetadata;
}

/**
 * The project's VM, or undefined when it has none.
 *
 * @throws FOREIGN_DOMAIN, FOREIGN_PROJECT, ORPHANED when the name is taken
 */
export async function findVm(env: Environment, signal?: AbortSignal): Promise<OwnVm | undefined> {
  const { name } = env.config;
  const view = await findDomain(env.virsh, name, signal);
  if (view === undefined) return undefined;
  const { metadata } = view.facts;
  if (metadata === undefined) throw k3sVmError('FOREIGN_DOMAIN', { name, uri: env.uri });
  const owner = requireOwn(env, metadata);
  // Made by an earlier version, which kept its keys in the project
  if (metadata.keysIn === undefined && owner !== undefined) {
    await adoptKeys(view.facts.uuid, { name, connection: env.uri, project: owner });
  }
  return { ...view, metadata };
}

/** Real path of the project that a VM found by findVm belongs to; the noted one where its folder is gone. */
export const projectOf = (env: Environment, { project }: VmMetadata): string =>
  existsSync(project) ? env.config.project : project;

/** @throws VM_ABSENT, and what findVm throws */
export async function requireVm(env: Environment, signal?: AbortSignal): Promise<OwnVm> {
  const vm = await findVm(env, signal);
  if (vm === undefined) throw k3sVmError('VM_ABSENT', { name: env.config.name });
  return vm;
}

/** Whether a domain has a QEMU process: paused and sleeping ones have. */
export const isRunning = (view: DomainView): boolean => !['shut off', 'crashed'].includes(view.state.state);

/** @param uuid of the domain */
export const sshTarget = (env: Environment, uuid: string, metadata: VmMetadata): SshTarget => ({
  uuid,
  vm: env.config.name,
  address: metadata.address,
  port: metadata.sshPort,
});

/** Names of the volumes that belong to one VM alone. */
export const vmVolumes = (name: string): { system: string; seed: string } => ({
  system: `${name}-system.qcow2`,
  seed: `${name}-seed.iso`,
});
