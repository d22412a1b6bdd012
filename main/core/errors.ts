/**
 * The error catalogue. Every failure a user can meet has a code here, with its message, its hints and its exit status.
 * An error is data: front ends render it, nothing parses its text.
 */
import { distribution, remedy } from './host/distribution';

/** One step towards a solution. `command` can be pasted as it stands. */
export interface Hint {
  readonly text: string;
  readonly command?: string;
}

/** Exit statuses of the command line, by kind of failure. 0 and 3 to 5 are the answers of `status`. */
export const exitStatus = {
  ok: 0,
  failure: 1,
  usage: 2,
  unhealthy: 3,
  stopped: 4,
  absent: 5,
  host: 10,
  resources: 11,
  download: 12,
  guest: 13,
  conflict: 14,
  timeout: 15,
  cancelled: 130,
} as const;

interface Entry<P> {
  readonly exit: number;
  readonly message: (p: P) => string;
  readonly hints: (p: P) => readonly Hint[];
}

const entry = <P>(exit: number, message: (p: P) => string, hints: (p: P) => readonly Hint[]): Entry<P> => ({
  exit,
  message,
  hints,
});

const run = (command: string, text: string): Hint => ({ text, command });
const install = (what: Parameters<typeof remedy>[0]): Hint[] => [...remedy(what, distribution())];
const { usage, host, resources, download, guest, conflict, timeout, cancelled, failure, stopped, absent } = exitStatus;

