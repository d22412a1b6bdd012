/**
 * Runs work until the outer signal is aborted or the time is up. Then it returns without waiting for the work, even if the
 * work ignores its signal.
 *
 * @param late creates the error for when the time is up
 * @throws what the work does; `late`; the outer signal's reason
 */
export async function withTimeLimit<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { ms, signal, late }: { readonly ms: number; readonly signal: AbortSignal; readonly late: () => Error },
): Promise<T> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const calledOff = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error), { once: true });
  });
  const callOff = (): void => limit.abort(signal.reason);
  signal.addEventListener('abort', callOff, { once: true });
  const timer = setTimeout(() => limit.abort(late()), ms);
  try {
    return await Promise.race([calledOff, work(limit.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', callOff);
  }
}
