import type { ReactNode } from 'react';
import type { ErrorData, Hint } from '../../preload/api';
import { common } from '../strings/common';
import { Command } from './Command';
import { Icon } from './Icon';

export const Hints = ({ hints }: { readonly hints: readonly Hint[] }) => (
  <ul className="hints">
    {hints.map((hint) => (
      <li key={`${hint.text} ${hint.command ?? ''}`}>
        <p>{hint.text}</p>
        {hint.command !== undefined && <Command command={hint.command} />}
      </li>
    ))}
  </ul>
);

/** What failed, what to do about it, and the underlying error folded away. */
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