const catalogue = {
  // Bad input
  CONFIG_INVALID: entry<{ where: string; problems: readonly string[] }>(
    usage,
    (p) => `${p.where} has ${p.problems.length === 1 ? 'a problem' : 'problems'}:\n  ${p.problems.join('\n  ')}`,
    () => [run('k3s-vm config show', 'See every setting, its value and where it comes from:')],
  ),
  USAGE: entry<{ problem: string; help?: string }>(
    usage,
    (p) => p.problem,
    (p) => [run(p.help ?? 'k3s-vm --help', 'See how it is used:')],
  ),
  NEEDS_CONFIRMATION: entry<{ command: string }>(
    usage,
    (p) => `"${p.command}" asks before it destroys anything, and there is no terminal to ask on.`,
    (p) => [run(`${p.command} --yes`, 'Say yes in advance:')],
  ),

  // The host
  VIRSH_MISSING: entry<object>(
    host,
    () => 'virsh, the command that talks to libvirt, is not installed.',
    () => install('libvirt'),
  ),
  DAEMON_NOT_RUNNING: entry<{ uri: string }>(
    host,
    (p) => `The libvirt daemon does not answer on ${p.uri}.`,
    () => [...install('start-libvirt'), run('k3s-vm doctor', 'Check the whole host:')],
  ),
  PERMISSION_DENIED: entry<{ uri: string; user: string }>(
    host,
    (p) => `User ${p.user} may not use ${p.uri}.`,
    () => [
      ...install('libvirt-group'),
      run('k3s-vm setup --connection qemu:///session', 'Or do without privileges altogether:'),
    ],
  ),
  CONNECTION_FAILED: entry<{ uri: string }>(
    host,
    (p) => `Could not connect to libvirt at ${p.uri}.`,
    () => [run('k3s-vm doctor', 'Find out what is missing:')],
  ),
  QEMU_MISSING: entry<{ arch: string }>(
    host,
    (p) => `libvirt finds no QEMU for ${p.arch} guests.`,
    () => install('qemu'),
  ),
  NETWORK_MISSING: entry<{ network: string }>(
    host,
    (p) => `libvirt has no network named "${p.network}".`,
    (p) => [
      p.network === 'default'
        ? run('k3s-vm doctor --fix', 'Define and start the default NAT network:')
        : run('virsh -c qemu:///system net-list --all', 'Networks there are:'),
    ],
  ),
  NETWORK_INACTIVE: entry<{ network: string; uri: string }>(
    host,
    (p) => `The libvirt network "${p.network}" is not active.`,
    (p) => [
      run('k3s-vm doctor --fix', 'Start it, now and at every boot:'),
      run(`virsh -c ${p.uri} net-start ${p.network}`, 'Or by hand:'),
    ],
  ),
  NETWORK_COLLISION: entry<{ network: string; subnet: string; other: string; uri: string }>(
    host,
    (p) => `The subnet ${p.subnet} of the libvirt network "${p.network}" collides with ${p.other}.`,
    (p) => [
      run(
        `virsh -c ${p.uri} net-edit ${p.network}`,
        'Give the network another subnet (then net-destroy and net-start it):',
      ),
      run('k3s-vm setup --connection qemu:///session', 'Or use user-mode networking, which needs no subnet:'),
    ],
  ),
  NETWORK_UNSUITABLE: entry<{ network: string; why: string }>(
    host,
    (p) => `The libvirt network "${p.network}" cannot be used: ${p.why}.`,
    () => [{ text: 'Choose a NAT or routed network with an IPv4 subnet and DHCP: the setting is "network".' }],
  ),
  ADDRESS_POOL_FULL: entry<{ network: string }>(
    resources,
    (p) => `The libvirt network "${p.network}" has no free address left.`,
    (p) => [run(`virsh -c qemu:///system net-edit ${p.network}`, 'Widen its DHCP range:')],
  ),
  POOL_UNAVAILABLE: entry<{ pool: string; uri: string }>(
    host,
    (p) => `The storage pool "${p.pool}" cannot be used.`,
    (p) => [run(`virsh -c ${p.uri} pool-list --all --details`, 'Pools there are:')],
  ),
  NO_ACCELERATION: entry<{ why: string }>(
    host,
    (p) => `Hardware acceleration (KVM) was asked for but does not work: ${p.why}.`,
    () => [...install('kvm'), run('k3s-vm setup --acceleration tcg', 'Or go on without it, several times slower:')],
  ),
  TOOL_MISSING: entry<{ tool: 'kubectl' | 'k9s' | 'ssh' | 'flock' }>(
    host,
    (p) => `${p.tool} is not installed.`,
    (p) => install(p.tool),
  ),
  PORT_IN_USE: entry<{ port: number; purpose: string; key: string }>(
    conflict,
    (p) => `Port ${p.port} on 127.0.0.1, wanted for ${p.purpose}, is in use.`,
    (p) => [
      run(`ss -ltnp 'sport = :${p.port}'`, 'See who uses it:'),
      run(`k3s-vm config set ${p.key} auto`, 'Or let a free port be chosen:'),
    ],
  ),
  FOREIGN_DOMAIN: entry<{ name: string; uri: string }>(
    conflict,
    (p) => `A VM named "${p.name}" exists on ${p.uri}, and k3s-vm did not make it. It was not touched.`,
    () => [run('k3s-vm config set name my-cluster', 'Choose another name for this project:')],
  ),
  FOREIGN_PROJECT: entry<{ name: string; project: string }>(
    conflict,
    (p) => `The VM "${p.name}" belongs to another project: ${p.project}.`,
    () => [run('k3s-vm config set name my-cluster', 'Choose another name for this project:')],
  ),
  ORPHANED: entry<{ name: string; project: string }>(
    conflict,
    (p) =>
      `The VM "${p.name}" was made for ${p.project}, which no longer exists. A setting in a project file is not enough to claim it.`,
    (p) => [
      run(`k3s-vm setup --name ${p.name}`, 'If you moved the project, take the VM along:'),
      run(`k3s-vm reset --name ${p.name}`, 'Or delete the VM:'),
      run('k3s-vm config set name my-cluster', 'Or choose another name for this project:'),
    ],
  ),
  VOLUME_EXISTS: entry<{ volume: string; pool: string; uri: string }>(
    conflict,
    (p) =>
      `The storage pool "${p.pool}" already has a volume "${p.volume}", and it belongs to no VM of this name. It was not touched.`,
    (p) => [
      run(`virsh -c ${p.uri} vol-dumpxml --pool ${p.pool} ${p.volume}`, 'See what it is:'),
      run('k3s-vm config set name my-cluster', 'Choose another name for this project:'),
      run(`virsh -c ${p.uri} vol-delete --pool ${p.pool} ${p.volume}`, 'Or delete the volume if nobody needs it:'),
    ],
  ),
  BUSY: entry<{ name: string; operation: string; pid?: number }>(
    conflict,
    (p) =>
      `Another operation on "${p.name}" is under way: ${p.operation}${p.pid === undefined ? '' : ` (process ${p.pid})`}.`,
    (p) => [
      p.pid === undefined
        ? { text: 'Wait for it, or cancel it.' }
        : { text: 'Wait for it, or end it cleanly:', command: `kill -INT ${p.pid}` },
    ],
  ),

  // Resources
  NOT_ENOUGH_MEMORY: entry<{ wanted: string; available: string }>(
    resources,
    (p) => `The VM wants ${p.wanted} of memory; the host can give ${p.available}.`,
    () => [run('k3s-vm config set memory 2GiB', 'Ask for less (K3s needs 2 GiB to be comfortable):')],
  ),
  POOL_FULL: entry<{ pool: string; needed?: string; available?: string }>(
    resources,
    (p) =>
      `The storage pool "${p.pool}" is full` +
      (p.needed !== undefined && p.available !== undefined ? `: ${p.needed} needed, ${p.available} free.` : '.'),
    (p) => [
      run('k3s-vm cache prune', 'Remove images nobody uses:'),
      run('k3s-vm list', 'See which clusters could go (k3s-vm reset --name NAME):'),
      run(`virsh pool-dumpxml ${p.pool}`, 'See which folder is full:'),
    ],
  ),
  HOST_DISK_FULL: entry<{ path: string }>(
    resources,
    (p) => `The disk that holds ${p.path} is full.`,
    (p) => [run(`df -h '${p.path}'`, 'See how full:'), run('k3s-vm cache prune', 'Remove images nobody uses:')],
  ),
  SAVE_SPACE: entry<{ name: string; dir: string; needed: string; available: string }>(
    resources,
    (p) =>
      `Saving the VM "${p.name}" may take ${p.needed}, and where libvirt keeps it (${p.dir}) only ${p.available} are free.`,
    () => [
      run('k3s-vm stop --shutdown', 'Shut it down instead (the cluster is kept all the same):'),
      run('k3s-vm cache prune', 'Or make room, e.g. by removing images nobody uses:'),
    ],
  ),
  GUEST_DISK_FULL: entry<{ used: string }>(
    guest,
    (p) => `The disk inside the VM is full (${p.used}).`,
    () => [
      run('k3s-vm shell -- sudo k3s crictl rmi --prune', 'Remove images no container uses:'),
      run('k3s-vm config set disk 40GiB && k3s-vm restart', 'Or give it a larger disk (disks only grow):'),
    ],
  ),
  DISK_SHRINK: entry<{ current: string; wanted: string }>(
    usage,
    (p) => `The disk is ${p.current}; it cannot shrink to ${p.wanted}.`,
    (p) => [
      run(`k3s-vm config set disk ${p.current}`, 'Keep its size:'),
      run('k3s-vm reset --recreate', 'Or start over with a smaller one (this deletes the cluster):'),
    ],
  ),

  // Downloads and the cache
  DOWNLOAD_FAILED: entry<{ url: string; why: string }>(
    download,
    (p) => `Could not download ${p.url}: ${p.why}.`,
    (p) => [
      { text: 'Run the same command again: the download goes on where it stopped.' },
      ...importHint(p.url, 'No internet here? Bring the file from elsewhere:'),
    ],
  ),
  OFFLINE: entry<{ what: string; url: string }>(
    download,
    (p) => `${p.what} is not in the cache and ${p.url} cannot be reached.`,
    (p) => [
      { text: 'Check the network or proxy (HTTPS_PROXY is respected), then run the same command again.' },
      ...importHint(p.url, 'Or download it on another machine and import the file:'),
    ],
  ),
  DIGEST_MISMATCH: entry<{ what: string; expected: string; actual: string }>(
    download,
    (p) => `${p.what} does not have the digest it should:\n  expected ${p.expected}\n  got      ${p.actual}`,
    () => [
      {
        text: 'The file was thrown away. Run the same command again; a proxy that alters downloads is the usual cause if it recurs.',
      },
    ],
  ),
  IMAGE_INVALID: entry<{ path: string; why: string }>(
    download,
    (p) => `${p.path} is not a usable guest image: ${p.why}.`,
    () => [{ text: 'Use a qcow2 or raw cloud image with cloud-init; the default (debian-12) is one.' }],
  ),
  VERSION_UNKNOWN: entry<{ version: string; known?: readonly string[] }>(
    usage,
    (p) =>
      `There is no K3s version or channel "${p.version}"${p.known?.length ? ` (channels: ${p.known.join(', ')})` : ''}.`,
    () => [run('k3s-vm config set k3s.version stable', 'Use the stable channel:')],
  ),

  // The guest
  VM_ABSENT: entry<{ name: string }>(
    absent,
    (p) => `There is no VM "${p.name}" yet.`,
    () => [run('k3s-vm setup', 'Make it:')],
  ),
  VM_INCOMPLETE: entry<{ name: string }>(
    guest,
    (p) => `The VM "${p.name}" was never set up to the end.`,
    () => [run('k3s-vm setup', 'Go on from where it stopped:'), run('k3s-vm reset', 'Or remove it:')],
  ),
  VM_NOT_RUNNING: entry<{ name: string; state: string }>(
    stopped,
    (p) => `The VM "${p.name}" is ${p.state}.`,
    () => [run('k3s-vm start', 'Start it:')],
  ),
  VM_CRASHED: entry<{ name: string; reason: string; console?: string }>(
    guest,
    (p) => `The VM "${p.name}" crashed (${p.reason}).${lastLines(p.console)}`,
    () => [
      run('k3s-vm start', 'Start it again (its disk is kept):'),
      run('k3s-vm logs --source console', 'See its last words:'),
    ],
  ),
  BOOT_TIMEOUT: entry<{ name: string; seconds: number; console?: string }>(
    timeout,
    (p) => `The VM "${p.name}" did not come up within ${p.seconds} s.${lastLines(p.console)}`,
    () => [
      run('k3s-vm setup --timeout 20m', 'Slow machine? Wait longer (it goes on from where it is):'),
      run('k3s-vm logs --source console', 'See the whole console:'),
    ],
  ),
  CLOUD_INIT_FAILED: entry<{ detail: string }>(
    guest,
    (p) => `cloud-init failed in the guest: ${p.detail}`,
    () => [
      run('k3s-vm logs --source cloud-init', 'See its log:'),
      run('k3s-vm reset --recreate', 'Start over with a fresh VM:'),
    ],
  ),
  K3S_FAILED: entry<{ detail: string }>(
    guest,
    (p) => `K3s does not start in the guest: ${p.detail}`,
    () => [
      run('k3s-vm logs --source k3s', 'See its journal:'),
      run('k3s-vm config show k3s', 'Check the K3s settings of this project:'),
    ],
  ),
  API_UNREACHABLE: entry<{ server: string; why: string }>(
    guest,
    (p) => `The Kubernetes API at ${p.server} does not answer: ${p.why}.`,
    () => [run('k3s-vm status', 'See what is wrong:'), run('k3s-vm logs --source k3s', 'See the journal of K3s:')],
  ),
  NOT_HEALTHY: entry<{ waited: number; problems: readonly string[] }>(
    timeout,
    (p) => `The cluster is up but not healthy after ${p.waited} s:\n  ${p.problems.join('\n  ')}`,
    () => [run('k3s-vm status', 'See each check and its fix:')],
  ),
  API_REFUSED: entry<{ doing: string; why: string }>(
    guest,
    (p) => `Kubernetes refused to ${p.doing}: ${p.why}.`,
    () => [run('k3s-vm status', 'See how the cluster is:')],
  ),
  CERTIFICATE_EXPIRED: entry<{ what: string }>(
    guest,
    (p) => `A certificate is no good any more: ${p.what}.`,
    () => [run('k3s-vm restart', 'K3s renews its certificates when it starts:')],
  ),
  DISK_CORRUPT: entry<{ volume: string; pool: string; uri: string }>(
    guest,
    (p) => `The VM's disk "${p.volume}" is corrupt.`,
    (p) => [
      run(
        `qemu-img check -r all "$(virsh -c ${p.uri} vol-path --pool ${p.pool} ${p.volume})"`,
        'Try to repair it (VM stopped):',
      ),
      run('k3s-vm reset --recreate', 'Or start over (this deletes the cluster):'),
    ],
  ),
  SSH_FAILED: entry<{ why: string }>(
    guest,
    (p) => `Could not get a shell in the VM: ${p.why}.`,
    () => [run('k3s-vm logs --source console', 'See what the VM is doing:')],
  ),
  NOT_SAVED: entry<{ name: string; state: string }>(
    stopped,
    (p) => `The VM "${p.name}" is ${p.state}, not saved: there is nothing to resume.`,
    () => [run('k3s-vm start', 'Boot it:')],
  ),
  STOP_TIMEOUT: entry<{ name: string; seconds: number }>(
    timeout,
    (p) => `The VM "${p.name}" did not shut down within ${p.seconds} s.`,
    () => [
      run('k3s-vm stop --timeout 120', 'Give it longer:'),
      run('k3s-vm stop --force', 'Or cut its power (what K3s wrote is safe; running programs are not asked):'),
    ],
  ),

  // The rest
  CANCELLED: entry<{ operation: string }>(
    cancelled,
    (p) => `${p.operation} was cancelled.`,
    (p) => [
      run(`k3s-vm ${p.operation}`, 'Go on from where it stopped:'),
      run('k3s-vm reset', 'Or remove what was made:'),
    ],
  ),
  VIRSH_TIMEOUT: entry<{ command: string; seconds: number }>(
    host,
    (p) => `libvirt did not answer "${p.command}" within ${p.seconds} s.`,
    () => [run('k3s-vm doctor', 'Check the host (a KVM device that does not work makes libvirt hang):')],
  ),
  LIBVIRT: entry<{ doing: string }>(
    failure,
    (p) => `libvirt refused to ${p.doing}.`,
    () => [run('k3s-vm doctor', 'Check the host:')],
  ),
  WEB_PORT_IN_USE: entry<{ port: number }>(
    conflict,
    (p) => `Port ${p.port} on 127.0.0.1, wanted for the dashboard, is in use.`,
    (p) => [
      run(`ss -ltnp 'sport = :${p.port}'`, 'See who uses it:'),
      run('k3s-vm dashboard --web', 'Or let a free port be chosen:'),
    ],
  ),
  NO_BUILD: entry<{ file: string }>(
    failure,
    (p) => `The dashboard is not built: ${p.file} is missing.`,
    () => [{ text: 'Build it in the k3s-vm folder:', command: 'npm run build' }],
  ),
  NO_TERMINAL: entry<{ command: string }>(
    failure,
    () => 'There is no terminal window to open here.',
    (p) => [run(p.command, 'Run it in a terminal of yours:')],
  ),
  INTERNAL: entry<{ what: string }>(
    failure,
    (p) => `Unexpected: ${p.what}`,
    () => [{ text: 'This is a bug in k3s-vm. Run again with --verbose and report what it prints.' }],
  ),
} as const;

