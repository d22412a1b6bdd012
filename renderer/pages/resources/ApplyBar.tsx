import { Button } from '../../components/Button';
import { resources as strings } from '../../strings/resources';

export interface ApplyBarProps {
  /** The changes in words; none: nothing to apply. */
  readonly changes: readonly string[];
  readonly effect: string;
  /** Something that was typed is not valid. */
  readonly hasProblem: boolean;
  /** Why nothing can be applied at the moment. */
  readonly blocked: string | null;
  readonly canRestart: boolean;
  /** Which button's work is running. */
  readonly busy: 'apply' | 'restart' | null;
  readonly onUndo: () => void;
  readonly onApply: (restart: boolean) => void;
}

/** Always visible, so that the layout does not jump at the first change. */
export function ApplyBar(props: ApplyBarProps) {
  const { changes, effect, hasProblem, blocked, canRestart, busy, onUndo, onApply } = props;
  const isClean = changes.length === 0 && !hasProblem;
  const cannot = isClean || hasProblem || blocked !== null;
  return (
    <section className="apply-bar" aria-label={strings.bar}>
      <div className="apply-text" role="status">
        {isClean && <p className="muted">{strings.noChanges}</p>}
        {changes.length > 0 && <p className="strong numeric">{changes.join(' · ')}</p>}
        {hasProblem && <p className="field-problem">{strings.fixProblems}</p>}
        {!isClean && !hasProblem && <p className="muted small">{blocked ?? effect}</p>}
      </div>
      <div className="row row-wrap">
        <Button look="quiet" onClick={onUndo} disabled={isClean || busy !== null}>
          {strings.undo}
        </Button>
        {canRestart && (
          <Button onClick={() => onApply(true)} disabled={cannot || busy === 'apply'} busy={busy === 'restart'}>
            {strings.applyAndRestart}
          </Button>
        )}
        <Button
          look="primary"
          onClick={() => onApply(false)}
          disabled={cannot || busy === 'restart'}
          busy={busy === 'apply'}
        >
          {strings.apply}
        </Button>
      </div>
    </section>
  );
}
