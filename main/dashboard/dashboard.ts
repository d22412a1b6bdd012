/**
 * What a host of the dashboard's window needs. Electron's main process and the web server both use this and only add the
 * transport of calls and pushes.
 */
import type { Answer, CallName, Push, Snapshot } from '../../preload/api';

export interface DashboardOptions {
  readonly host: 'desktop' | 'web';
  /** Project folder to begin with. */
  readonly project: string;
  readonly version: string;
  /** Absolute path of bin/. */
  readonly bin: string;
  readonly tray: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** One window, or one browser tab. Its streams end with it. */
export interface DashboardSession {
  /** Checks the input and runs the call. It never throws: a failure is in the answer. */
  call<C extends CallName>(name: C, input: unknown): Promise<Answer<C>>;
  close(): void;
}

export interface Dashboard {
  /** Connects a window. `listener` gets every push, including those of its own streams. */
  connect(listener: (push: Push) => void): DashboardSession;
  /** The current snapshot, for the tray. */
  snapshot(): Snapshot;
  /** Cancels the running operation, waits for it to end, and releases everything. */
  close(): Promise<void>;
}
