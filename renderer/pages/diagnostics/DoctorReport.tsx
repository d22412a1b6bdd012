import { useRef } from 'react';
import type { DoctorLine } from '../../../preload/api';
import { Card } from '../../components/Card';
import { Icon } from '../../components/Icon';
import { Spinner } from '../../components/Spinner';
import { diagnostics as strings } from '../../strings/diagnostics';
import { groupsOf, headlineOf } from './groups';
import { PassedLine } from './PassedLine';
import { ProblemLine } from './ProblemLine';

export interface DoctorReportProps {
  readonly lines: readonly DoctorLine[];
  /** The checks run again: what is shown is from before. */
  readonly isChecking: boolean;
  /** Something was fixed: the checks should run again. */
  readonly onFixed: () => void;
}

/** What the doctor found: the sum first, then what is wrong, then what is in order. */
export function DoctorReport({ lines, isChecking, onFixed }: DoctorReportProps) {
  const title = useRef<HTMLHeadingElement>(null);
  const headline = headlineOf(lines);
  const fixed = (): void => {
    onFixed();
    // The button that had the focus may be gone
    title.current?.focus();
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
                  <PassedLine key={line.id} line={line} onFixed={fixed} />
                ) : (
                  <ProblemLine key={line.id} line={line} onFixed={fixed} />
                ),
              )}
            </ul>
          </Card>
        ))}
      </div>
    </div>
  );
}
