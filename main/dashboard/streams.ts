/**
 * Streams to a window: batches at most every 50 ms, and never more than `streamWindow` items ahead of what the window has
 * acknowledged. A source waits while it is not read from. That is the back-pressure, and why nothing is ever dropped.
 */
import { randomUUID } from 'node:crypto';
import { streamWindow, type StreamBatch } from '../../preload/api';
import { asK3sVmError, errorData } from '../core/errors';

export type StreamItem = StreamBatch['items'][number];

/** Yields items until the signal is aborted, when it may end or throw. */
export type StreamSource = (signal: AbortSignal) => AsyncIterable<StreamItem>;

export interface Streams {
  /**
   * Opens a stream that ends with its source.
   *
   * @param until ends it too, for example when the VM it reads from stops
   * @returns its id
   */
  open(source: StreamSource, until: AbortSignal): string;
  /** @param items how many items the window has taken since the stream was opened */
  ack(stream: string, items: number): void;
  close(stream: string): void;
  /** Ends all streams, and any that is opened later. */
  closeAll(): void;
}

const batchMs = 50;

interface Open {
  readonly abort: AbortController;
  sent: number;
  acked: number;
  /** Wakes a pump that waits for an ack. */
  wake: () => void;
}

/** The streams of one window. */
export function createStreams(send: (batch: StreamBatch) => void): Streams {
  const streams = new Map<string, Open>();
  let closed = false;

  async function pump(id: string, stream: Open, source: StreamSource): Promise<void> {
    const { signal } = stream.abort;
    const isOpen = (): boolean => streams.has(id);
    let buffer: StreamItem[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = (): void => {
      clearTimeout(timer);
      timer = undefined;
      if (buffer.length === 0 || !isOpen()) return;
      const items = buffer;
      buffer = [];
      send({ stream: id, items });
    };
    let end: NonNullable<StreamBatch['end']> = {};
    try {
      for await (const item of source(signal)) {
        if (signal.aborted) break;
        buffer.push(item);
        stream.sent += 1;
        timer ??= setTimeout(flush, batchMs);
        while (stream.sent - stream.acked >= streamWindow && !signal.aborted) {
          await new Promise<void>((resolve) => (stream.wake = resolve));
        }
      }
    } catch (thrown) {
      if (!signal.aborted) end = { error: errorData(asK3sVmError(thrown)) };
    }
    flush();
    if (isOpen()) send({ stream: id, items: [], end });
    streams.delete(id);
  }

  const stop = (stream: Open): void => {
    stream.abort.abort();
    stream.wake();
  };
  const close = (id: string): void => {
    const stream = streams.get(id);
    streams.delete(id);
    if (stream !== undefined) stop(stream);
  };
  return {
    open(source, until) {
      const id = randomUUID();
      if (closed) return id;
      const stream: Open = { abort: new AbortController(), sent: 0, acked: 0, wake: () => undefined };
      streams.set(id, stream);
      const over = (): void => stop(stream);
      until.addEventListener('abort', over, { once: true });
      if (until.aborted) over();
      void pump(id, stream, source).finally(() => until.removeEventListener('abort', over));
      return id;
    },
    ack(id, items) {
      const stream = streams.get(id);
      if (stream === undefined) return;
      stream.acked = Math.max(stream.acked, Math.min(items, stream.sent));
      stream.wake();
    },
    close,
    closeAll() {
      closed = true;
      [...streams.keys()].forEach(close);
    },
  };
}
