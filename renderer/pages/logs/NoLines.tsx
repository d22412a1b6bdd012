import type { LogSource, Snapshot } from '../../../preload/api';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { ErrorPanel } from '../../components/ErrorPanel';
import type { Level } from '../../components/log/levels';
import type { Log } from '../../components/log/use-log-stream';
import { Skeleton } from '../../components/Skeleton';
import { go } from '../../state/store';
import { common } from '../../strings/common';
import { logs as strings } from '../../strings/logs';

interface NoLinesProps {
  readonly log: Log;
  readonly level: Level;
  readonly snapshot: Snapshot | null;
  readonly readable: boolean;
  /** The user has put away what there was. */
  readonly cleared: boolean;
  readonly turnTo: (source: LogSource) => void;
  readonly filter: (level: Level) => void;
}

/** Why there is nothing to see, and what else can be read. */
export function NoLines({ log, level, snapshot, readable, cleared, turnTo, filter }: NoLinesProps) {
  const toOperations = <Button onClick={() => turnTo('operations')}>{strings.readOperations}</Button>;
  if (!readable && snapshot?.configError !== undefined) {
    return (
      <div className="log-problem">
        <ErrorPanel error={snapshot.configError} />
      </div>
    );
  }
  if (readable && log.error !== null) {
    return (
      <div className="log-problem">
        <ErrorPanel error={log.error} actions={<Button onClick={log.again}>{common.tryAgain}</Button>} />
      </div>
    );
  }
  const state = snapshot?.vm?.state;
  if (!readable && state === 'absent') {
    return (
      <EmptyState
        icon="logs"
        title={strings.absent}
        actions={
          <>
            <Button onClick={() => go('overview')}>{common.toOverview}</Button>
            {toOperations}
          </>
        }
      >
        {strings.absentText}
      </EmptyState>
    );
  }
  if (!readable && state !== undefined) {
    return (
      <EmptyState
        icon="logs"
        title={strings.off}
        actions={
          <>
            <Button onClick={() => turnTo('console')}>{strings.readConsole}</Button>
            {toOperations}
          </>
        }
      >
        {strings.offText}
      </EmptyState>
    );
  }
  if (log.phase === 'opening') {
    return (
      <div className="log-opening" role="status" aria-label={strings.opening}>
        <Skeleton lines={12} />
      </div>
    );
  }
  if (cleared) {
    return (
      <EmptyState icon="logs" title={strings.cleared}>
        {strings.nothingYetText}
      </EmptyState>
    );
  }
  if (level !== 'info') {
    return (
      <EmptyState
        icon="logs"
        title={strings.nothingOfLevel}
        actions={<Button onClick={() => filter('info')}>{strings.showAll}</Button>}
      >
        {strings.nothingOfLevelText(strings.atLeast.info)}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="logs" title={strings.nothingYet}>
      {strings.nothingYetText}
    </EmptyState>
  );
}
