import type { HealthCheck, Snapshot } from '../../../preload/api';
import { IconButton } from '../../components/Button';
import { Card } from '../../components/Card';
import { Hints } from '../../components/ErrorPanel';
import { Icon, type IconName } from '../../components/Icon';
import { Skeleton } from '../../components/Skeleton';
import { age } from '../../state/format';
import { call } from '../../state/host';
import { useAction } from '../../state/use';
import { useNow } from '../../state/use-now';
import { common } from '../../strings/common';
import { overview } from '../../strings/overview';

const marks: Readonly<Record<HealthCheck['state'], { readonly icon: IconName; readonly tone: string }>> = {
  ok: { icon: 'check', tone: 'good' },
  warning: { icon: 'warning', tone: 'warn' },
  failed: { icon: 'cross', tone: 'bad' },
  unknown: { icon: 'info', tone: 'none' },
};

/** Health line by line: problems in full with what helps, the rest briefly. */
export function HealthCard({ snapshot }: { readonly snapshot: Snapshot }) {
  const now = useNow(5000);
  const refresh = useAction(() => call('snapshot.refresh', null));
  const { health } = snapshot;
  const problems = health?.checks.filter(({ state }) => state !== 'ok') ?? [];
  const passed = health?.checks.filter(({ state }) => state === 'ok') ?? [];
  return (
    <Card
      title={overview.health}
      actions={
        <>
          {health !== null && (
            <span className="muted small numeric">{common.checkedAgo(age(health.checkedAt, now))}</span>
          )}
          <IconButton icon="restart" label={common.checkAgain} disabled={refresh.busy} onClick={() => refresh.run()} />
        </>
      }
    >
      {health === null ? (
        <div role="status" aria-label={overview.checking}>
          <Skeleton lines={6} />
        </div>
      ) : (
        <>
          <ul className="checks">
            {problems.map((check) => (
              <Problem key={check.id} check={check} />
            ))}
          </ul>
          {passed.length > 0 && (
            <details className="passed" open={problems.length === 0}>
              <summary>{overview.passed(passed.length, problems.length === 0)}</summary>
              <ul className="checks checks-compact">
                {passed.map((check) => (
                  <li key={check.id} className="tone-good">
                    <Icon name="check" size={15} />
                    <span>{check.title}</span>
                    <span className="muted truncate" title={check.detail}>
                      {check.detail}
                    </span>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </>
      )}
    </Card>
  );
}

function Problem({ check }: { readonly check: HealthCheck }) {
  const { icon, tone } = marks[check.state];
  return (
    <li className={`check-problem tone-${tone}`}>
      <Icon name={icon} />
      <div className="stack">
        <p>
          <span className="strong">{check.title}:</span> {check.detail}
        </p>
        {check.diagnosis !== undefined && <p className="muted">{check.diagnosis}</p>}
        {check.fix !== undefined && <Hints hints={[check.fix]} />}
      </div>
    </li>
  );
}
