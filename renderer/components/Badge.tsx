import type { ReactNode } from 'react';

/** What a colour means. It never stands alone, but always beside a word. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'none';

export const Badge = ({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) => (
  <span className={`badge tone-${tone}`}>
    <span className="dot" aria-hidden="true" />
    {children}
  </span>
);
