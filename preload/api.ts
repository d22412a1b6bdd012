/**
 * The one contract between the dashboard's window and its host. The host is Electron's main process (through preload's
 * bridge) or the web server; the window cannot tell them apart except by `AppInfo.host`.
 *
 * Two type maps define it: what can be asked (`Calls`) and what is pushed (`Pushes`). Every input and output is plain
 * data that survives structured cloning and JSON alike: no Date, Map, undefined in arrays, function or class.
 */
import type { HealthCheck, LogSource, VmInfo, VmState } from '../main/core/cluster';
import type { Config } from '../main/core/config/schema';
import type { SettingEffect } from '../main/core/config/settings';
import type { ErrorData, FixId, Remedy } from '../main/core/errors';
import type { OperationName, ProgressEvent } from '../main/core/progress';

export type {
  ErrorData,
  FixId,
  HealthCheck,
  Remedy,
  LogSource,
  OperationName,
  ProgressEvent,
  SettingEffect,
  VmInfo,
  VmState,
};

export { actionsOf, type Actions } from '../main/core/actions';
export { titleOf } from '../main/core/errors/remedy';
export { isSuspend } from '../main/core/progress';

// ---------------------------------------------------------------------------------------------------------------------
// The snapshot: what is known of the project's VM. It is always sent whole, so that a window that missed one is up to date
// with the next.

export type StopMode = Config['stopMode'];

/** Whether libvirt responds. While it does not, `vm` is the last known state and the window says so. */
export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  | { readonly state: 'lost'; readonly error: ErrorData; readonly since: string };

/** An operation that this dashboard runs. One that a terminal runs shows in `VmInfo.operation` instead. */
export interface RunningOperation {
  readonly operation: OperationName;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The latest event of every step so far, in order. */
  readonly steps: readonly ProgressEvent[];
  /** The user cancelled it and it is winding down. */
  readonly cancelling: boolean;
}

export interface FinishedOperation {
  readonly operation: OperationName;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly steps: readonly ProgressEvent[];
  readonly outcome: 'done' | 'cancelled' | 'failed';
  readonly error?: ErrorData;
}

export interface Health {
  /** null: not running, nothing to check. */
  readonly healthy: boolean | null;
  readonly checks: readonly HealthCheck[];
  /** ISO 8601. */
  readonly checkedAt: string;
}

export interface Snapshot {
  /** Increases with every snapshot. One with a smaller number is outdated. */
  readonly sequence: number;
  /** Absolute path of the project folder it is about. */
  readonly project: string;
  /** The VM's name, known even where there is no VM. */
  readonly name: string;
  readonly link: Link;
  /** null: not known yet. State `absent` where there is none. */
  readonly vm: VmInfo | null;
  /** null: not checked yet, or the VM is not running. */
  readonly health: Health | null;
  readonly kubeconfig: { readonly path: string; readonly exists: boolean } | null;
  /** What stop means in this project's configuration. */
  readonly stopMode: StopMode;
  readonly operation: RunningOperation | null;
  /** The last one that this dashboard ran, until it is dismissed or another starts. */
  readonly lastOperation: FinishedOperation | null;
  /** The configuration cannot be loaded; `vm` is null then. */
  readonly configError?: ErrorData;
}

/** One sample of what the VM uses, from `virsh domstats`. Rates are over the time since the sample before. */
export interface Stats {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of all the VM's CPUs together, 0 to 100. */
  readonly cpuPercent: number;
  /** What the guest uses, if its balloon reports it; else what QEMU holds on the host. */
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  readonly diskReadBytesPerSecond: number;
  readonly diskWriteBytesPerSecond: number;
  readonly networkReceiveBytesPerSecond: number;
  readonly networkSendBytesPerSecond: number;
}

// ---------------------------------------------------------------------------------------------------------------------
// Workloads

/** Kinds the workloads page shows. */
export type WorkloadKind = 'nodes' | 'namespaces' | 'deployments' | 'pods' | 'services' | 'events';

