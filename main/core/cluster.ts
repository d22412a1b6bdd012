/**
 * What the core offers: a cluster is one VM of one project. CLI, desktop and web see nothing else.
 */
import type { Config, WaitFor } from './config/schema';
import type { ErrorData, Remedy } from './errors';
import type { Emit } from './progress';

export type VmState =
  | 'absent'
  | 'provisioning'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'suspended'
  | 'paused'
  | 'crashed'
  | 'error';

/** What libvirt says of a VM. Absent facts are left out, never guessed. */
export interface VmInfo {
  readonly name: string;
  /** libvirt URI it is on. */
  readonly connection: string;
  readonly state: VmState;
  /** libvirt's reason for the state, e.g. `shutdown`, `crashed`, `saved`. */
  readonly reason?: string;
  /** ISO 8601; since when it is in this state, where that is known. */
  readonly since?: string;
  /** The operation that holds the VM's lock now. */
  readonly operation?: { readonly name: string; readonly pid: number; readonly since: string };
  readonly project?: string;
  /** Address the API and SSH are reached at from the host. */
  readonly address?: string;
  readonly sshPort?: number;
  readonly apiPort?: number;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  /** Size of the disk the guest sees. */
  readonly diskBytes?: number;
  /** What the disk takes up on the host. */
  readonly diskUsedBytes?: number;
  /** What its memory on disk takes up on the host (state `suspended`). */
  readonly savedBytes?: number;
  readonly acceleration?: 'kvm' | 'tcg';
  readonly k3sVersion?: string;
  readonly image?: string;
  /** Why the state could not be read or the VM cannot work (state `error`, `crashed`). */
  readonly error?: ErrorData;
}

export type CheckState = 'ok' | 'warning' | 'failed' | 'unknown';

/** One line of health: what was looked at, what was found, what it means and what to do. */
export interface HealthCheck {
  /** Stable id: vm, api, readyz, node, workloads, certificates, pressure, k3s, guest-disk, clock, egress, dns, network. */
  readonly id: string;
  readonly title: string;
  readonly state: CheckState;
  readonly detail: string;
  readonly diagnosis?: string;
  readonly fix?: Remedy;
}

/** The answer of `status --json`. `schemaVersion` rises when a field changes its meaning or goes. */
export interface Status {
  readonly schemaVersion: 1;
  readonly vm: VmInfo;
  /** Why `connection: auto` is qemu:///session here: what qemu:///system does, e.g. `asks you for a password`. */
  readonly systemRefusal?: string;
  /** null when the VM is not running. */
  readonly healthy: boolean | null;
  readonly checks: readonly HealthCheck[];
  /** Absolute path, and whether the file that we wrote is there. */
  readonly kubeconfig: { readonly path: string; readonly exists: boolean };
}

export type LogSource = 'k3s' | 'cloud-init' | 'console' | 'operations';

export interface OperationContext {
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** What `setup --dry-run` shows. Secrets are masked. */
export interface Plan {
  readonly connection: string;
  readonly acceleration: 'kvm' | 'tcg';
  readonly k3sVersion: string;
  readonly image: string;
  /** Whether the VM is made from a golden image, would leave one behind, or neither. */
  readonly golden?: 'used' | 'made' | 'none';
  /** Names of the volumes that would be made, with size in bytes. */
  readonly volumes: readonly { readonly name: string; readonly bytes: number; readonly exists: boolean }[];
  readonly domainXml: string;
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig: string;
  /** Content of K3s' configuration file. */
  readonly k3sConfig?: string;
}

/** Counters of a running VM since it started. */
export interface Usage {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly cpus: number;
  /** Nanoseconds that all its CPUs ran. */
  readonly cpuNs: number;
  /** What the guest uses, where its balloon tells; else what QEMU holds on the host. */
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  readonly diskReadBytes: number;
  readonly diskWriteBytes: number;
  readonly networkReceiveBytes: number;
  readonly networkSendBytes: number;
}

/**
 * `background`: the program checks on its own, so this traffic does not count as use of the VM and does not keep
 * `autoSuspend` from suspending it. Real use at the same moment is not noticed either, so check rarely: `quietCheckMs`.
 */
export interface Background {
  readonly background?: boolean;
}

/** Milliseconds between two background checks of a healthy cluster whose configuration has `autoSuspend`. */
export const quietCheckMs = 60_000;

export interface Cluster {
  readonly config: Config;
  /** Creates, starts and provisions the VM; finishes an interrupted one; says so when there is nothing to do. */
  setup(options: { readonly wait?: WaitFor }, context: OperationContext): Promise<{ readonly already: boolean }>;
  plan(context: { readonly signal: AbortSignal }): Promise<Plan>;
  /** Boots the VM, or resumes a suspended one; `discardSaved` boots it in any case. */
  start(
    options: { readonly wait?: WaitFor; readonly discardSaved?: boolean },
    context: OperationContext,
  ): Promise<{ readonly already: boolean }>;
  /**
   * Shuts the guest down by ACPI, or suspends the VM if the setting `stopMode` is `save`; `force` ends it without
   * asking.
   */
  stop(options: { readonly force?: boolean }, context: OperationContext): Promise<{ readonly already: boolean }>;
  restart(options: { readonly wait?: WaitFor; readonly force?: boolean }, context: OperationContext): Promise<void>;
  /** Removes everything that was made for this VM. Works on half-made and corrupt ones. */
  reset(
    options: { readonly keepBase?: boolean },
    context: OperationContext,
  ): Promise<{ readonly removed: readonly string[] }>;
  /**
   * Waits until the running VM has had next to no traffic for some time; `watched`: another process does already.
   *
   * @throws USAGE on qemu:///session
   */
  waitUntilIdle(idleMs: number, options: { readonly signal: AbortSignal }): Promise<'idle' | 'not-running' | 'watched'>;
  /** Regenerates the project's kubeconfig from the running guest. Returns its path. */
  refreshKubeconfig(options?: { readonly signal?: AbortSignal }): Promise<string>;
  /** What libvirt says, without looking into the guest: one virsh process. */
  observe(options?: { readonly signal?: AbortSignal }): Promise<VmInfo>;
  /** @param options.background see Background */
  status(options?: Background & { readonly signal?: AbortSignal }): Promise<Status>;
  /** What the VM has used since it started; undefined when it is not running. One virsh process. */
  usage(options?: { readonly signal?: AbortSignal }): Promise<Usage | undefined>;
  /**
   * Reports that a VM of the connection changed, or that an operation on one began or ended. It does not say what
   * changed: read the state again. Ends when libvirt goes away.
   *
   * @param changed called with the VM's name
   * @throws where libvirt cannot be asked; the signal's reason
   */
  watch(changed: (name: string) => void, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Sets the running guest's clock to the host's. Returns by how many milliseconds it was behind.
   *
   * @param options.background see Background
   */
  setClock(options: Background & { readonly signal: AbortSignal }): Promise<number>;
  /** What a bug report needs to know of libvirt. Secrets are not among it. */
  inspect(options: {
    readonly signal: AbortSignal;
  }): Promise<{ readonly versions: string; readonly domainXml: string | undefined }>;
  /** Bytes that are free in the storage pool of the disks. */
  poolFreeBytes(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Lines of a log, oldest first; with `follow` until the signal. */
  logs(options: {
    readonly source: LogSource;
    readonly follow: boolean;
    readonly lines?: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<string>;
  /** Runs a command in the guest (an interactive shell when empty) on this terminal. Returns its exit status. */
  shell(command: readonly string[]): Promise<number>;
}
