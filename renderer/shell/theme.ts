import { useEffect, useSyncExternalStore } from 'react';
import { useStore } from '../state/store';

const systemDark = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)');

/** The theme that shows now: what was chosen, else the system's. */
export function useResolvedTheme(): 'light' | 'dark' {
  const chosen = useStore((state) => state.preferences.theme);
  const system = useSyncExternalStore(
    (changed) => {
      const query = systemDark();
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => (systemDark().matches ? 'dark' : 'light'),
  );
  return chosen === 'system' ? system : chosen;
}

/** Applies the chosen theme to the document. */
export function useTheme(): void {
  const chosen = useStore((state) => state.preferences.theme);
  useEffect(() => {
    if (chosen === 'system') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', chosen);
  }, [chosen]);
}
