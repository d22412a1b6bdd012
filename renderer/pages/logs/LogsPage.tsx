import { useRef, useState } from 'react';
import type { LogSource, Snapshot } from '../../../preload/api';
import { Button, IconButton } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { ErrorPanel } from '../../components/ErrorPanel';
import { Segmented } from '../../components/Field';
import { PageHeader } from '../../components/PageHeader';
import { Skeleton } from '../../components/Skeleton';
import { download } from '../../state/download';
import { call } from '../../state/host';
import { go, toast, useStore } from '../../state/store';
import { common } from '../../strings/common';
import { logs as strings } from '../../strings/logs';
import { levels, type Level } from '../../components/log/levels';
import { LogLines, type LogLinesHandle } from '../../components/log/LogLines';
import { LogSearch } from './LogSearch';
import { useLogStream, type Log } from '../../components/log/use-log-stream';

const sources = (['k3s', 'cloud-init', 'console', 'operations'] as const).map((value) => ({
  value,
  label: strings.sources[value],
}));
const levelChoices = levels.map((value) => ({ value, label: strings.atLeast[value] }));

/** Past lines that a log opens with. */
const pastLines = 5000;

/** Whether a log can be read now: some are inside the guest, and only what is there has a console. */
function isReadable(source: LogSource, snapshot: Snapshot | null): boolean {
  const state = snapshot?.vm?.state;
  if (source === 'operations') return snapshot !== null;
  if (source === 'console') return state !== undefined && state !== 'absent';
  return state === 'running' || state === 'starting' || state === 'provisioning' || state === 'stopping';
}

export default function LogsPage() {
  const snapshot = useStore((state) => state.snapshot);
  const [source, setSource] = useState<LogSource>('k3s');
  const [level, setLevel] = useState<Level>('info');
  const [search, setSearch] = useState('');
  const [find, setFind] = useState<number | null>(null);
  const [wrap, setWrap] = useState(false);
  const [following, setFollowing] = useState(true);
  const lines = useRef<LogLinesHandle>(null);
  const readable = isReadable(source, snapshot);
  const log = useLogStream(
    readable ? () => call('logs.open', { source, lines: pastLines }) : null,
    `${snapshot?.project ?? ''} ${source}`,
  );
  const { model } = log;

  const turnTo = (next: LogSource): void => {
    setSource(next);
    setFind(null);
    setFollowing(true);
  };
  const filter = (next: Level): void => {
    setLevel(next);
    setFind(null);
    log.change(() => model.setLevel(next));
  };
  function showFind(next: number): void {
    const position = model.positionOfFind(next);
    if (position === undefined) return;
    setFollowing(false);
    setFind(next);
    lines.current?.show(position);
  }
  const look = (text: string): void => {
    setSearch(text);
    setFind(null);
    log.change(() => model.setSearch(text));
  };
  const step = (by: 1 | -1): void => {
    if (model.found === 0) return;
    // The first step begins at what is seen
    const from = find ?? model.findFrom(lines.current?.top() ?? 0) - (by === 1 ? 1 : 0);
    showFind((from + by + model.found) % model.found);
  };
  const follow = (next: boolean): void => {
    setFollowing(next);
    if (next) setFind(null);
  };
  const copy = (): void => {
    navigator.clipboard.writeText(model.text()).then(
      () => toast('good', strings.copied(model.shown)),
      () => toast('bad', common.notCopied),
    );
  };
  const isEmpty = model.shown === 0;
  return (
    <div className="fill logs">
      <PageHeader
        title={common.pages.logs}
        actions={<Segmented label={strings.source} value={source} choices={sources} onChange={turnTo} />}
      />
      <div className="log-bar">
        <LogSearch text={search} onText={look} find={find} found={model.found} onStep={step} />
        <Segmented label={strings.level} value={level} choices={levelChoices} onChange={filter} />
        <span className="log-tools">
          <Button
            look="quiet"
            icon={log.paused ? 'play' : 'pause'}
            aria-pressed={log.paused}
            disabled={!readable || log.phase === 'ended'}
            onClick={() => log.pause(!log.paused)}
          >
            {log.paused ? strings.resume : strings.pause}
          </Button>
          <Button look="quiet" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
            {strings.wrap}
          </Button>
          <IconButton icon="copy" label={strings.copy} disabled={isEmpty} onClick={copy} />
          <IconButton
            icon="download"
            label={strings.save}
            disabled={isEmpty}
            onClick={() => download(`${snapshot?.name ?? 'k3s-vm'}-${source}.log`, model.text(), 'text/plain')}
          />
          <IconButton
            icon="cross"
            label={strings.clear}
            disabled={isEmpty}
            onClick={() => log.change(() => model.clear())}
          />
        </span>
      </div>
      <div className="card log-card">
        {isEmpty ? (
          <NoLines
            log={log}
            source={source}
            level={level}
            snapshot={snapshot}
            readable={readable}
            turnTo={turnTo}
            filter={filter}
          />
        ) : (
          <LogLines
            ref={lines}
            model={model}
            version={log.version}
            wrap={wrap}
            search={search}
            current={find === null ? undefined : model.positionOfFind(find)}
            following={following && !log.paused}
            onFollow={follow}
          />
        )}
        {!isEmpty && log.error !== null && (
          <div className="log-problem">
            <ErrorPanel error={log.error} actions={<Button onClick={log.again}>{common.tryAgain}</Button>} />
          </div>
        )}
        <p className="log-status muted" role="status">
          {isEmpty ? '' : statusOf(log, readable)}
        </p>
      </div>
    </div>
  );
}

function statusOf(log: Log, readable: boolean): string {
  if (!readable) return strings.stopped;
  if (log.phase === 'ended' && log.error === null) return strings.ended;
  if (log.paused) return strings.waiting(log.waiting, false);
  return strings.shown(log.model.shown);
}

/** Why there is nothing to see. */
function NoLines({
  log,
  source,
  level,
  snapshot,
  readable,
  turnTo,
  filter,
}: {
  readonly log: Log;
  readonly source: LogSource;
  readonly level: Level;
  readonly snapshot: Snapshot | null;
  readonly readable: boolean;
  readonly turnTo: (source: LogSource) => void;
  readonly filter: (level: Level) => void;
}) {
  const state = snapshot?.vm?.state;
  if (log.error !== null && readable) {
    return (
      <div className="log-problem">
        <ErrorPanel error={log.error} actions={<Button onClick={log.again}>{common.tryAgain}</Button>} />
      </div>
    );
  }
  if (state === 'absent' && source !== 'operations') {
    return (
      <EmptyState
        icon="logs"
        title={strings.absent}
        actions={<Button onClick={() => go('overview')}>{strings.toOverview}</Button>}
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
        actions={<Button onClick={() => turnTo('console')}>{strings.readConsole}</Button>}
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
