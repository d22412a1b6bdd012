import { useEffect, useRef } from 'react';

/** Calls `back` when the user returns to the window: what it shows may have been changed in a terminal meanwhile. */
export function useReturn(back: () => void): void {
  const latest = useRef(back);
  latest.current = back;
  useEffect(() => {
    const listen = (): void => latest.current();
    window.addEventListener('focus', listen);
    return () => window.removeEventListener('focus', listen);
  }, []);
}
