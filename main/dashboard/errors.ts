/**
 * Errors that only the dashboard can meet.
 */
import { entry, errorsOf, exitStatus, run } from '../core/errors';

export const dashboardErrors = {
  /** `command` is one for a shell. */
  NO_TERMINAL: entry<{ command: string }>(
    exitStatus.failure,
    () => 'No terminal window can be opened here.',
    (p) => [run(p.command, 'Run it in your own terminal:')],
  ),
  API_REFUSED: entry<{ doing: string; why: string }>(
    exitStatus.guest,
    (p) => `Kubernetes refused to ${p.doing}: ${p.why}.`,
    () => [run('k3s-vm status', 'See the state of the cluster:')],
  ),
};

/** Makes one of these errors. See errorsOf. */
export const dashboardError = errorsOf(dashboardErrors);
