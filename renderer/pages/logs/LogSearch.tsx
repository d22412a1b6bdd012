import { useEffect, useRef } from 'react';
import { IconButton } from '../../components/Button';
import { SearchInput } from '../../components/Field';
import { logs as strings } from '../../strings/logs';

/** Enter jumps to the next match, Shift+Enter to the previous one. Ctrl+F focuses the search. */
export function LogSearch({
  text,
  onText,
  find,
  found,
  onStep,
}: {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** Index of the current match, from 0; null: none yet. */
  readonly find: number | null;
  readonly found: number;
  readonly onStep: (by: 1 | -1) => void;
}) {
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const toSearch = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      const input = box.current?.querySelector('input');
      if (!input) return;
      event.preventDefault();
      input.focus();
      input.select();
    };
    window.addEventListener('keydown', toSearch);
    return () => window.removeEventListener('keydown', toSearch);
  }, []);
  return (
    <span className="log-search" ref={box}>
      <SearchInput
        label={strings.search}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onText('');
          if (event.key !== 'Enter') return;
          event.preventDefault();
          onStep(event.shiftKey ? -1 : 1);
        }}
      />
      {text !== '' && (
        <>
          <span className="log-finds numeric muted" role="status">
            {strings.finds((find ?? -1) + 1, found)}
          </span>
          <IconButton
            icon="chevron"
            className="log-up"
            label={strings.previous}
            disabled={found === 0}
            onClick={() => onStep(-1)}
          />
          <IconButton icon="chevron" label={strings.next} disabled={found === 0} onClick={() => onStep(1)} />
        </>
      )}
    </span>
  );
}