/** How to bring what a URL names from elsewhere. A channel list is no file: exact versions need none. */
function importHint(url: string, text: string): Hint[] {
  const file = decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
  return file === 'channels'
    ? [run('k3s-vm cache import FOLDER --k3s-version v1.33.4+k3s1', 'Or bring the files of a release from elsewhere:')]
    : [run(`k3s-vm cache import ${file}`, text)];
}

function lastLines(console?: string): string {
  const text = console?.trim();
  return text ? `\nLast lines of its console:\n${text.replace(/^/gm, '  | ')}` : '';
}

type Catalogue = typeof catalogue;
export type ErrorCode = keyof Catalogue;
type Parameters_<C extends ErrorCode> = Catalogue[C] extends Entry<infer P> ? P : never;

/** The JSON form of an error, the same on `--json`, `--progress json`, IPC and the web. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hints: readonly Hint[];
  readonly cause?: string;
  readonly exitStatus: number;
}

export class K3sVmError extends Error {
  override readonly name = 'K3sVmError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hints: readonly Hint[],
    readonly exitStatus: number,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/**
 * Makes the catalogue's error for a code.
 *
 * @param code which failure
 * @param parameters what the message needs
 * @param cause the native error or text underneath; shown to the user as it is
 */
export function k3sVmError<C extends ErrorCode>(code: C, parameters: Parameters_<C>, cause?: unknown): K3sVmError {
  const found = catalogue[code] as unknown as Entry<Parameters_<C>>;
  return new K3sVmError(code, found.message(parameters), found.hints(parameters), found.exit, cause);
}

