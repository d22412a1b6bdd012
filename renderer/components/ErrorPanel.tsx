import type { ReactNode } from 'react';
import type { ErrorData, Remedy } from '../../preload/api';
import { common } from '../strings/common';
import { Command } from './Command';
import { FixButton } from './FixButton';
import { Icon } from './Icon';

export interface HintsProps {
  readonly hints: readonly Remedy[];
  /** Called when one of them was carried out. */
  readonly onFixed?: () => void;
}

/** What to do: with a button where it can be done automatically, else with the command. */
export const Hints = ({ hints, onFixed }: HintsProps) => (
  <ul className="hints">
    {hints.map((remedy) => {
      const { text, command, fixId, page } = remedy;
      return (
        <li key={`${text} ${command ?? ''}`}>
          <p>
            {text}
            {page !== undefined && (
              <>
                {' '}
                <a href={page} target="_blank" rel="noreferrer">
                  {page}
                </a>
              </>
            )}
          </p>
          {fixId !== undefined && <FixButton remedy={remedy} fixId={fixId} onFixed={onFixed} />}
          {command !== undefined && <Command command={command} />}
        </li>
      );
    })}
  </ul>
);

/** What failed, what helps, and the tools' own words for whoever wants them. */
export const ErrorPanel = ({ error, actions }: { readonly error: ErrorData; readonly actions?: ReactNode }) => (
  <div className="error-panel" role="alert">
    <Icon name="warning" size={20} />
    <div className="stack">
      <p className="error-message">{error.message}</p>
      {error.hints.length > 0 && <Hints hints={error.hints} />}
      {error.cause !== undefined && (
        <details>
          <summary>{common.cause}</summary>
          <pre tabIndex={0}>{error.cause}</pre>
        </details>
      )}
      {actions !== undefined && <div className="row row-wrap">{actions}</div>}
    </div>
  </div>
);
