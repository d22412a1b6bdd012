import { useId, type CSSProperties, type KeyboardEvent } from 'react';
import { Card } from '../../components/Card';
import { Input, Slider } from '../../components/Field';
import { Icon } from '../../components/Icon';
import { common } from '../../strings/common';
import { resources as strings } from '../../strings/resources';
import { inputText, inWords, type Line } from './draft';
import type { Note } from './effects';
import type { Legend } from './legend';
import { nearestStop, position, stops } from './scale';

const at = (fraction: number): CSSProperties => ({ '--at': fraction }) as CSSProperties;

export interface AmountCardProps {
  readonly line: Line;
  readonly legend: Legend;
  readonly notes: readonly Note[];
  readonly isDisabled: boolean;
  /** The text that the input shows from now on. */
  readonly onChange: (text: string) => void;
}

/** One resource: a slider and an input that say the same, and what the host has of it. */
export function AmountCard({ line, legend, notes, isDisabled, onChange }: AmountCardProps) {
  const { key, range, base, value, text, problem, fixedBy } = line;
  const id = useId();
  const title = strings.titles[key];
  const all = stops(key, range, base);
  const index = nearestStop(all, value);
  const disabled = isDisabled || fixedBy !== null || range.min >= range.max;
  const choose = (next: number): void => {
    const stop = all[Math.min(Math.max(next, 0), all.length - 1)];
    if (stop !== undefined) onChange(inputText(key, stop));
  };
  const step = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    choose(index + (event.key === 'ArrowUp' ? 1 : -1));
  };
  return (
    <Card
      className="amount"
      title={title}
      actions={
        <>
          <Input
            className="amount-input numeric"
            inputMode={key === 'cpus' ? 'numeric' : 'decimal'}
            aria-label={strings.amountIn(title, strings.units[key])}
            aria-invalid={problem !== null}
            aria-describedby={`${id}-problem`}
            value={text}
            disabled={disabled}
            onChange={(event) => onChange(event.target.value)}
            onKeyDown={step}
          />
          <span className="amount-unit muted" aria-hidden="true">
            {strings.units[key]}
          </span>
        </>
      }
    >
      <p className="muted">
        {strings.descriptions[key]} {key === 'diskBytes' && legend.now !== undefined && strings.onlyGrows}
      </p>
      <div className="amount-scale small muted numeric">
        <span>{inWords(key, range.min)}</span>
        <Slider
          label={title}
          value={index}
          min={0}
          max={Math.max(all.length - 1, 1)}
          step={1}
          valueText={inWords(key, value)}
          onChange={choose}
          disabled={disabled}
        >
          {legend.freeUpTo !== undefined && (
            <>
              <span className="amount-taken" style={at(position(all, legend.freeUpTo))} />
              <span className="amount-tick amount-free" style={at(position(all, legend.freeUpTo))} />
            </>
          )}
          {legend.now !== undefined && (
            <span className="amount-tick amount-now" style={at(position(all, legend.now))} />
          )}
        </Slider>
        <span>{inWords(key, range.max)}</span>
      </div>
      <dl className="amount-legend small">
        {legend.items.map((item) => (
          <div key={item.label}>
            <dt className="muted">
              {item.mark !== undefined && (
                <span className={`amount-mark amount-mark-${item.mark}`} aria-hidden="true" />
              )}
              {item.label}
            </dt>
            <dd className="numeric">{item.value}</dd>
          </div>
        ))}
      </dl>
      <div className="amount-notes" aria-live="polite">
        <p id={`${id}-problem`} className="field-problem">
          {problem}
        </p>
        {fixedBy !== null && (
          <p className="amount-note">
            <Icon name="info" size={16} />
            {common.fixedBy(fixedBy)}
          </p>
        )}
        {notes.map((note) => (
          <p key={note.text} className={`amount-note amount-note-${note.tone}`}>
            <Icon name={note.tone === 'warn' ? 'warning' : 'info'} size={16} />
            {note.text}
          </p>
        ))}
      </div>
    </Card>
  );
}
