/**
 * What the command line reads and writes. Tests pass their own.
 */
import type { VmInfo, Cluster } from '../core/cluster';
import type { Config } from '../core/config/schema';
import type { Machine } from '../core/host/machine';
import type { ListedGolden } from '../core';
import type { VirshTrace } from '../core/libvirt/virsh';

/** A stream to write to, and what matters about it when it is a terminal. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export type Trace = (call: VirshTrace) => void;

/** The part of the core that commands on clusters need. */
export interface Core {
  createCluster(
    config: Config,
    deps?: { readonly trace?: Trace; readonly explicit?: ReadonlySet<string>; readonly named?: boolean },
  ): Cluster;
  listClusters(
    config: Config,
    deps: { readonly trace?: Trace; readonly signal?: AbortSignal },
  ): Promise<readonly VmInfo[]>;
  listGoldenImages(
    config: Config,
    deps: { readonly trace?: Trace; readonly signal?: AbortSignal },
  ): Promise<readonly ListedGolden[]>;
  pruneGoldenImages(
    config: Config,
    deps: { readonly trace?: Trace; readonly signal: AbortSignal },
  ): Promise<readonly ListedGolden[]>;
}

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean; readonly readableEnded?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Loaded when a command needs it: `--help` and `config` never do. */
  core(): Promise<Core>;
  /** The machine that we are on. */
  machine(): Promise<Machine>;
  /** What starts this call again. */
  readonly self: readonly string[];
  /** The date and time, in milliseconds. */
  now(): number;
  /** Milliseconds since some moment; what is measured with it does not mind that the clock is set meanwhile. */
  elapsed(): number;
}
