import {
  isSuspend,
  type FinishedOperation,
  type Input,
  type RunningOperation,
  type Snapshot,
  type VmInfo,
} from '../../../preload/api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { ErrorPanel } from '../../components/ErrorPanel';
import { Icon } from '../../components/Icon';
import { Spinner } from '../../components/Spinner';
import { StepList } from '../../components/StepList';
import { duration } from '../../state/format';
import { call } from '../../state/host';
import { useAction } from '../../state/use';
import { useNow } from '../../state/use-now';
import { common } from '../../strings/common';
import { overview } from '../../strings/overview';

/** The running operation, the last one, or one that a terminal is running. */
export function OperationCard({ snapshot, vm }: { readonly snapshot: Snapshot; readonly vm: VmInfo }) {
  const { operation, lastOperation } = snapshot;
  if (operation !== null) return <Running operation={operation} />;
  if (vm.operation !== undefined) {
    return (
      <p className="card note-line" role="status">
        <Spinner />
        {overview.elsewhere(vm.operation.name, vm.operation.pid)}
      </p>
    );
  }
  return lastOperation === null ? null : <Finished last={lastOperation} />;
}

export function Running({ operation }: { readonly operation: RunningOperation }) {
  const cancel = useAction(() => call('operation.cancel', null));
  const now = useNow(1000);
  return (
    <Card
      title={
        <span className="row">
          {isSuspend(operation.steps) ? overview.suspending : overview.operations[operation.operation]}
          <span className="muted numeric small">{duration(Math.max(0, now - Date.parse(operation.startedAt)))}</span>
        </span>
      }
      actions={
        <Button busy={operation.cancelling || cancel.busy} onClick={() => cancel.run()}>
          {operation.cancelling ? overview.cancelling : common.cancel}
        </Button>
      }
    >
      <StepList steps={operation.steps} />
    </Card>
  );
}

export function Finished({ last }: { readonly last: FinishedOperation }) {
  const dismiss = useAction(() => call('operation.dismiss', null));
  const again = useAction((input: Input<'operation.run'>) => call('operation.run', input));
  const dismissButton = (
    <Button look="quiet" onClick={() => dismiss.run()}>
      {overview.dismiss}
    </Button>
  );
  if (last.outcome === 'failed' && last.error !== undefined) {
    const { operation } = last;
    return (
      <ErrorPanel
        error={last.error}
        actions={
          <>
            {operation !== 'reset' && (
              <Button busy={again.busy} onClick={() => again.run({ operation })}>
                {overview.again}
              </Button>
            )}
            {dismissButton}
          </>
        }
      />
    );
  }
  const took = duration(Date.parse(last.endedAt) - Date.parse(last.startedAt));
  return (
    <p className={`card note-line tone-${last.outcome === 'done' ? 'good' : 'none'}`} role="status">
      <Icon name={last.outcome === 'done' ? 'check' : 'info'} />
      {last.outcome === 'done'
        ? overview.took(isSuspend(last.steps) ? overview.suspended : overview.done[last.operation], took)
        : overview.cancelled(last.operation)}
      <span className="spacer" />
      {dismissButton}
    </p>
  );
}
