import { useCallback, useEffect, useRef, useState } from 'react';

/** For data that is changed in place: redraws at most once a frame, however many changes there are. `version` increases
 * with each redraw. */
export function useRedraw(): { readonly version: number; readonly redraw: () => void } {
  const [version, setVersion] = useState(0);
  const frame = useRef<number | null>(null);
  const redraw = useCallback(() => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = null;
      setVersion((value) => value + 1);
    });
  }, []);
  useEffect(
    () => () => {
      if (frame.current !== null) cancelAnimationFrame(frame.current);
      frame.current = null;
    },
    [],
  );
  return { version, redraw };
}
