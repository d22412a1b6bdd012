/**
 * Hooks through which pages ask the host.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { CallName, ErrorData, Input, Output } from '../../preload/api';
import { call, errorData, readStream, type BatchListener } from './host';
import { toast, useStore } from './store';

export interface Asked<T> {
  /** The last answer; kept while it is asked again. */
  readonly value: T | null;
  readonly error: ErrorData | null;
  readonly loading: boolean;
  readonly again: () => void;
  /** Replaces the answer by one that came from another call. */
  readonly replace: (value: T) => void;
}

/** Makes a call when the page opens, after every reconnection, and when `again` is called or `key` changes. */
export function useAsk<C extends CallName>(name: C, input: Input<C>, key: unknown = null): Asked<Output<C>> {
  const connection = useStore((state) => state.connection);
  const [round, setRound] = useState(0);
  const [state, setState] = useState<{ value: Output<C> | null; error: ErrorData | null; loading: boolean }>({
    value: null,
    error: null,
    loading: true,
  });
  const asked = useRef(input);
  asked.current = input;
  useEffect(() => {
    let current = true;
    setState((before) => ({ ...before, loading: true }));
    call(name, asked.current).then(
      (value) => current && setState({ value, error: null, loading: false }),
      (thrown: unknown) => current && setState((before) => ({ ...before, error: errorData(thrown), loading: false })),
    );
    return () => {
      current = false;
    };
  }, [name, key, connection, round]);
  const again = useCallback(() => setRound((value) => value + 1), []);
  const replace = useCallback((value: Output<C>) => setState({ value, error: null, loading: false }), []);
  return { ...state, again, replace };
}

export interface Action<A extends readonly unknown[]> {
  readonly busy: boolean;
  readonly run: (...args: A) => void;
}

/** A button's work: busy while it runs, and its failure shown as a toast. */
export function useAction<A extends readonly unknown[]>(work: (...args: A) => Promise<unknown>): Action<A> {
  const [busy, setBusy] = useState(false);
  const latest = useRef(work);
  latest.current = work;
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const run = useCallback((...args: A) => {
    setBusy(true);
    latest
      .current(...args)
      .catch((thrown: unknown) => {
        const error = errorData(thrown);
        toast('bad', error.message, error);
      })
      .finally(() => {
        if (mounted.current) setBusy(false);
      });
  }, []);
  return { busy, run };
}

/**
 * Reads a stream while the component is mounted. Reopens it after every reconnection and when `key` changes.
 * `begin` is called each time it is opened, before the first batch.
 *
 * @param open null while there is nothing to open
 */
export function useStream(
  open: (() => Promise<{ readonly stream: string }>) | null,
  key: unknown,
  handlers: {
    readonly begin: () => void;
    readonly batch: BatchListener;
    readonly failed: (error: ErrorData) => void;
  },
): void {
  const connection = useStore((state) => state.connection);
  const latest = useRef({ open, handlers });
  latest.current = { open, handlers };
  const wanted = open !== null;
  useEffect(() => {
    const opener = latest.current.open;
    if (!wanted || opener === null) return undefined;
    latest.current.handlers.begin();
    return readStream(
      opener,
      (batch) => latest.current.handlers.batch(batch),
      (error) => latest.current.handlers.failed(error),
    );
  }, [wanted, key, connection]);
}
