import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { Skeleton } from '../../components/Skeleton';
import { bytes, tilde } from '../../state/format';
import { call } from '../../state/host';
import { go, useStore } from '../../state/store';
import { useAction, useAsk } from '../../state/use';
import { firstRun } from '../../strings/first-run';
import { Finished, Running } from '../overview/OperationCard';
import { MachineCheck } from './MachineCheck';

/** Shown while there is no VM: what setup will create, whether this machine is ready, and a button to start it. */
export function FirstRun() {
  const snapshot = useStore((state) => state.snapshot);
  const home = useStore((state) => state.app?.home);
  const setup = useAction(() => call('operation.run', { operation: 'setup' }));
  if (snapshot === null) return null;
  const { operation, lastOperation } = snapshot;
  return (
    <div className="stack first-run">
      <header className="invitation">
        <h1>{firstRun.title}</h1>
        <p className="muted">{firstRun.intro(tilde(snapshot.project, home))}</p>
        {operation === null && (
          <Button
            look="primary"
            icon="play"
            className="button-large"
            busy={setup.busy}
            disabled={snapshot.link.state !== 'connected'}
            onClick={() => setup.run()}
          >
            {firstRun.setup}
          </Button>
        )}
      </header>
      {operation !== null && <Running operation={operation} />}
      {operation === null && lastOperation !== null && lastOperation.operation === 'setup' && (
        <Finished last={lastOperation} />
      )}
      {operation === null && (
        <div className="overview-columns">
          <WhatIsMade />
          <MachineCheck />
        </div>
      )}
    </div>
  );
}

function WhatIsMade() {
  const { value } = useAsk('resources.get', null);
  const amounts = value?.configured;
  return (
    <Card
      title={firstRun.makes}
      actions={
        <Button look="quiet" icon="resources" onClick={() => go('resources')}>
          {firstRun.change}
        </Button>
      }
    >
      <div className="stack">
        {amounts === undefined ? (
          <Skeleton height={64} />
        ) : (
          <dl className="amounts">
            <Amount name={firstRun.cpus} value={String(amounts.cpus)} />
            <Amount name={firstRun.memory} value={bytes(amounts.memoryBytes)} />
            <Amount name={firstRun.disk} value={bytes(amounts.diskBytes)} note={firstRun.diskNote} />
          </dl>
        )}
        <p className="muted small">{firstRun.keeps}</p>
      </div>
    </Card>
  );
}

const Amount = ({ name, value, note }: { readonly name: string; readonly value: string; readonly note?: string }) => (
  <div>
    <dt className="muted small">{name}</dt>
    <dd className="amount-value numeric">{value}</dd>
    {note !== undefined && <dd className="muted small">{note}</dd>}
  </div>
);
