/**
 * Domains: looking, defining, starting, stopping, removing. One verb a function.
 */
import { deadlineIn } from '../deadline';
import { withTempFile } from '../files/temp-file';
import { parseDomain, type DomainFacts } from './domain-xml';
import { metadataNamespace, metadataXml, type VmMetadata } from './metadata';
import { classifyFault, virshError, type Virsh } from './virsh';

/**
 * A domain to act on. virsh is given the UUID: it takes a name that looks like an id or a UUID for one, and by now the name
 * may be another domain's. The name is for messages.
 */
export type DomainRef = Pick<DomainFacts, 'name' | 'uuid'>;

/** libvirt's own words: `running`, `shut off`, … and the reason, e.g. `booted`, `crashed`, `saved`. */
export interface DomainState {
  readonly state: string;
  readonly reason: string;
}

export interface DomainView {
  readonly state: DomainState;
  readonly facts: DomainFacts;
  readonly hasManagedSave: boolean;
  /** Of the first disk: size the guest sees, and what it takes up on the host. */
  readonly diskBytes?: number;
  readonly diskUsedBytes?: number;
}

/** Reads `domstate --reason`, e.g. `shut off (crashed)`. */
export function parseDomainState(text: string): DomainState {
  const match = /^(.+?)(?: \(([^)]*)\))?$/.exec(text.trim());
  return { state: match?.[1] ?? 'no state', reason: match?.[2] ?? 'unknown' };
}

/** Reads one domain's block of `virsh domstats --block`: capacity and allocation of its first disk. */
export function parseDiskStats(text: string): { diskBytes?: number; diskUsedBytes?: number } {
  const value = (key: string): number | undefined => {
    const match = new RegExp(`block\\.0\\.${key}=(\\d+)`).exec(text);
    return match?.[1] === undefined ? undefined : Number(match[1]);
  };
  const diskBytes = value('capacity');
  // `physical` is what the file occupies; `allocation` is the highest offset a running guest wrote.
  const diskUsedBytes = value('physical') ?? value('allocation');
  return {
    ...(diskBytes === undefined ? {} : { diskBytes }),
    ...(diskUsedBytes === undefined ? {} : { diskUsedBytes }),
  };
}

/**
 * Everything libvirt knows of a domain, in one virsh process.
 *
 * @param key its UUID, or whatever else virsh takes for a domain
 * @returns undefined when there is no such domain
 */
export async function lookAtDomain(virsh: Virsh, key: string, signal?: AbortSignal): Promise<DomainView | undefined> {
  const { outputs, stderr } = await virsh.batch(
    [
      ['domstate', '--reason', key],
      ['dumpxml', key],
      ['dominfo', key],
      ['domstats', '--block', key],
    ],
    { signal, doing: `inspect the VM "${key}"` },
  );
  const [state = '', xml = '', info = '', stats = ''] = outputs;
  if (!xml.trim()) {
    const fault = classifyFault(stderr);
    if (fault === 'no-domain') return undefined;
    throw virshError(fault, stderr, virsh.uri, `inspect the VM "${key}"`);
  }
  return {
    state: parseDomainState(state),
    facts: parseDomain(xml),
    hasManagedSave: /^Managed save:\s+yes/m.test(info),
    ...parseDiskStats(stats),
  };
}

/** The domain of exactly that name: one process where virsh takes the name for a name, as it does with those we give. */
export async function findDomain(virsh: Virsh, name: string, signal?: AbortSignal): Promise<DomainView | undefined> {
  const view = await lookAtDomain(virsh, name, signal);
  if (view === undefined || view.facts.name === name) return view;
  const uuids = await domainUuids(virsh, signal);
  const views = await Promise.all(uuids.map((uuid) => lookAtDomain(virsh, uuid, signal)));
  return views.find((each) => each?.facts.name === name);
}

/** Our own domains on this connection. Domains that vanish meanwhile are left out. */
export async function ourDomains(virsh: Virsh, signal?: AbortSignal): Promise<readonly DomainView[]> {
  const uuids = await domainUuids(virsh, signal);
  const views = await Promise.all(uuids.map((uuid) => lookAtDomain(virsh, uuid, signal)));
  return views.filter((view): view is DomainView => view?.facts.metadata !== undefined);
}

