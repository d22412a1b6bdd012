/**
 * What a host of the dashboard's window needs: Electron's main process and the web form's server both stand on this, and
 * add only how calls and pushes travel.
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
  /** Checks the input, does it, and never throws: what fails is in the answer. */
  call<C extends CallName>(name: C, input: unknown): Promise<Answer<C>>;
  close(): void;
}

export interface Dashboard {
  /** Connects a window. `listener` is told every push, its own streams included. */
  connect(listener: (push: Push) => void): DashboardSession;
  /** The present picture, for the tray. */
  snapshot(): Snapshot;
  /** Cancels what runs, waits for it to wind down, and lets go of everything. */
  close(): Promise<void>;
}
