/**
 * Sleeps, until `wake` at most.
 *
 * @throws the signal's reason
 */
export function pause(ms: number, signal: AbortSignal, wake?: Promise<void>): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    wake?.then(end, () => undefined);
  });
}
