/**
 * What the window knows: the host's snapshots as they arrived, and a few things of its own. Nothing here is derived from
 * the calls that were made: the state of the VM only ever comes from the host's snapshots.
 */
import { create } from 'zustand';
import type {
  AppInfo,
  Bridge,
  ErrorData,
  Page,
  Preferences,
  ProjectEntry,
  Push,
  Snapshot,
  Stats,
} from '../../preload/api';
import { call, deliver, errorData, forgetStreams, useBridge } from './host';

/** Samples shown in the charts: 5 minutes with one every 2 seconds. */
export const statsKept = 150;

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly title: string;
  readonly error?: ErrorData;
}

export interface State {
  /** Whether the host can be reached. */
  readonly connected: boolean;
  /** Increases with every connection. Streams of an earlier connection are gone. */
  readonly connection: number;
  readonly app: AppInfo | null;
  readonly preferences: Preferences;
  readonly snapshot: Snapshot | null;
  readonly stats: readonly Stats[];
  readonly projects: readonly ProjectEntry[];
  readonly page: Page;
  readonly toasts: readonly Toast[];
}

export const useStore = create<State>(() => ({
  connected: true,
  connection: 0,
  app: null,
  preferences: { theme: 'system', startAtLogin: false },
  snapshot: null,
  stats: [],
  projects: [],
  page: 'overview',
  toasts: [],
}));

const set = useStore.setState;

/** Opens a page. */
export const go = (page: Page): void => set({ page });

let toastId = 0;

export const toast = (tone: Toast['tone'], title: string, error?: ErrorData): void =>
  set(({ toasts }) => ({
    toasts: [...toasts.slice(-2), { id: (toastId += 1), tone, title, ...(error === undefined ? {} : { error }) }],
  }));

export const dismissToast = (id: number): void =>
  set(({ toasts }) => ({ toasts: toasts.filter((shown) => shown.id !== id) }));

/** Stores a snapshot, unless a newer one of the same project came first. */
export function takeSnapshot(next: Snapshot): void {
  set(({ snapshot, stats }) => {
    if (snapshot?.project !== next.project) return { snapshot: next, stats: [] };
    return next.sequence > snapshot.sequence ? { snapshot: next, stats } : {};
  });
}

function takePush(push: Push): void {
  switch (push.name) {
    case 'snapshot':
      takeSnapshot(push.payload);
      break;
    case 'stats': {
      const sample = push.payload;
      set(({ stats }) => ({ stats: [...stats.slice(1 - statsKept), sample] }));
      break;
    }
    case 'stream':
      deliver(push.payload);
      break;
    case 'projects':
      set({ projects: push.payload });
      break;
    case 'preferences':
      set({ preferences: push.payload });
      break;
    case 'navigate':
      go(push.payload.page);
      break;
  }
}

/** Asks for everything a window needs. Each answer is shown as soon as it arrives. */
function ask(): void {
  const quietly = (work: Promise<unknown>): void => {
    work.catch((thrown: unknown) => toast('bad', errorData(thrown).message, errorData(thrown)));
  };
  quietly(call('app.info', null).then((app) => set({ app })));
  quietly(call('app.preferences', null).then((preferences) => set({ preferences })));
  quietly(call('snapshot.get', null).then(takeSnapshot));
  quietly(call('projects.list', null).then((projects) => set({ projects })));
  quietly(call('stats.history', null).then((history) => set({ stats: history.slice(-statsKept) })));
}

/**
 * Connects the store to its host, for the life of the window.
 *
 * @returns a function that disconnects it
 */
export function connect(bridge: Bridge): () => void {
  useBridge(bridge);
  const stopPushes = bridge.subscribe(takePush);
  const stopLink = bridge.onLink((connected) => {
    if (!connected) {
      set({ connected: false });
      return;
    }
    forgetStreams();
    // A restarted host numbers its snapshots from the beginning again
    set(({ connection, snapshot }) => ({
      connected: true,
      connection: connection + 1,
      snapshot: snapshot === null ? null : { ...snapshot, sequence: -1 },
    }));
    ask();
  });
  return () => {
    stopPushes();
    stopLink();
  };
}
