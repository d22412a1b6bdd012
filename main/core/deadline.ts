/**
 * Time limits that do not depend on the wall clock, which jumps after the machine slept, or when it boots with a wrong
 * time and then corrects it.
 */
export interface Deadline {
  /** Milliseconds that are left; 0 once it is over. */
  leftMs(): number;
  isOver(): boolean;
}

/** A deadline from now. @param ms milliseconds; Infinity is never */
export function deadlineIn(ms: number): Deadline {
  const end = performance.now() + ms;
  const leftMs = (): number => Math.max(0, end - performance.now());
  return { leftMs, isOver: () => leftMs() === 0 };
}
