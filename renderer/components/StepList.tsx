import type { ProgressEvent } from '../../preload/api';
import { bytes, duration, percent } from '../state/format';
import { common } from '../strings/common';
import { Icon, type IconName } from './Icon';
import { Spinner } from './Spinner';

const marks: Readonly<Record<Exclude<ProgressEvent['state'], 'started' | 'progress'>, IconName>> = {
  done: 'check',
  skipped: 'right',
  failed: 'cross',
};

function amount(event: ProgressEvent): string {
  if (event.bytes === undefined) return event.percent === undefined ? '' : percent(event.percent);
  const { done, total, perSecond } = event.bytes;
  return [
    total === undefined ? bytes(done) : common.amountOf(bytes(done), bytes(total)),
    perSecond === undefined ? '' : common.perSecond(bytes(perSecond)),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

const Step = ({ event }: { readonly event: ProgressEvent }) => {
  const running = event.state === 'started' || event.state === 'progress';
  return (
    <li className={`step step-${running ? 'running' : event.state}`} {...(running ? { 'aria-current': 'step' } : {})}>
      <span className="step-mark">
        {event.state === 'started' || event.state === 'progress' ? (
          <Spinner />
        ) : (
          <Icon name={marks[event.state]} size={15} />
        )}
      </span>
      <div className="step-text">
        <div className="row">
          <span className="step-title">{event.title}</span>
          <span className="visually-hidden">{common.stepStates[event.state]}</span>
          <span className="spacer" />
          <span className="muted small numeric">
            {event.state === 'skipped' ? common.stepStates.skipped : running ? '' : duration(event.elapsedMs)}
          </span>
        </div>
        {event.message !== undefined && event.error === undefined && (
          <p className="muted small step-message">{event.message}</p>
        )}
        {running && (event.percent !== undefined || event.bytes !== undefined) && (
          <div className="row">
            <progress className="progress" value={event.percent ?? 0} max={100} aria-label={event.title} />
            <span className="muted small numeric step-amount">{amount(event)}</span>
          </div>
        )}
      </div>
    </li>
  );
};

/** The steps of an operation as far as it has come; those to come are told as a number. */
export function StepList({ steps }: { readonly steps: readonly ProgressEvent[] }) {
  const last = steps.at(-1);
  return (
    <ol className="steps" aria-label={common.steps}>
      {steps.map((event, index) => (
        <Step key={`${index} ${event.step}`} event={event} />
      ))}
      {last !== undefined && last.index < last.total && (
        <li className="step step-coming muted small">{common.stepsToCome(last.total - last.index)}</li>
      )}
    </ol>
  );
}
