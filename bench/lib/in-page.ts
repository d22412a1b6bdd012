/** What renderer/dev/busy-host.ts does in the page for bench/dashboard. */
export interface BusyHost {
  /** Log lines at a rate for some time. @returns how many were made, and how many the window had taken at the end */
  flood(perSecond: number, seconds: number): Promise<{ readonly made: number; readonly taken: number }>;
  /** Durations of the frames drawn within some time, in milliseconds. */
  frames(seconds: number): Promise<readonly number[]>;
  /** What a busy cluster tells in some minutes, a minute at each frame. */
  minutes(count: number): Promise<void>;
  /** Milliseconds from the navigation to the first text or picture. */
  firstPaint(): Promise<number>;
  /** Bytes of code and style loaded so far. */
  loaded(): number;
}
