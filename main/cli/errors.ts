/**
 * Errors that only the command line can meet.
 */
import { entry, errorsOf, exitStatus, run } from '../core/errors';

export const cliErrors = {
  /** `command` as it was called, without what holds for every command. */
  NEEDS_CONFIRMATION: entry<{ command: string }>(
    exitStatus.usage,
    (p) => `"${p.command}" asks before it destroys anything, and there is no terminal to ask on.`,
    (p) => [run([p.command, '--yes'].join(' '), 'Say yes in advance:')],
  ),
  NOT_SAVED: entry<{ name: string; state: string }>(
    exitStatus.stopped,
    (p) => `The VM "${p.name}" is ${p.state}, not suspended: there is nothing to resume.`,
    () => [run('k3s-vm start', 'Boot it:')],
  ),
  NO_BUILD: entry<{ file: string }>(
    exitStatus.failure,
    (p) => `The dashboard is not built: ${p.file} is missing.`,
    () => [run('npm run build', 'Build it in the k3s-vm folder:')],
  ),
};

/** Makes one of these errors. See errorsOf. */
export const cliError = errorsOf(cliErrors);