/** Whether `error` is ours, and of the given code if one is named. */
export function isK3sVmError(error: unknown, code?: ErrorCode): error is K3sVmError {
  return error instanceof K3sVmError && (code === undefined || error.code === code);
}

/** Any thrown thing as a catalogue error; what is not ours becomes INTERNAL with its text as the cause. */
export function asK3sVmError(error: unknown): K3sVmError {
  if (error instanceof K3sVmError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const path = (error as NodeJS.ErrnoException | undefined)?.path;
  if (code === 'ENOSPC') return k3sVmError('HOST_DISK_FULL', { path: path ?? process.cwd() }, error);
  return k3sVmError('INTERNAL', { what: error instanceof Error ? error.message : String(error) }, error);
}

/** The text of an error's cause, or undefined. */
export function causeText(error: K3sVmError): string | undefined {
  const { cause } = error;
  if (cause === undefined) return undefined;
  if (typeof cause === 'string') return cause.trim() || undefined;
  return cause instanceof Error ? cause.message.trim() : JSON.stringify(cause);
}

/** The wire form of an error. */
export function errorData(error: K3sVmError): ErrorData {
  const cause = causeText(error);
  return {
    code: error.code,
    message: error.message,
    hints: error.hints,
    exitStatus: error.exitStatus,
    ...(cause === undefined ? {} : { cause }),
  };
}
