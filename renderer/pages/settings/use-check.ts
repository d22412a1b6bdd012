import { useEffect, useState } from 'react';
import { call } from '../../state/host';

/** Milliseconds after the last key press before a text is checked. */
const debounceMs = 200;

/**
 * What is wrong with a text as the value of a setting, by the host's schema. An answer to an earlier text is never shown;
 * while an answer is pending there is no problem.
 *
 * @param text null: nothing to check
 */
export function useCheck(key: string, text: string | null): string | null {
  const [answer, setAnswer] = useState<{ readonly text: string; readonly problem: string | null } | null>(null);
  useEffect(() => {
    if (text === null) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      call('settings.check', { key, text }).then(
        ({ problem }) => {
          if (current) setAnswer({ text, problem });
        },
        // The check failed; saving will check again
        () => undefined,
      );
    }, debounceMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, text]);
  return answer !== null && answer.text === text ? answer.problem : null;
}
