/**
 * What the desktop shell does of its own: the tray's menu, and turning to another project.
 */
import type { CallName, ErrorData, Input } from '../../preload/api';
import type { DashboardSession } from '../dashboard/dashboard';
import { strings } from './strings';
import type { TrayAction } from './tray-picture';

export interface ActionOptions {
  readonly session: DashboardSession;
  readonly show: () => void;
  readonly quit: () => void;
  /** Is told what did not work, and why. */
  readonly failed: (what: string, error: ErrorData) => void;
}

export interface Actions {
  readonly tray: Readonly<Record<TrayAction, () => void>>;
  /** Turns the dashboard to a project. */
  readonly turnTo: (project: string) => void;
}

/** The actions; what fails is told, since there may be no window to see it in. */
export function createActions({ session, show, quit, failed }: ActionOptions): Actions {
  const call = async <C extends CallName>(what: string, name: C, input: Input<C>): Promise<void> => {
    const answer = await session.call(name, input);
    if (!answer.ok) failed(what, answer.error);
  };
  const { menu, operation } = strings;
  return {
    tray: {
      start: () => void call(operation.start, 'operation.run', { operation: 'start' }),
      stop: () => void call(operation.stop, 'operation.run', { operation: 'stop' }),
      suspend: () => void call(menu.suspend, 'operation.run', { operation: 'stop', mode: 'save' }),
      k9s: () => void call(menu.k9s, 'terminal.open', { what: 'k9s' }),
      open: show,
      quit,
    },
    turnTo: (project) => void call(strings.switchTo(project), 'projects.select', { project }),
  };
}
