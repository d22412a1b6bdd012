/**
 * The error catalogue. Every failure a user can meet has a code here, with its message, its hints and its exit status.
 * An error is data: front ends render it, nothing parses its text.
 */
import { distribution, remedy } from './host/distribution';
import { fileProblem } from './files/file-errors';
import { withoutCredentials } from './origin';
import { operand, sh } from './shell-quote';

/** One step towards a solution. `command` can be pasted as it stands: whatever comes from elsewhere is quoted in it (sh). */
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

/** @param command a fixed text, or made with sh`…` */
const run = (command: string, text: string): Hint => ({ text, command });
const install = (what: Parameters<typeof remedy>[0]): Hint[] => [...remedy(what, distribution())];
const { usage, host, resources, download, guest, conflict, timeout, cancelled, failure, stopped, absent } = exitStatus;

/** How to see who may do what with a path and each folder above it. util-linux, which has flock, has namei. */
const permissions = (path: string): Hint => run(sh`namei -l ${operand(path)}`, 'See whose it is and what it allows:');

/** How to have another folder, by what it is for. */
const otherFolder = {
  project: { text: 'Or use a project folder that you can write to: k3s-vm --project FOLDER.' },
  cache: { text: 'Or keep downloads elsewhere: set K3S_VM_CACHE_DIR to a folder that you can write to.' },
  state: { text: 'Or keep locks and logs elsewhere: set XDG_STATE_HOME to a folder that you can write to.' },
  temporary: { text: 'Or use another folder for temporary files: set TMPDIR to one that you can write to.' },
} as const;

