/**
 * A log that the host streams live. It is reopened when the host comes back.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ErrorData, LogLine, StreamBatch } from '../../../preload/api';
import { useStream } from '../../state/use';
import { useRedraw } from '../../state/use-redraw';
import { logs as strings } from '../../strings/logs';
import { createLogModel, type LogModel } from './log-model';

export interface Log {
  readonly model: LogModel;
  /** Increases with every change of the model. */
  readonly version: number;
  readonly phase: 'opening' | 'live' | 'ended';
  readonly error: ErrorData | null;
  readonly paused: boolean;
  /** Lines that arrived since it was paused. */
  readonly waiting: number;
  /** Changes the model and shows it. */
  readonly change: (how: (model: LogModel) => void) => void;
  readonly pause: (paused: boolean) => void;
  readonly again: () => void;
}

interface Held {
  readonly batch: StreamBatch;
  readonly taken: () => void;
}

/**
 * @param open null while the log cannot be read; lines read before stay
 * @param key identifies the log: a new key discards the lines of the old one
 * @param kept maximum number of lines kept
 */
export function useLogStream(
  open: (() => Promise<{ readonly stream: string }>) | null,
  key: string,
  kept?: number,
): Log {
  const readable = open !== null;
  const [model] = useState(() => createLogModel(kept));
  const { version, redraw } = useRedraw();
  const [round, setRound] = useState(0);
  const [{ phase, error }, setStatus] = useState<Pick<Log, 'phase' | 'error'>>({ phase: 'opening', error: null });
  const [paused, setPaused] = useState(false);
  const held = useRef<readonly Held[]>([]);

  const change = useCallback(
    (how: (model: LogModel) => void) => {
      how(model);
      redraw();
    },
    [model, redraw],
  );

  function take({ items, dropped, end }: StreamBatch): void {
    if (dropped !== undefined && dropped > 0) model.note(strings.dropped(dropped));
    model.add(items.map((item) => (item as LogLine).text));
    if (end !== undefined) setStatus({ phase: 'ended', error: end.error ?? null });
    else setStatus((before) => (before.phase === 'live' ? before : { phase: 'live', error: null }));
  }
  const release = (): void => {
    const batches = held.current;
    held.current = [];
    for (const { batch, taken } of batches) {
      take(batch);
      taken();
    }
  };
  const pause = (next: boolean): void => {
    setPaused(next);
    if (!next) release();
    redraw();
  };

  useStream(open, `${round} ${key}`, {
    begin() {
      held.current = [];
      setPaused(false);
      model.clear();
      setStatus({ phase: 'opening', error: null });
      redraw();
    },
    batch(batch) {
      redraw();
      if (!paused || batch.end !== undefined) {
        release();
        take(batch);
        return undefined;
      }
      return new Promise((taken) => {
        held.current = [...held.current, { batch, taken }];
      });
    },
    failed: (failure) => setStatus({ phase: 'ended', error: failure }),
  });
  // A log may be empty: after a while it counts as live anyway
  useEffect(() => {
    if (phase !== 'opening' || !readable) return undefined;
    const timer = setTimeout(() => setStatus((before) => (before.phase === 'opening' ? live : before)), settledMs);
    return () => clearTimeout(timer);
  }, [phase, readable]);

  return {
    model,
    version,
    phase,
    error,
    paused,
    waiting: held.current.reduce((sum, { batch }) => sum + batch.items.length, 0),
    change,
    pause,
    again: useCallback(() => setRound((value) => value + 1), []),
  };
}

const live = { phase: 'live', error: null } as const;

/** Milliseconds without a line after which a log counts as empty. Opening an SSH session takes a second or two. */
const settledMs = 4000;
