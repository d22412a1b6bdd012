/**
 * This machine: libvirt, QEMU, programs and files.
 */
import { distribution } from '../host/distribution';
import type { Packaged } from '../host/packages';
import { howToInstall, remedy, type RemedyFor } from '../host/remedies';
import { asRoot, thisHost } from '../host/this-host';
import { operand, sh } from '../shell-quote';
import { entry, exitStatus } from './entry';
import { run, withFix, type Remedy } from './remedy';

const { host, resources, conflict, failure } = exitStatus;
const install = (what: RemedyFor): readonly Remedy[] => remedy(what, distribution());

/** A daemon on a socket of its own, on another machine, or one that virsh starts itself (session) is not the system's. */
export const isLocalSystem = (uri: string): boolean => /^qemu(\+unix)?:\/\/\/system$/.test(uri);

/** How to see who may do what with a path and each folder above it. util-linux, which has flock, has namei. */
const permissions = (path: string): Remedy => run(sh`namei -l ${operand(path)}`, 'Check the owner and permissions:');

/** How to have another folder, by what it is for. */
const otherFolder = {
  project: { text: 'Or use a project folder that you can write to: k3s-vm --project FOLDER.' },
  cache: { text: 'Or keep downloads elsewhere: set K3S_VM_CACHE_DIR to a folder that you can write to.' },
  state: { text: 'Or keep locks and logs elsewhere: set XDG_STATE_HOME to a folder that you can write to.' },
  temporary: { text: 'Or use another folder for temporary files: set TMPDIR to one that you can write to.' },
} as const;

/** What a forwarded port is for, by its setting below `ports`. */
const portUses = { ssh: 'SSH', api: 'the Kubernetes API', nodePorts: 'a NodePort' } as const;

/** What a package manager's last lines say of its failure, in the words of APT, dnf, pacman, zypper and sudo; `command` is root's. */
const installationTroubles: readonly (readonly [said: RegExp, text: string, command?: string])[] = [
  [
    /could not get lock|unable to lock|is locked by|waiting for process/i,
    'Another package manager is running. Wait until it has finished, then try again.',
  ],
  [/dpkg was interrupted/i, 'An earlier installation was interrupted. Finish it first:', 'dpkg --configure -a'],
  [
    /not in the sudoers|may not run sudo|incorrect password|password is required|terminal is required|Authentication failed/i,
    'This needs the rights of root. Run the command as a user who may use sudo, or as root.',
  ],
  [
    /temporary failure resolving|could not resolve|failed retrieving|failed to download|could not connect/i,
    'The package manager could not reach its servers. Check the network, and its proxy settings.',
  ],
  [
    /unable to locate package|has no installation candidate|no match for argument|unable to find a match|target not found|not found in package names/i,
    'The package sources of this machine lack a package. Check which sources are enabled.',
  ],
  [/no space left|not enough free space/i, 'The disk is full. Free some space, then try again.'],
];

/** Names of packaged things, for people. */
const nameOf: Readonly<Partial<Record<Packaged, string>>> = { qemu: 'QEMU', ssh: 'OpenSSH' };

/** `libvirt, QEMU and OpenSSH` */
export function listOfPackaged(what: readonly Packaged[]): string {
  const names = what.map((thing) => nameOf[thing] ?? thing);
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ');
}

export const hostErrors = {
  NOT_INSTALLED: entry<{ what: readonly Packaged[] }>(
    host,
    (p) => `Not installed on this machine: ${listOfPackaged(p.what)}.`,
    (p) => howToInstall(p.what, distribution()),
  ),
  /** `output`: the last lines of it. */
  INSTALLATION_FAILED: entry<{ command: string; output: string }>(
    host,
    (p) => `This command failed: ${p.command}`,
    (p) => [
      ...installationTroubles
        .filter(([said]) => said.test(p.output))
        .map(([, text, command]) => (command === undefined ? { text } : run(asRoot(thisHost(), command), text))),
      run(p.command, 'Run it yourself to see everything it says:'),
      run('k3s-vm setup', 'Then run setup again:'),
    ],
  ),
  VIRSH_MISSING: entry<object>(
    host,
    () => 'virsh, the command that talks to libvirt, is not installed.',
    () => install('libvirt'),
  ),
  DAEMON_NOT_RUNNING: entry<{ uri: string }>(
    host,
    (p) => `The libvirt daemon does not answer on ${p.uri}.`,
    (p) => [
      ...(isLocalSystem(p.uri) ? withFix(install('start-libvirt'), 'start-libvirt') : install('start-libvirt')),
      run('k3s-vm doctor', 'Check the whole host:'),
    ],
  ),
  PERMISSION_DENIED: entry<{ uri: string; user: string }>(
    host,
    (p) => `User ${p.user} is not allowed to use ${p.uri}.`,
    () => [
      ...install('libvirt-group'),
      run('k3s-vm setup --connection qemu:///session', 'Or use the connection that needs no privileges:'),
    ],
  ),
  CONNECTION_FAILED: entry<{ uri: string }>(
    host,
    (p) => `Could not connect to libvirt at ${p.uri}.`,
    () => [run('k3s-vm doctor', 'Find out what is missing:')],
  ),
  VIRSH_TIMEOUT: entry<{ command: string; seconds: number }>(
    host,
    (p) => `libvirt did not answer "${p.command}" within ${p.seconds} s.`,
    () => [run('k3s-vm doctor', 'Check the host (a broken KVM device makes libvirt hang):')],
  ),
  LIBVIRT: entry<{ doing: string }>(
    failure,
    (p) => `libvirt could not ${p.doing}.`,
    () => [run('k3s-vm doctor', 'Check the host:')],
  ),
  QEMU_MISSING: entry<{ arch: string }>(
    host,
    (p) => `libvirt cannot find a QEMU for ${p.arch} guests.`,
    () => install('qemu'),
  ),
  NO_ACCELERATION: entry<{ why: string }>(
    host,
    (p) => `Hardware acceleration (KVM) was requested but does not work: ${p.why}.`,
    () => [...install('kvm'), run('k3s-vm setup --acceleration tcg', 'Or continue without it (several times slower):')],
  ),
  TOOL_MISSING: entry<{ tool: 'kubectl' | 'k9s' | 'ssh' | 'flock' }>(
    host,
    (p) => `${p.tool} is not installed.`,
    (p) => install(p.tool),
  ),
  PORT_IN_USE: entry<{ port: number; use: keyof typeof portUses }>(
    conflict,
    (p) => `Port ${p.port} on 127.0.0.1 is already in use (needed for ${portUses[p.use]}).`,
    (p) => [
      run(sh`ss -ltnp ${`sport = :${p.port}`}`, 'See what is using it:'),
      p.use === 'nodePorts'
        ? run('k3s-vm config unset ports.nodePorts', 'Or stop forwarding NodePorts:')
        : run(sh`k3s-vm config set ${`ports.${p.use}`} auto`, 'Or choose a free port automatically:'),
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
    () => 'k3s-vm cannot open a file: too many files are open already.',
    () => [
      run('ulimit -n', 'Check the limit for one process (raise it with ulimit -n 4096):'),
      run('cat /proc/sys/fs/file-nr', 'Check how many files the whole machine has open, and its limit:'),
    ],
  ),
};