/** UUIDs of all domains on this connection. */
export async function domainUuids(virsh: Virsh, signal?: AbortSignal): Promise<readonly string[]> {
  const text = await virsh.run(['list', '--all', '--uuid'], { signal, doing: 'list the VMs' });
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/**
 * Defines a domain, or changes the definition of one with the same name and UUID.
 *
 * @param xml validated by libvirt against its schema
 * @throws LIBVIRT and others with libvirt's text as the cause; the signal's reason
 */
export async function defineDomain(virsh: Virsh, name: string, xml: string, signal?: AbortSignal): Promise<void> {
  const outcome = await withTempFile(xml, (path) =>
    virsh.attempt(['define', path, '--validate'], { signal, timeoutMs: 150_000 }),
  );
  if (outcome.fault === undefined) return;
  throw virshError(outcome.fault, outcome.stderr, virsh.uri, `define the VM "${name}"`);
}

/**
 * Starts a domain; one that runs already is fine.
 *
 * @throws NOT_ENOUGH_MEMORY, NO_ACCELERATION, DISK_CORRUPT, NETWORK_INACTIVE, POOL_FULL or LIBVIRT, libvirt's text as cause
 */
export async function startDomain(
  virsh: Virsh,
  { name, uuid }: DomainRef,
  context: { readonly memory: string; readonly volume: string; readonly pool: string; readonly signal?: AbortSignal },
): Promise<void> {
  const outcome = await virsh.attempt(['start', uuid], { signal: context.signal, timeoutMs: 150_000 });
  if (outcome.fault === undefined || outcome.fault === 'domain-running') return;
  throw virshError(outcome.fault, outcome.stderr, virsh.uri, `start the VM "${name}"`, context);
}

/**
 * Lets a paused or sleeping domain run on; any other one is left alone.
 *
 * @param state of the domain, as libvirt shows it
 * @returns whether it was paused or asleep
 * @throws LIBVIRT and others with libvirt's text as the cause; the signal's reason
 */
export async function wakeDomain(
  virsh: Virsh,
  { name, uuid }: DomainRef,
  { state }: DomainState,
  signal?: AbortSignal,
): Promise<boolean> {
  const verb = state === 'paused' ? 'resume' : state === 'pmsuspended' ? 'dompmwakeup' : undefined;
  if (verb === undefined) return false;
  await virsh.run([verb, uuid], { signal, doing: `resume the VM "${name}"` });
  return true;
}

/** Force stops a domain, without asking its guest. One that is stopped or gone is fine. */
export async function destroyDomain(virsh: Virsh, { name, uuid }: DomainRef, signal?: AbortSignal): Promise<void> {
  await virsh.expect(['no-domain', 'domain-not-running'], ['destroy', uuid], { signal, doing: `force stop "${name}"` });
}

/** Asks the guest to shut down, by its ACPI power button. One that is stopped is fine. */
export async function shutdownDomain(virsh: Virsh, { name, uuid }: DomainRef, signal?: AbortSignal): Promise<void> {
  await virsh.expect(['domain-not-running'], ['shutdown', uuid, '--mode', 'acpi'], {
    signal,
    doing: `shut down "${name}"`,
  });
}

/** Removes the definition with everything libvirt keeps beside it. */
export async function undefineDomain(virsh: Virsh, { name, uuid }: DomainRef, signal?: AbortSignal): Promise<void> {
  const rest = ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', '--nvram'];
  await virsh.expect(['no-domain'], ['undefine', uuid, ...rest], { signal, doing: `remove the VM "${name}"` });
}

/** Writes our metadata, into the definition and into the running VM. */
export async function setMetadata(
  virsh: Virsh,
  { name, uuid }: DomainRef,
  metadata: VmMetadata,
  live: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const args = ['metadata', uuid, metadataNamespace, '--key', 'k3svm', '--set', metadataXml(metadata), '--config'];
  await virsh.run(live ? [...args, '--live'] : args, { signal, doing: `write the metadata of "${name}"` });
}

/**
 * Waits until a domain is off: woken by libvirt's life-cycle event, and looking once a second in case one is missed.
 *
 * @param timeoutMs how long
 * @returns whether it is off
 */
export async function waitUntilOff(
  virsh: Virsh,
  { uuid }: DomainRef,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = deadlineIn(timeoutMs);
  for (;;) {
    const text = await virsh.expect(['no-domain'], ['domstate', uuid], { signal });
    if (text === undefined || parseDomainState(text).state === 'shut off') return true;
    if (deadline.isOver()) return false;
    const seconds = String(Math.max(1, Math.min(2, Math.ceil(deadline.leftMs() / 1000))));
    await virsh.attempt(['event', uuid, 'lifecycle', '--timeout', seconds], { signal });
  }
}
