import { useRef, useState } from 'react';
import type { PodRow } from '../../../preload/api';
import { Button } from '../../components/Button';
import { ErrorPanel } from '../../components/ErrorPanel';
import { Select } from '../../components/Field';
import { LogLines, type LogLinesHandle } from '../../components/log/LogLines';
import { useLogStream } from '../../components/log/use-log-stream';
import { Skeleton } from '../../components/Skeleton';
import { call } from '../../state/host';
import { common } from '../../strings/common';
import { workloads as strings } from '../../strings/workloads';

const pastLines = 500;
const kept = 5000;

/** What one of a pod's containers logs, live. */
export function PodLog({ pod }: { readonly pod: PodRow }) {
  const { namespace, name, uid, containers } = pod;
  const first = containers.find(({ init }) => !init)?.name ?? containers[0]?.name ?? '';
  const [container, setContainer] = useState(first);
  const [following, setFollowing] = useState(true);
  const lines = useRef<LogLinesHandle>(null);
  const log = useLogStream(
    container === '' ? null : () => call('logs.openPod', { namespace, pod: name, container, lines: pastLines }),
    `${uid} ${container}`,
    kept,
  );
  return (
    <section className="sheet-section">
      <div className="row sheet-log-header">
        <h3>{strings.logs}</h3>
        {containers.length > 1 && (
          <Select
            label={strings.container}
            value={container}
            choices={containers.map(({ name: value }) => ({ value, label: value }))}
            onChange={setContainer}
          />
        )}
      </div>
      {log.error !== null && (
        <ErrorPanel error={log.error} actions={<Button onClick={log.again}>{common.tryAgain}</Button>} />
      )}
      {log.model.shown > 0 ? (
        <div className="card sheet-log">
          <LogLines
            ref={lines}
            model={log.model}
            version={log.version}
            wrap
            search=""
            current={undefined}
            following={following}
            onFollow={setFollowing}
          />
        </div>
      ) : log.phase === 'opening' ? (
        <Skeleton lines={4} />
      ) : (
        log.error === null && <p className="muted">{strings.noLog}</p>
      )}
    </section>
  );
}
