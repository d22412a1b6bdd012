import type { DoctorLine } from '../../../preload/api';
import { Badge } from '../../components/Badge';
import { Hints } from '../../components/ErrorPanel';
import { diagnostics as strings } from '../../strings/diagnostics';
import { lineTone } from './groups';

export interface ProblemLineProps {
  readonly line: DoctorLine;
  readonly onFixed: () => void;
}

/** A check that did not pass: what was found, and what to do about it. */
export const ProblemLine = ({ line, onFixed }: ProblemLineProps) => (
  <li className="doctor-problem">
    <div className="row">
      <h3>{line.title}</h3>
      <Badge tone={lineTone[line.state]}>{strings.states[line.state]}</Badge>
    </div>
    <p className="doctor-detail">{line.detail}</p>
    {line.hints.length > 0 && <Hints hints={line.hints} onFixed={onFixed} />}
  </li>
);
