/**
 * Errors that only the web server can meet.
 */
import { entry, errorsOf, exitStatus, run } from '../core/errors';
import { sh } from '../core/shell-quote';

export const webErrors = {
  WEB_PORT_IN_USE: entry<{ port: number }>(
    exitStatus.conflict,
    (p) => `The dashboard cannot use port ${p.port} on 127.0.0.1: it is already in use.`,
    (p) => [
      run(sh`ss -ltnp ${`sport = :${p.port}`}`, 'See what uses it:'),
      run('k3s-vm dashboard --web', 'Or use any free port:'),
    ],
  ),
};

/** Makes one of these errors. See errorsOf. */
export const webError = errorsOf(webErrors);
