/**
 * Errors that only the dashboard can meet.
 */
import { entry, errorsOf, exitStatus, run } from '../core/errors';

export const dashboardErrors = {
  /** `command` is one for a shell. */
  NO_TERMINAL: entry<{ command: string }>(
    exitStatus.failure,
    () => 'There is no terminal window to open here.',
    (p) => [run(p.command, 'Run it in a terminal of yours:')],
  ),
  API_REFUSED: entry<{ doing: string; why: string }>(
    exitStatus.guest,
    (p) => `Kubernetes refused to ${p.doing}: ${p.why}.`,
    () => [run('k3s-vm status', 'See how the cluster is:')],
  ),
};

/** Makes one of these errors. See errorsOf. */
export const dashboardError = errorsOf(dashboardErrors);
