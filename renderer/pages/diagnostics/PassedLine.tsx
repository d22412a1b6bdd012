import type { DoctorLine } from '../../../preload/api';
import { Hints } from '../../components/ErrorPanel';
import { Icon } from '../../components/Icon';
import { diagnostics as strings } from '../../strings/diagnostics';

/** A check that passed, on one line; what could be had on top is folded away. */
export const PassedLine = ({ line, onFixed }: { readonly line: DoctorLine; readonly onFixed: () => void }) => (
  <li className="doctor-passed">
    <Icon name="check" size={16} />
    <h3>{line.title}</h3>
    <div className="doctor-detail muted">
      {line.detail}
      {line.hints.length > 0 && (
        <details>
          <summary>{strings.more(line.title)}</summary>
          <Hints hints={line.hints} onFixed={onFixed} />
        </details>
      )}
    </div>
  </li>
);
