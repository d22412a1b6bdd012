/**
 * What the tray shows of a snapshot: icon, tooltip and menu, as data.
 */
import { actionsOf, type Actions, type RunningOperation, type Snapshot, type VmState } from '../../preload/api';
import { strings } from './strings';

/** Each has an icon file of the same name, and a shape of its own. */
export const trayIcons = [
  'running',
  'unhealthy',
  'busy',
  'stopped',
  'suspended',
  'absent',
  'error',
  'unknown',
] as const;
export type TrayIcon = (typeof trayIcons)[number];

export type TrayAction = 'start' | 'stop' | 'suspend' | 'open' | 'k9s' | 'quit';

export type TrayItem =
  | { readonly kind: 'state'; readonly label: string }
  | { readonly kind: 'separator' }
  | { readonly kind: 'action'; readonly action: TrayAction; readonly label: string; readonly enabled: boolean };

export interface TrayPicture {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  readonly items: readonly TrayItem[];
}

const icons: Record<VmState, TrayIcon> = {
  absent: 'absent',
  provisioning: 'busy',
  starting: 'busy',
  running: 'running',
  stopping: 'busy',
  stopped: 'stopped',
  suspended: 'suspended',
  paused: 'stopped',
  crashed: 'error',
  error: 'error',
};

/** Finishing a setup takes minutes, and belongs where its steps are seen. */
const isStart = (start: Actions['start']): boolean => start === 'boot' || start === 'resume';

/** What the tray shows of a snapshot. */
export function trayPicture(snapshot: Snapshot): TrayPicture {
  const { name, vm, link } = snapshot;
  const state = vm?.state;
  const { icon, text } = describe(snapshot);
  const { start, stop, suspend } = actionsOf(snapshot);
  const line = strings.stateLine(name, text);
  return {
    icon,
    tooltip: line,
    items: [
      { kind: 'state', label: line },
      { kind: 'separator' },
      action('start', start === 'resume' ? strings.menu.resume : strings.menu.start, isStart(start)),
      action('stop', strings.menu.stop, stop),
      action('suspend', strings.menu.suspend, suspend),
      { kind: 'separator' },
      action('open', strings.menu.open, true),
      action('k9s', strings.menu.k9s, link.state === 'connected' && state === 'running'),
      { kind: 'separator' },
      action('quit', strings.menu.quit, true),
    ],
  };
}

const action = (action: TrayAction, label: string, enabled: boolean): TrayItem => ({
  kind: 'action',
  action,
  label,
  enabled,
});

function describe(snapshot: Snapshot): { readonly icon: TrayIcon; readonly text: string } {
  const { operation, vm, link, health } = snapshot;
  if (operation !== null)
    return { icon: 'busy', text: strings.underway(strings.operation[operation.operation], percentOf(operation)) };
  if (snapshot.configError !== undefined) return { icon: 'error', text: strings.configInvalid };
  // The last known state may have changed since the connection was lost
  if (link.state === 'lost') return { icon: 'unknown', text: strings.libvirtLost };
  if (vm === null) return { icon: 'unknown', text: strings.connecting };
  if (vm.operation !== undefined) {
    const known = (strings.operation as Readonly<Record<string, string>>)[vm.operation.name];
    return { icon: 'busy', text: strings.underway(known ?? vm.operation.name, undefined) };
  }
  if (vm.state === 'running' && health?.healthy === false) return { icon: 'unhealthy', text: strings.unhealthy };
  return { icon: icons[vm.state], text: strings.state[vm.state] };
}

/** Progress of an operation in percent, by its steps. A running step counts by its own percentage if it has one. */
function percentOf({ steps }: RunningOperation): number | undefined {
  const last = steps.at(-1);
  if (last === undefined || last.total === 0) return undefined;
  const within = last.state === 'started' || last.state === 'progress' ? (last.percent ?? 0) / 100 : 1;
  return Math.min(100, ((last.index - 1 + within) / last.total) * 100);
}
