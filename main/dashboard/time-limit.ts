/**
 * Does something that is called off when the outer signal is raised, or when it takes too long. It is not waited for
 * further then, whether or not it heeds its signal.
 *
 * @param late the error for the latter
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
