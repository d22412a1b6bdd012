/**
 * How long something may take, whatever becomes of the clock meanwhile: it is set when a machine has slept, or comes up
 * with a wrong time and hears of the right one.
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
