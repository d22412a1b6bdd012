import { useId } from 'react';
import type { DoctorLine, ErrorData } from '../../../preload/api';
import { Badge } from '../../components/Badge';
import { Button } from '../../components/Button';
import { ErrorPanel, Hints } from '../../components/ErrorPanel';
import { diagnostics as strings } from '../../strings/diagnostics';
import { lineTone } from './groups';

export interface ProblemLineProps {
  readonly line: DoctorLine;
  /** Its fix is running. */
  readonly isFixing: boolean;
  readonly isDisabled: boolean;
  /** Why its fix failed. */
  readonly error: ErrorData | null;
  readonly onFix: (line: DoctorLine) => void;
}

/** A check that did not pass: what was found, the automatic fix if there is one, and what to do by hand. */
export function ProblemLine({ line, isFixing, isDisabled, error, onFix }: ProblemLineProps) {
  const id = useId();
  return (
    <li className="doctor-problem">
      <div className="row">
        <h3>{line.title}</h3>
        <Badge tone={lineTone[line.state]}>{strings.states[line.state]}</Badge>
      </div>
      <p className="doctor-detail">{line.detail}</p>
      {line.fix !== undefined && (
        <div className="doctor-fix">
          <Button
            busy={isFixing}
            disabled={isDisabled}
            onClick={() => onFix(line)}
            aria-label={strings.fixOf(line.title)}
            aria-describedby={id}
          >
            {strings.fix}
          </Button>
          <p id={id} className="muted">
            {strings.fixWould(line.fix)}
          </p>
        </div>
      )}
      {error !== null && <ErrorPanel error={error} />}
      {line.hints.length > 0 && <Hints hints={line.hints} />}
    </li>
  );
}