/** How a row is doing, for its colour and for "Problems only". */
export type Condition = 'good' | 'busy' | 'bad' | 'ended' | 'none';

interface RowBase {
  /** Unique over all kinds and time: the object's uid. */
  readonly uid: string;
  readonly name: string;
  /** '' for what has no namespace. */
  readonly namespace: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly condition: Condition;
  /** The state in the field's own word: Running, CrashLoopBackOff, Ready … */
  readonly status: string;
}
export interface NodeRow extends RowBase {
  readonly kind: 'nodes';
  readonly roles: readonly string[];
  readonly version: string;
  readonly address: string;
  readonly taints: readonly string[];
}
export interface NamespaceRow extends RowBase {
  readonly kind: 'namespaces';
}
export interface DeploymentRow extends RowBase {
  readonly kind: 'deployments';
  readonly ready: number;
  readonly desired: number;
  readonly upToDate: number;
  readonly images: readonly string[];
}
export interface PodRow extends RowBase {
  readonly kind: 'pods';
  readonly containers: readonly { readonly name: string; readonly ready: boolean; readonly init: boolean }[];
  readonly restarts: number;
  readonly node: string;
  readonly ip: string;
  /** What is wrong with it, in the kubelet's words. */
  readonly message?: string;
}
export interface ServiceRow extends RowBase {
  readonly kind: 'services';
  readonly type: string;
  readonly clusterIp: string;
  readonly ports: readonly string[];
}
export interface EventRow extends RowBase {
  readonly kind: 'events';
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly about: string;
  readonly count: number;
  /** ISO 8601. */
  readonly lastSeen: string;
}
export type WorkloadRow = NodeRow | NamespaceRow | DeploymentRow | PodRow | ServiceRow | EventRow;

/** One item of the stream of workloads. */
export type WorkloadChange =
  /** The complete list of a kind. It replaces what was known before. */
  | { readonly type: 'replace'; readonly kind: WorkloadKind; readonly rows: readonly WorkloadRow[] }
  | { readonly type: 'upsert'; readonly row: WorkloadRow }
  | { readonly type: 'remove'; readonly kind: WorkloadKind; readonly uid: string }
  /** The watch of a kind works, or was lost and is being restarted. */
  | {
      readonly type: 'watch';
      readonly kind: WorkloadKind;
      readonly state: 'live' | 'retrying';
      readonly error?: ErrorData;
    };

// ---------------------------------------------------------------------------------------------------------------------
// The other pages

export interface DoctorLine {
  readonly id: string;
  readonly title: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly hints: readonly Remedy[];
}

/** How large the VM is, under the names that the configuration has for it. */
export type Amounts = Pick<Config, 'cpus' | 'memoryBytes' | 'diskBytes'>;

export interface Resources {
  /** What the configuration asks for. */
  readonly configured: Amounts;
  /** What the VM has now; null where there is none. */
  readonly actual: Amounts | null;
  /** The minimum of the disk is its current size once there is a VM: a disk cannot shrink. */
  readonly limits: { readonly [K in keyof Amounts]: { readonly min: number; readonly max: number } };
  readonly host: {
    readonly cpus: number;
    readonly memoryBytes: number;
    /** What is available now, this VM's own share included. */
    readonly memoryAvailableBytes: number;
    /** Free in the storage pool; null if unknown. */
    readonly poolFreeBytes: number | null;
    /** What this tool's other running VMs hold. */
    readonly othersCpus: number;
    readonly othersMemoryBytes: number;
  };
  /** What is configured and takes effect only with the next start. */
  readonly pending: readonly (keyof Amounts)[];
  /** Amounts that a flag or variable of the dashboard's own start sets, by its name. They cannot be changed here. */
  readonly fixedBy: { readonly [K in keyof Amounts]?: string };
}

