import { useCallback, useRef, useState } from 'react';
import type { ErrorData, WorkloadChange } from '../../../preload/api';
import { call } from '../../state/host';
import { useStream } from '../../state/use';
import { useRedraw } from '../../state/use-redraw';
import { applyChange, nothingKnown, type Known } from './table-state';

export interface Workloads {
  readonly known: Known;
  /** Increases with every change. */
  readonly version: number;
  /** Why the stream could not be opened or ended early. */
  readonly error: ErrorData | null;
  readonly again: () => void;
}

/**
 * The cluster's workloads, live.
 *
 * @param key identifies the cluster; null: no cluster is running
 */
export function useWorkloads(key: string | null): Workloads {
  const known = useRef<Known>(nothingKnown());
  const { version, redraw } = useRedraw();
  const [error, setError] = useState<ErrorData | null>(null);
  const [round, setRound] = useState(0);
  useStream(key === null ? null : () => call('workloads.open', null), `${round} ${key ?? ''}`, {
    begin() {
      known.current = nothingKnown();
      setError(null);
      redraw();
    },
    batch({ items, end }) {
      for (const change of items) applyChange(known.current, change as WorkloadChange, Date.now());
      if (end?.error !== undefined) setError(end.error);
      redraw();
    },
    failed: setError,
  });
  return { known: known.current, version, error, again: useCallback(() => setRound((value) => value + 1), []) };
}
