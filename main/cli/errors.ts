/**
 * Errors that only the command line can meet.
 */
import { entry, errorsOf, exitStatus, run } from '../core/errors';
import { strings } from './strings';

export const cliErrors = {
  /** `command` as it was called, without what holds for every command. */
  NEEDS_CONFIRMATION: entry<{ command: string }>(
    exitStatus.usage,
    (p) => strings.errors.needsConfirmation(p.command),
    (p) => [run([p.command, '--yes'].join(' '), strings.errors.confirmInAdvance)],
  ),
  NOT_SAVED: entry<{ name: string; state: string }>(
    exitStatus.stopped,
    (p) => strings.errors.notSuspended(p.name, p.state),
    () => [run('k3s-vm start', strings.errors.startIt)],
  ),
  NO_BUILD: entry<{ file: string }>(
    exitStatus.failure,
    (p) => strings.errors.notBuilt(p.file),
    () => [run('npm run build', strings.errors.build)],
  ),
};

/** Makes one of these errors. See errorsOf. */
export const cliError = errorsOf(cliErrors);
