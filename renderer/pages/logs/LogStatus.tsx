import { streamWindow, type Snapshot } from '../../../preload/api';
import { Button } from '../../components/Button';
import type { Log } from '../../components/log/use-log-stream';
import { useStore } from '../../state/store';
import { logs as strings } from '../../strings/logs';

function statusOf(log: Log, snapshot: Snapshot | null, readable: boolean, connected: boolean): string {
  // The host stops sending after `streamWindow` lines, so more may be waiting there than we can count
  if (log.paused) return strings.waiting(log.waiting, log.waiting >= streamWindow);
  if (log.model.shown === 0) return '';
  if (!connected) return strings.disconnected;
  if (!readable) return snapshot?.configError === undefined ? strings.stopped : strings.unreadable;
  if (log.phase === 'ended' && log.error === null) return strings.ended;
  return strings.shown(log.model.shown);
}

/** The status line below a log. */
export function LogStatus({
  log,
  snapshot,
  readable,
}: {
  readonly log: Log;
  readonly snapshot: Snapshot | null;
  readonly readable: boolean;
}) {
  const connected = useStore((state) => state.connected);
  return (
    <div className="log-status row muted">
      <p role="status">{statusOf(log, snapshot, readable, connected)}</p>
      {connected && readable && log.phase === 'ended' && log.error === null && (
        <Button look="quiet" onClick={log.again}>
          {strings.openAgain}
        </Button>
      )}
    </div>
  );
}
