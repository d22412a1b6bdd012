import { AlertDialog } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { common } from '../strings/common';
import { Button } from './Button';

export interface ConfirmProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: ReactNode;
  /** The confirming button's words: the verb, never "OK". */
  readonly action: string;
  readonly danger?: boolean;
  /** What the user has to type before the button works. */
  readonly typed?: string;
  readonly onConfirm: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ open, onOpenChange, title, children, action, danger, typed, onConfirm }: ConfirmProps) {
  const [text, setText] = useState('');
  const ready = typed === undefined || text.trim() === typed;
  const confirm = (): void => {
    onOpenChange(false);
    setText('');
    onConfirm();
  };
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        setText('');
        onOpenChange(next);
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="overlay" />
        <AlertDialog.Content className="dialog">
          <AlertDialog.Title asChild>
            <h2>{title}</h2>
          </AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="stack">{children}</div>
          </AlertDialog.Description>
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              if (ready) confirm();
            }}
          >
            {typed !== undefined && (
              <label className="field">
                <span>
                  {common.typeToConfirm} <code className="strong">{typed}</code>
                </span>
                <input
                  className="input"
                  value={text}
                  onChange={(event) => setText(event.target.value)}
                  autoComplete="off"
                  spellCheck={false}
                />
              </label>
            )}
            <div className="dialog-actions">
              <AlertDialog.Cancel asChild>
                <Button>{common.cancel}</Button>
              </AlertDialog.Cancel>
              <Button type="submit" look={danger === true ? 'danger' : 'primary'} disabled={!ready}>
                {action}
              </Button>
            </div>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
