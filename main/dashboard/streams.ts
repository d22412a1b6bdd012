/**
 * What flows to a window without being asked for again: batches at most every 50 ms, and never further ahead of what the
 * window has taken than `streamWindow` items. A source that is not read from waits; that is the back-pressure.
 */
import { randomUUID } from 'node:crypto';
import { streamWindow, type StreamBatch } from '../../preload/api';
import { asK3sVmError, errorData } from '../core/errors';

type Item = StreamBatch['items'][number];

export interface Streams {
  /** Opens one that ends with its source. @returns its id */
  open(source: (signal: AbortSignal) => AsyncIterable<Item>): string;
  /** @param items how many the window has taken since it was opened */
  ack(stream: string, items: number): void;
  close(stream: string): void;
  closeAll(): void;
}

const batchMs = 50;

export function createStreams(send: (batch: StreamBatch) => void): Streams {
  interface Open {
    readonly abort: AbortController;
    sent: number;
    acked: number;
    /** Lets a pump that waits for an ack go on. */
    wake: () => void;
  }
  const streams = new Map<string, Open>();

  async function pump(id: string, stream: Open, source: AsyncIterable<Item>): Promise<void> {
    const { signal } = stream.abort;
    let buffer: Item[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = (): void => {
      clearTimeout(timer);
      timer = undefined;
      if (buffer.length === 0 || signal.aborted) return;
      const items = buffer;
      buffer = [];
      send({ stream: id, items });
    };
    let error: StreamBatch['end'] = {};
    try {
      for await (const item of source) {
        if (signal.aborted) break;
        buffer.push(item);
        stream.sent += 1;
        timer ??= setTimeout(flush, batchMs);
        while (stream.sent - stream.acked >= streamWindow && !signal.aborted) {
          flush();
          await new Promise<void>((resolve) => (stream.wake = resolve));
        }
      }
    } catch (thrown) {
      error = { error: errorData(asK3sVmError(thrown)) };
    }
    flush();
    if (streams.delete(id) && !signal.aborted) send({ stream: id, items: [], end: error });
  }

  const close = (id: string): void => {
    const stream = streams.get(id);
    streams.delete(id);
    stream?.abort.abort();
    stream?.wake();
  };
  return {
    open(source) {
      const id = randomUUID();
      const stream: Open = { abort: new AbortController(), sent: 0, acked: 0, wake: () => undefined };
      streams.set(id, stream);
      void pump(id, stream, source(stream.abort.signal));
      return id;
    },
    ack(id, items) {
      const stream = streams.get(id);
      if (stream === undefined) return;
      stream.acked = Math.max(stream.acked, Math.min(items, stream.sent));
      stream.wake();
    },
    close,
    closeAll: () => [...streams.keys()].forEach(close),
  };
}