export interface SettingEntry {
  /** Dotted, as in k3s-vm.yaml. */
  readonly key: string;
  readonly title: string;
  /** The group's title; entries come group by group. */
  readonly group: string;
  readonly description: string;
  readonly example: string;
  /** `suggest`: any text, with `choices` offered. */
  readonly control: 'switch' | 'select' | 'suggest' | 'input';
  /** When a change of it takes effect. */
  readonly effect: SettingEffect;
  readonly choices?: readonly string[];
  /** As `config get` prints it; '' for what is chosen automatically. */
  readonly value: string;
  readonly defaultValue: string;
  readonly source: {
    readonly kind: 'flag' | 'environment' | 'project' | 'user' | 'default';
    readonly where: string;
  };
  /** Makes no sense in the user's file. */
  readonly projectOnly: boolean;
  /** How to set it, if it is read-only here because it names a program or where programs come from. */
  readonly setBy?: Remedy;
}

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  /** Whether the desktop app starts at login. */
  readonly startAtLogin: boolean;
}

export interface ProjectEntry {
  /** Absolute path of the project folder; its VM's name where the folder is unknown. */
  readonly project: string;
  readonly name: string;
  readonly state: VmState;
  readonly connection: string;
  /** Whether the folder exists. The VM of a deleted folder can be inspected and reset, but not set up. */
  readonly exists: boolean;
}

export interface AppInfo {
  readonly version: string;
  readonly host: 'desktop' | 'web';
  /** Whether there is a tray. Without one, closing the window quits. */
  readonly tray: boolean;
  /** Home folder, for showing paths as ~/…. */
  readonly home: string;
  /** Absolute path of bin/, for commands that the user can paste. */
  readonly bin: string;
}

export type Page = 'overview' | 'resources' | 'workloads' | 'logs' | 'diagnostics' | 'settings';

// ---------------------------------------------------------------------------------------------------------------------
// What can be asked

/** Names, inputs and outputs of all calls. A call fails with an `ErrorData`. */
export interface Calls {
  'app.info': { in: null; out: AppInfo };
  'app.preferences': { in: null; out: Preferences };
  'app.setPreferences': { in: Partial<Preferences>; out: Preferences };

  'projects.list': { in: null; out: readonly ProjectEntry[] };
  /** Switches the dashboard to another project. Refused (BUSY) during an operation of this one. */
  'projects.select': { in: { readonly project: string }; out: Snapshot };

  'snapshot.get': { in: null; out: Snapshot };
  /** Refreshes state and health now, without waiting for the next poll. */
  'snapshot.refresh': { in: null; out: null };
  /** The samples of the last 5 minutes, oldest first. */
  'stats.history': { in: null; out: readonly Stats[] };

  /** Starts an operation and returns at once; its progress is in the snapshots. BUSY if another is running. */
  'operation.run': {
    in:
      | { readonly operation: 'setup' }
      /** `discardSaved`: boots a suspended VM and discards its memory. */
      | { readonly operation: 'start'; readonly discardSaved?: boolean }
      /** `mode`: `save` suspends the VM to disk. Default: the configured `stopMode`. */
      | { readonly operation: 'stop'; readonly force?: boolean; readonly mode?: StopMode }
      | { readonly operation: 'restart'; readonly force?: boolean }
      /** `confirm` is the VM's name, typed by the user; anything else is refused (USAGE). */
      | { readonly operation: 'reset'; readonly confirm: string };
    out: null;
  };
  'operation.cancel': { in: null; out: null };
  /** Forgets `lastOperation`. */
  'operation.dismiss': { in: null; out: null };
  /** Applies the automatic fix of a remedy. */
  'fix.run': { in: { readonly fixId: FixId }; out: null };

  'doctor.run': { in: null; out: readonly DoctorLine[] };

  'resources.get': { in: null; out: Resources };
  /** Writes to the project's file; with `restart`, restarts a running VM (progress is in the snapshots). */
  'resources.apply': { in: Amounts & { readonly restart: boolean }; out: Resources };

