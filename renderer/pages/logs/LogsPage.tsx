import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { LogSource, Snapshot } from '../../../preload/api';
import { Button, IconButton } from '../../components/Button';
import { ErrorPanel } from '../../components/ErrorPanel';
import { Segmented } from '../../components/Field';
import { levels, type Level } from '../../components/log/levels';
import { LogLines, type LogLinesHandle } from '../../components/log/LogLines';
import { useLogStream } from '../../components/log/use-log-stream';
import { PageHeader } from '../../components/PageHeader';
import { download } from '../../state/download';
import { call } from '../../state/host';
import { toast, useStore } from '../../state/store';
import { common } from '../../strings/common';
import { logs as strings } from '../../strings/logs';
import { LogSearch } from './LogSearch';
import { LogStatus } from './LogStatus';
import { positionOf, stepFrom, type Mark } from './mark';
import { NoLines } from './NoLines';

const sources = (['k3s', 'cloud-init', 'console', 'operations'] as const).map((value) => ({
  value,
  label: strings.sources[value],
}));
const levelChoices = levels.map((value) => ({ value, label: strings.atLeast[value] }));

/** How many past lines a log opens with. */
const pastLines = 5000;

/** Whether a log can be read now: some need a running guest, and the console's needs a VM. */
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
  const [mark, setMark] = useState<Mark | null>(null);
  const [wrap, setWrap] = useState(false);
  const [following, setFollowing] = useState(true);
  const [cleared, setCleared] = useState(false);
  const lines = useRef<LogLinesHandle>(null);
  const readable = isReadable(source, snapshot);
  const log = useLogStream(
    readable ? () => call('logs.open', { source, lines: pastLines }) : null,
    `${snapshot?.project ?? ''} ${source}`,
  );
  const { model } = log;

  const project = snapshot?.project;
  useLayoutEffect(() => {
    // A log that cannot be read is not opened, so nothing else would clear the lines of the previous one
    log.pause(false);
    log.change(() => model.clear());
    setMark(null);
    setFollowing(true);
  }, [project, source]);

  const state = snapshot?.vm?.state;
  const before = useRef({ state, readable });
  useEffect(() => {
    const { state: stateBefore, readable: wasReadable } = before.current;
    before.current = { state, readable };
    // In a quick restart the window may never see the VM stopped, although its log has ended
    const isBack = state !== stateBefore && (state === 'starting' || state === 'running');
    if (isBack && wasReadable && log.phase === 'ended') log.again();
  });
  useEffect(() => {
    if (log.phase === 'opening') setCleared(false);
  }, [log.phase]);

  const filter = (next: Level): void => {
    setLevel(next);
    setMark(null);
    log.change(() => model.setLevel(next));
  };
  const look = (text: string): void => {
    setSearch(text);
    setMark(null);
    log.change(() => model.setSearch(text));
  };
  const step = (by: 1 | -1): void => {
    const next = stepFrom(model, mark, by, lines.current?.top() ?? 0);
    const position = positionOf(model, next);
    if (position === undefined) return;
    setMark(next);
    setFollowing(false);
    lines.current?.show(position);
  };
  const clear = (): void => {
    setCleared(true);
    log.change(() => model.clear());
  };
  const copy = (): void => {
    navigator.clipboard.writeText(model.text()).then(
      () => toast('good', strings.copied(model.shown)),
      () => toast('bad', common.notCopied),
    );
  };
  const isEmpty = model.shown === 0;
  const current = positionOf(model, mark);
  return (
    <div className="fill logs">
      <PageHeader
        title={common.pages.logs}
        actions={<Segmented label={strings.source} value={source} choices={sources} onChange={setSource} />}
      />
      <div className="log-bar">
        <LogSearch
          text={search}
          onText={look}
          find={current === undefined ? null : model.findFrom(current)}
          found={model.found}
          onStep={step}
        />
        <Segmented label={strings.level} value={level} choices={levelChoices} onChange={filter} />
        <span className="log-tools">
          <Button
            look="quiet"
            icon={log.paused ? 'play' : 'pause'}
            className={log.paused ? 'log-on' : ''}
            // Lines held back while paused can still be shown after the log has ended
            disabled={!log.paused && (!readable || log.phase === 'ended')}
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
          <IconButton icon="cross" label={strings.clear} disabled={isEmpty} onClick={clear} />
        </span>
      </div>
      <div className="card log-card">
        {isEmpty ? (
          <NoLines
            log={log}
            level={level}
            snapshot={snapshot}
            readable={readable}
            cleared={cleared}
            turnTo={setSource}
            filter={filter}
          />
        ) : (
          <LogLines
            ref={lines}
            model={model}
            version={log.version}
            wrap={wrap}
            search={search}
            current={current}
            following={following}
            onFollow={setFollowing}
          />
        )}
        {!isEmpty && log.error !== null && (
          <div className="log-problem">
            <ErrorPanel error={log.error} actions={<Button onClick={log.again}>{common.tryAgain}</Button>} />
          </div>
        )}
        <LogStatus log={log} snapshot={snapshot} readable={readable} />
      </div>
    </div>
  );
}