const catalogue = {
  // Bad input
  CONFIG_INVALID: entry<{ where: string; problems: readonly string[]; hints?: readonly Hint[] }>(
    usage,
    (p) => `${p.where} has ${p.problems.length === 1 ? 'a problem' : 'problems'}:\n  ${p.problems.join('\n  ')}`,
    (p) => p.hints ?? [run('k3s-vm config show', 'See every setting, its value and where it comes from:')],
  ),
  /** `uid`: the caller's. `found`: from the working directory upwards, not named. */
  UNTRUSTED_PROJECT: entry<{
    folder: string;
    path: string;
    owner: string;
    paths: readonly string[];
    uid: number;
    found: boolean;
  }>(
    usage,
    (p) => `${p.path} belongs to ${p.owner}. k3s-vm only trusts projects that belong to you or to root.`,
    (p) => [
      ...(p.found ? [run('export K3S_VM_PROJECT="$PWD"', 'Use the folder you are in as the project instead:')] : []),
      run(sh`sudo chown -h ${p.uid} -- ${p.paths}`, 'If it is your project, take it over:'),
      run(
        sh`export K3S_VM_TRUST="$K3S_VM_TRUST:"${p.folder}`,
        'If you trust its owner, say so (put it into your shell profile to keep it):',
      ),
    ],
  ),
  USAGE: entry<{ problem: string; help?: string }>(
    usage,
    (p) => p.problem,
    (p) => [run(p.help ?? 'k3s-vm --help', 'See how it is used:')],
  ),
  FOLDER_REFUSED: entry<{ path: string; why: string }>(
    usage,
    (p) => `${p.path} is not used: ${p.why}.`,
    () => [
      run('ls -ld .kube .k3s-vm', 'See what is in the project folder:'),
      { text: 'It must be a folder of yours, or missing. Move it away, then run the command again.' },
    ],
  ),
  /** `command` as it was called, without what holds for every command. */
  NEEDS_CONFIRMATION: entry<{ command: string }>(
    usage,
    (p) => `"${p.command}" asks before it destroys anything, and there is no terminal to ask on.`,
    (p) => [run([p.command, '--yes'].join(' '), 'Say yes in advance:')],
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
      run(sh`virsh -c ${p.uri} net-start ${operand(p.network)}`, 'Or by hand:'),
    ],
  ),
  NETWORK_COLLISION: entry<{ network: string; subnet: string; other: string; uri: string; own?: boolean }>(
    host,
    (p) => `The subnet ${p.subnet} of the libvirt network "${p.network}" collides with ${p.other}.`,
    (p) => [
      ...(p.own === true
        ? [
            run('k3s-vm list', 'Stop the VMs that run on it (k3s-vm stop in their projects):'),
            run(
              'k3s-vm doctor --fix',
              'Then move the network to a free subnet; each VM takes an address there when it starts next:',
            ),
          ]
        : [
            run(
              sh`virsh -c ${p.uri} net-edit ${operand(p.network)}`,
              'Give the network another subnet (then net-destroy and net-start it):',
            ),
          ]),
      run('k3s-vm setup --connection qemu:///session', 'Or use user-mode networking, which needs no subnet:'),
    ],
  ),
  NETWORK_UNSUITABLE: entry<{ network: string; why: string }>(
    host,
    (p) => `The libvirt network "${p.network}" cannot be used: ${p.why}.`,
    () => [{ text: 'Choose a NAT or routed network with an IPv4 subnet and DHCP: the setting is "network".' }],
  ),
  NETWORK_IN_USE: entry<{ network: string; connections: number }>(
    conflict,
    (p) => `The libvirt network "${p.network}" cannot be changed while ${p.connections} running VMs are on it.`,
    () => [run('k3s-vm list', 'See which (k3s-vm stop in their projects):')],
  ),
  ADDRESS_STRANDED: entry<{
    name: string;
    address: string;
    network: string;
    subnet: string;
    uri: string;
    /** Suspended: its memory holds the old address. Otherwise its guest reads its address only at its first boot. */
    suspended: boolean;
  }>(
    host,
    (p) =>
      `The VM "${p.name}" has the address ${p.address}, and the libvirt network "${p.network}" is now ${p.subnet}: nothing could reach the VM.`,
    (p) =>
      p.suspended
        ? [run('k3s-vm start --discard-saved', 'Boot it instead of resuming it; it takes a new address then:')]
        : [
            run(
              sh`virsh -c ${p.uri} net-edit ${operand(p.network)}`,
              `Give the network back a subnet that holds ${p.address} (then net-destroy and net-start it):`,
            ),
            run('k3s-vm reset --recreate', 'Or start over with a fresh VM (this deletes the cluster):'),
          ],
  ),
  ADDRESS_POOL_FULL: entry<{ network: string }>(
    resources,
    (p) => `The libvirt network "${p.network}" has no free address left.`,
    (p) => [run(sh`virsh -c qemu:///system net-edit ${operand(p.network)}`, 'Widen its DHCP range:')],
  ),
  POOL_UNAVAILABLE: entry<{ pool: string; uri: string }>(
    host,
    (p) => `The storage pool "${p.pool}" cannot be used.`,
    (p) => [run(sh`virsh -c ${p.uri} pool-list --all --details`, 'Pools there are:')],
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
      run(sh`ss -ltnp ${`sport = :${p.port}`}`, 'See who uses it:'),
      run(sh`k3s-vm config set ${operand(p.key)} auto`, 'Or let a free port be chosen:'),
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
      run(sh`k3s-vm setup --name ${p.name}`, 'If you moved the project, take the VM along:'),
      run(sh`k3s-vm reset --name ${p.name}`, 'Or delete the VM:'),
      run('k3s-vm config set name my-cluster', 'Or choose another name for this project:'),
    ],
  ),
  VOLUME_EXISTS: entry<{ volume: string; pool: string; uri: string }>(
    conflict,
    (p) =>
      `The storage pool "${p.pool}" already has a volume "${p.volume}", and it belongs to no VM of this name. It was not touched.`,
    (p) => [
      run(sh`virsh -c ${p.uri} vol-dumpxml --pool ${p.pool} ${operand(p.volume)}`, 'See what it is:'),
      run('k3s-vm config set name my-cluster', 'Choose another name for this project:'),
      run(
        sh`virsh -c ${p.uri} vol-delete --pool ${p.pool} ${operand(p.volume)}`,
        'Or delete the volume if nobody needs it:',
      ),
    ],
  ),
  BUSY: entry<{ name: string; operation: string; pid?: number }>(
    conflict,
    (p) =>
      `Another operation on "${p.name}" is under way: ${p.operation}${p.pid === undefined ? '' : ` (process ${p.pid})`}.`,
    (p) => [
      p.pid === undefined
        ? { text: 'Wait for it, or cancel it.' }
        : { text: 'Wait for it, or end it cleanly:', command: sh`kill -INT ${p.pid}` },
    ],
  ),
  NOT_WRITABLE: entry<{ use: keyof typeof otherFolder; path: string; why: string }>(
    host,
    (p) => `k3s-vm cannot write to ${p.path}: ${p.why}.`,
    (p) => [permissions(p.path), otherFolder[p.use]],
  ),
  FILE_UNUSABLE: entry<{ path: string; why: string }>(
    host,
    (p) => `k3s-vm cannot use ${p.path}: ${p.why}.`,
    (p) => [permissions(p.path)],
  ),
  TOO_MANY_FILES: entry<object>(
    resources,
    () => 'k3s-vm cannot open another file: too many are open already.',
    () => [
      run('ulimit -n', 'See how many one process may open (raise it with ulimit -n 4096):'),
      run('cat /proc/sys/fs/file-nr', 'See how many are open on the whole machine, and the most there can be:'),
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
      run(sh`virsh pool-dumpxml ${operand(p.pool)}`, 'See which folder is full:'),
    ],
  ),
  HOST_DISK_FULL: entry<{ path: string }>(
    resources,
    (p) => `The disk that holds ${p.path} is full.`,
    (p) => [
      run(sh`df -h ${operand(p.path)}`, 'See how full:'),
      run('k3s-vm cache prune', 'Remove images nobody uses:'),
    ],
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
      run(sh`k3s-vm config set disk ${operand(p.current)}`, 'Keep its size:'),
      run('k3s-vm reset --recreate', 'Or start over with a smaller one (this deletes the cluster):'),
    ],
  ),

  // Downloads and the cache
  DOWNLOAD_FAILED: entry<{ url: string; why: string }>(
    download,
    (p) => `Could not download ${withoutCredentials(p.url)}: ${p.why}.`,
    (p) => [
      { text: 'Run the same command again: the download goes on where it stopped.' },
      ...importHint(p.url, 'No internet here? Bring the file from elsewhere:'),
    ],
  ),
  OFFLINE: entry<{ what: string; url: string }>(
    download,
    (p) => `${p.what} is not in the cache and ${withoutCredentials(p.url)} cannot be reached.`,
    (p) => [
      { text: 'Check the network or proxy (HTTPS_PROXY is respected), then run the same command again.' },
      ...importHint(p.url, 'Or download it on another machine and import the file:'),
    ],
  ),
  INSECURE_SOURCE: entry<{ what: string; url: string }>(
    usage,
    (p) =>
      `${p.what} is not fetched from ${withoutCredentials(p.url)}: anyone on the network can alter what plain http brings, and no digest is known to check it.`,
    () => [
      run('k3s-vm config show', 'Use an https address. See which setting names this one, and where it is set:'),
      { text: 'Or pin the digest of the guest image: the setting is "imageDigest".' },
      run(
        'k3s-vm cache import sha256sum-amd64.txt --k3s-version v1.33.4+k3s1',
        'Or import the digest list of a K3s release; its files may then come over http:',
      ),
    ],
  ),
  DIGEST_UNKNOWN: entry<{ what: string; url: string; list: string; version: string }>(
    download,
    (p) => `${p.what} cannot be verified: ${withoutCredentials(p.list)} does not exist.`,
    (p) => [
      {
        text: 'K3s publishes this digest since October 2023. Choose a newer version, or copy the digest to your mirror as well.',
      },
      run(
        sh`k3s-vm cache import install.sh --k3s-version ${p.version}`,
        `Or download ${withoutCredentials(p.url)}, read it, and import it:`,
      ),
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
  GUEST_HUNG: entry<{ name: string; seconds: number; wasReset: boolean; kvm: boolean; console?: string }>(
    guest,
    (p) =>
      `The VM "${p.name}" hung: for ${p.seconds} s it printed nothing and used neither its disk nor its network. ` +
      `${p.wasReset ? 'Resetting it did not help. ' : ''}It was powered off.${lastLines(p.console)}`,
    (p) => [
      run('k3s-vm setup', 'Try again:'),
      ...(p.kvm ? [run('k3s-vm config set acceleration tcg', 'If it hangs every time, do without KVM (slower):')] : []),
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
  K3S_FAILED: entry<{ detail: string; masked?: boolean }>(
    guest,
    (p) => `K3s does not start in the guest: ${p.detail}`,
    (p) => [
      ...(p.masked === true
        ? [
            run(
              "k3s-vm shell -- sudo sh -c 'systemctl unmask k3s && systemctl start k3s'",
              'Unmask its unit and start it:',
            ),
          ]
        : []),
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
  KUBECONFIG_REFUSED: entry<{ path: string; why: string }>(
    conflict,
    (p) => `${p.path} is not used: ${p.why}.`,
    () => [run('k3s-vm kubeconfig --refresh', 'Regenerate it:')],
  ),
  GUEST_KUBECONFIG: entry<{ why: string }>(
    guest,
    (p) => `The kubeconfig in the VM cannot be used: ${p.why}.`,
    () => [
      run('k3s-vm restart', 'K3s writes it again when it starts:'),
      run('k3s-vm shell -- sudo ls -l /etc/rancher/k3s', 'See what is there:'),
    ],
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
        sh`qemu-img check -r all "$(virsh -c ${p.uri} vol-path --pool ${p.pool} ${operand(p.volume)})"`,
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
  SSH_DENIED: entry<{ name: string }>(
    guest,
    (p) => `The VM "${p.name}" refuses the SSH key that it was set up with.`,
    () => [
      run('k3s-vm logs --source console', 'See what the VM says:'),
      run('k3s-vm reset --recreate', 'Or start over with a fresh VM (this deletes the cluster):'),
    ],
  ),
  HOST_KEY_MISMATCH: entry<{ name: string; address: string }>(
    guest,
    (p) => `What answers at ${p.address} is not the VM "${p.name}": its SSH host key is another one.`,
    () => [
      run('k3s-vm logs --source console', 'See whether the VM is up. Another machine may have its address:'),
      run('k3s-vm reset --recreate', 'Or start over with a fresh VM (this deletes the cluster):'),
    ],
  ),
  KEYS_LOST: entry<{ name: string; folder: string }>(
    guest,
    (p) => `The SSH keys of the VM "${p.name}" are not in ${p.folder}, so nothing can log in to it.`,
    () => [
      { text: 'If another user of this machine set it up, run the command as that user.' },
      run('k3s-vm reset --recreate', 'Otherwise start over with a fresh VM (this deletes the cluster):'),
    ],
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
    ({ operation }) => {
      if (operation === 'setup') {
        return [run('k3s-vm setup', 'Go on from where it stopped:'), run('k3s-vm reset', 'Or remove what was made:')];
      }
      const again = operation === 'suspend' ? 'The VM keeps running. Suspend it again:' : 'Run it again:';
      return [run(sh`k3s-vm ${operation.split(' ')}`, again)];
    },
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
      run(sh`ss -ltnp ${`sport = :${p.port}`}`, 'See who uses it:'),
      run('k3s-vm dashboard --web', 'Or let a free port be chosen:'),
    ],
  ),
  NO_BUILD: entry<{ file: string }>(
    failure,
    (p) => `The dashboard is not built: ${p.file} is missing.`,
    () => [{ text: 'Build it in the k3s-vm folder:', command: 'npm run build' }],
  ),
  /** `command` is one for a shell. */
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

/** The last part of a URL's path, as a browser would save it; as it stands where its escapes are none (`%zz`). */
function fileName(url: string): string {
  const last =
    url
      .replace(/[?#].*$/s, '')
      .split('/')
      .at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** How to bring what a URL names from elsewhere. A channel list is no file: exact versions need none. */
function importHint(url: string, text: string): Hint[] {
  const file = fileName(url);
  return file === 'channels'
    ? [run('k3s-vm cache import FOLDER --k3s-version v1.33.4+k3s1', 'Or bring the files of a release from elsewhere:')]
    : [run(sh`k3s-vm cache import ${operand(file)}`, text)];
}

function lastLines(console?: string): string {
  const text = console?.trim();
  return text ? `\nLast lines of its console:\n${text.replace(/^/gm, '  | ')}` : '';
}

type Catalogue = typeof catalogue;
export type ErrorCode = keyof Catalogue;

/** Every code there is. */
export const errorCodes = Object.keys(catalogue) as readonly ErrorCode[];
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
  const file = fileProblem(error);
  if (file?.kind === 'full') return k3sVmError('HOST_DISK_FULL', { path: file.path }, error);
  if (file?.kind === 'unusable') return k3sVmError('FILE_UNUSABLE', { path: file.path, why: file.why }, error);
  if (file?.kind === 'too many') return k3sVmError('TOO_MANY_FILES', {}, error);
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