  'settings.get': {
    in: null;
    out: {
      readonly entries: readonly SettingEntry[];
      readonly files: { readonly project: string; readonly user: string };
    };
  };
  /** The problem with a value, by the schema of the configuration files; null: it is valid. */
  'settings.check': { in: { readonly key: string; readonly text: string }; out: { readonly problem: string | null } };
  'settings.set': {
    in: { readonly key: string; readonly text: string; readonly scope: 'project' | 'user' };
    out: readonly SettingEntry[];
  };
  'settings.unset': {
    in: { readonly key: string; readonly scope: 'project' | 'user' };
    out: readonly SettingEntry[];
  };

  /** Opens a stream of log lines; its items are `LogLine`. */
  'logs.open': { in: { readonly source: LogSource; readonly lines: number }; out: { readonly stream: string } };
  'logs.openPod': {
    in: { readonly namespace: string; readonly pod: string; readonly container: string; readonly lines: number };
    out: { readonly stream: string };
  };
  /** Opens the stream of all workloads; its items are `WorkloadChange`, starting with a `replace` for every kind. */
  'workloads.open': { in: null; out: { readonly stream: string } };
  'workloads.restart': { in: { readonly namespace: string; readonly name: string }; out: null };
  'workloads.delete': {
    in: { readonly kind: 'deployments' | 'pods' | 'services'; readonly namespace: string; readonly name: string };
    out: null;
  };
  /**
   * Acknowledges items of a stream: `items` counts all that the window has taken since it was opened. The host sends at most
   * `streamWindow` items beyond that.
   */
  'stream.ack': { in: { readonly stream: string; readonly items: number }; out: null };
  'stream.close': { in: { readonly stream: string }; out: null };

  /** A redacted zip of everything a maintainer needs, in base64. */
  'support.bundle': { in: null; out: { readonly fileName: string; readonly base64: string } };
  /** Opens a terminal window; NO_TERMINAL's hint has the command to run by hand. */
  'terminal.open': { in: { readonly what: 'k9s' | 'shell' }; out: { readonly terminal: string } };
}

export type CallName = keyof Calls;
export type Input<C extends CallName> = Calls[C]['in'];
export type Output<C extends CallName> = Calls[C]['out'];

/** What every call answers. Errors are sent as data: a thrown one would lose its code and hints on the way. */
export type Answer<C extends CallName> =
  { readonly ok: true; readonly value: Output<C> } | { readonly ok: false; readonly error: ErrorData };

/** How many items of a stream may be on their way without an ack. */
export const streamWindow = 4000;

// ---------------------------------------------------------------------------------------------------------------------
// What is pushed

export interface LogLine {
  readonly text: string;
}

/** A batch of a stream. Batches come at most every 50 ms. */
export interface StreamBatch {
  readonly stream: string;
  readonly items: readonly (LogLine | WorkloadChange)[];
  /** Items that were dropped because the window did not keep up. */
  readonly dropped?: number;
  /** The stream is over: nothing follows. */
  readonly end?: { readonly error?: ErrorData };
}

/** Names and payloads of everything the host sends without being asked. */
export interface Pushes {
  snapshot: Snapshot;
  stats: Stats;
  stream: StreamBatch;
  /** The list of projects changed. */
  projects: readonly ProjectEntry[];
  preferences: Preferences;
  /** The tray or a notification asks for a page. */
  navigate: { readonly page: Page };
}

export type PushName = keyof Pushes;
export type Push = { readonly [P in PushName]: { readonly name: P; readonly payload: Pushes[P] } }[PushName];

/** A line of the web dashboard's event stream. The first names the session that calls belong to; an empty line means nothing. */
export type WebMessage = { readonly session: string } | { readonly push: Push };

/** The bridge that the window finds as `window.k3sVm`. In a browser, the page creates the same over HTTP. */
export interface Bridge {
  call<C extends CallName>(name: C, input: Input<C>): Promise<Answer<C>>;
  /** Calls `listener` with every push until the returned function is called. */
  subscribe(listener: (push: Push) => void): () => void;
  /**
   * Reports whether the host can be reached (the web server may be gone). Called at once with the current state.
   * After a reconnection the window must ask for everything again: earlier streams are dead.
   */
  onLink(listener: (connected: boolean) => void): () => void;
}
