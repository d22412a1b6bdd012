import type { DoctorLine } from '../../../preload/api';
import { IconButton } from '../../components/Button';
import { Card } from '../../components/Card';
import { ErrorPanel, Hints } from '../../components/ErrorPanel';
import { Icon } from '../../components/Icon';
import { Skeleton } from '../../components/Skeleton';
import { useAsk } from '../../state/use';
import { common } from '../../strings/common';
import { firstRun } from '../../strings/first-run';

/** The doctor's result in short: problems in full, the rest as a number. */
export function MachineCheck() {
  const { value: lines, error, loading, again } = useAsk('doctor.run', null);
  const failed = lines?.filter(({ state }) => state === 'failed') ?? [];
  const warnings = lines?.filter(({ state }) => state === 'warning') ?? [];
  const passed = (lines?.length ?? 0) - failed.length - warnings.length;
  return (
    <Card
      title={firstRun.machine}
      actions={<IconButton icon="restart" label={common.checkAgain} disabled={loading} onClick={again} />}
    >
      {error !== null && <ErrorPanel error={error} />}
      {lines === null && error === null && (
        <div role="status" aria-label={firstRun.checking}>
          <Skeleton lines={4} />
        </div>
      )}
      {lines !== null && (
        <div className="stack">
          <ul className="checks">
            {failed.length === 0 && (
              <li className="row tone-good">
                <Icon name="check" />
                {firstRun.ready(passed)}
              </li>
            )}
            {failed.map((line) => (
              <Problem key={line.id} line={line} tone="bad" onFixed={again} />
            ))}
          </ul>
          {warnings.length > 0 && (
            <details>
              <summary>{firstRun.warnings(warnings.length)}</summary>
              <ul className="checks machine-warnings">
                {warnings.map((line) => (
                  <Problem key={line.id} line={line} tone="warn" onFixed={again} />
                ))}
              </ul>
            </details>
          )}
        </div>
      )}
    </Card>
  );
}

const Problem = ({
  line,
  tone,
  onFixed,
}: {
  readonly line: DoctorLine;
  readonly tone: 'bad' | 'warn';
  readonly onFixed: () => void;
}) => (
  <li className={`check-problem tone-${tone}`}>
    <Icon name={tone === 'bad' ? 'cross' : 'warning'} />
    <div className="stack">
      <p>
        <span className="strong">{line.title}:</span> {line.detail}
      </p>
      {line.hints.length > 0 && <Hints hints={line.hints} onFixed={onFixed} />}
    </div>
  </li>
);
