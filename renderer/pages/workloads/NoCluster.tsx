import { actionsOf, type Snapshot } from '../../../preload/api';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { call } from '../../state/host';
import { go, useStore } from '../../state/store';
import { isSettingUp } from '../../state/tone';
import { useAction } from '../../state/use';
import { common } from '../../strings/common';
import { overview } from '../../strings/overview';
import { workloads as strings } from '../../strings/workloads';

const startWords = { boot: overview.start, resume: overview.resume, 'finish-setup': overview.finishSetup } as const;

/** Why there is no cluster to ask. @returns a key of its words */
function reasonOf(snapshot: Snapshot): keyof typeof strings.noCluster {
  const state = snapshot.vm?.state ?? 'absent';
  if (isSettingUp(snapshot) && (state === 'absent' || state === 'provisioning')) return 'settingUp';
  // Neither of the two comes here: there is a cluster then
  return state === 'running' || state === 'starting' ? 'stopped' : state;
}

/** There is no cluster at the moment; what would bring one, where that is one click. */
export function NoCluster({ snapshot }: { readonly snapshot: Snapshot }) {
  const connected = useStore((state) => state.connected);
  const { start } = actionsOf(snapshot);
  const starting = useAction(() => call('operation.run', { operation: start === 'finish-setup' ? 'setup' : 'start' }));
  const { title, text } = strings.noCluster[reasonOf(snapshot)];
  return (
    <EmptyState
      icon="workloads"
      title={title}
      actions={
        <>
          {start !== null && (
            <Button
              look="primary"
              icon="play"
              busy={starting.busy}
              disabled={!connected}
              onClick={() => starting.run()}
            >
              {startWords[start]}
            </Button>
          )}
          <Button look={start === null ? 'plain' : 'quiet'} onClick={() => go('overview')}>
            {common.toOverview}
          </Button>
        </>
      }
    >
      {text}
    </EmptyState>
  );
}
