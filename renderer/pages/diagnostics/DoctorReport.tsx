import { useEffect, useRef, useState } from 'react';
import type { DoctorLine, ErrorData } from '../../../preload/api';
import { Card } from '../../components/Card';
import { Icon } from '../../components/Icon';
import { Spinner } from '../../components/Spinner';
import { call, errorData } from '../../state/host';
import { toast } from '../../state/store';
import { diagnostics as strings } from '../../strings/diagnostics';
import { groupsOf, headlineOf } from './groups';
import { PassedLine } from './PassedLine';
import { ProblemLine } from './ProblemLine';

export interface DoctorReportProps {
  readonly lines: readonly DoctorLine[];
  /** The checks are running again: what is shown is out of date. */
  readonly isChecking: boolean;
  readonly onFixed: (lines: readonly DoctorLine[]) => void;
}

/** The doctor's findings: the summary, then problems, then passed checks. */
export function DoctorReport({ lines, isChecking, onFixed }: DoctorReportProps) {
  const [fixing, setFixing] = useState<string | null>(null);
  const [failure, setFailure] = useState<{ readonly id: string; readonly error: ErrorData } | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const headline = headlineOf(lines);

  // A new report makes the failure of an earlier fix obsolete
  useEffect(() => setFailure(null), [lines]);

  const fix = async ({ id, title: name, fix: what = '' }: DoctorLine): Promise<void> => {
    setFixing(id);
    setFailure(null);
    try {
      const after = await call('doctor.fix', { id });
      onFixed(after);
      const isWell = after.find((line) => line.id === id)?.state === 'ok';
      toast(isWell ? 'good' : 'bad', isWell ? strings.fixed(what) : strings.notFixed(what, name));
      // The button that had the focus is gone
      if (isWell) title.current?.focus();
    } catch (thrown) {
      setFailure({ id, error: errorData(thrown) });
    } finally {
      setFixing(null);
    }
  };

  return (
    <div className="stack doctor-report" aria-busy={isChecking}>
      <div className={`doctor-headline tone-${headline.tone}`}>
        <span className="doctor-mark">
          <Icon name={headline.tone === 'good' ? 'check' : headline.tone === 'none' ? 'info' : 'warning'} size={24} />
        </span>
        <div role="status">
          <h2 ref={title} tabIndex={-1}>
            {headline.title}
          </h2>
          <p className="muted">
            {isChecking ? (
              <span className="row">
                <Spinner />
                {strings.checkingAgain}
              </span>
            ) : (
              headline.text
            )}
          </p>
        </div>
      </div>
      <div className={isChecking ? 'stack doctor-old' : 'stack'}>
        {groupsOf(lines).map(({ state, lines: group }) => (
          <Card key={state} title={strings.groupTitle(strings.groups[state], group.length)} flush>
            <ul>
              {group.map((line) =>
                state === 'ok' ? (
                  <PassedLine key={line.id} line={line} />
                ) : (
                  <ProblemLine
                    key={line.id}
                    line={line}
                    isFixing={fixing === line.id}
                    isDisabled={isChecking || (fixing !== null && fixing !== line.id)}
                    error={failure?.id === line.id ? failure.error : null}
                    onFix={(asked) => void fix(asked)}
                  />
                ),
              )}
            </ul>
          </Card>
        ))}
      </div>
    </div>
  );
}
