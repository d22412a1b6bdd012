import type { Health, VmState } from '../../../preload/api';
import { Badge, type Tone } from '../../components/Badge';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { age } from '../../state/format';
import { call } from '../../state/host';
import { go, useStore } from '../../state/store';
import { useAction } from '../../state/use';
import { common } from '../../strings/common';
import { diagnostics as strings } from '../../strings/diagnostics';

function verdict(state: VmState | undefined, health: Health | null): { readonly tone: Tone; readonly word: string } {
  if (state !== undefined && state !== 'running') return { tone: 'none', word: strings.notRunning };
  if (health === null || health.healthy === null) return { tone: 'none', word: strings.notChecked };
  if (health.healthy) return { tone: 'good', word: strings.healthy };
  const failed = health.checks.filter((check) => check.state === 'failed').length;
  // Unhealthy without a failed check: one could not be looked at
  return { tone: 'bad', word: strings.unhealthy(Math.max(1, failed)) };
}

/** The other half of "what is wrong": health is on the overview, and can be asked for again from here. */
export function HealthCard({ isDisabled }: { readonly isDisabled: boolean }) {
  const state = useStore(({ snapshot }) => snapshot?.vm?.state);
  const health = useStore(({ snapshot }) => snapshot?.health ?? null);
  const check = useAction(() => call('snapshot.refresh', null));
  const { tone, word } = verdict(state, health);
  return (
    <Card
      title={strings.health}
      actions={
        <Button
          icon="restart"
          busy={check.busy}
          disabled={isDisabled || state !== 'running'}
          onClick={() => check.run()}
        >
          {strings.checkHealth}
        </Button>
      }
    >
      <p className="muted">{strings.healthText}</p>
      <div className="row row-wrap health-line">
        <span role="status">
          <Badge tone={tone}>{word}</Badge>
        </span>
        {health !== null && state === 'running' && (
          <span className="muted small numeric">{common.checkedAgo(age(health.checkedAt))}</span>
        )}
        <span className="spacer" />
        <Button look="quiet" onClick={() => go('overview')}>
          {strings.showHealth}
        </Button>
      </div>
    </Card>
  );
}
