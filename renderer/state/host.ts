/**
 * How the window talks to its host: through one bridge, with calls that throw on failure and with streams.
 */
import type { Bridge, CallName, ErrorData, Input, Output, StreamBatch } from '../../preload/api';

/** A call that failed; `data` is what to show. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  constructor(readonly data: ErrorData) {
    super(data.message);
  }
}

let bridge: Bridge | undefined;

/** Sets the bridge that calls go through. Called once, before the first call. */
export function useBridge(given: Bridge): void {
  bridge = given;
}

/**
 * Asks the host.
 *
 * @throws CallFailed
 */
export async function call<C extends CallName>(name: C, input: Input<C>): Promise<Output<C>> {
  if (bridge === undefined) throw new Error('no bridge yet');
  const answer = await bridge.call(name, input);
  if (answer.ok) return answer.value;
  throw new CallFailed(answer.error);
}

/** Data to show for whatever was thrown. */
export const errorData = (thrown: unknown): ErrorData =>
  thrown instanceof CallFailed
    ? thrown.data
    : {
        code: 'INTERNAL',
        message: thrown instanceof Error ? thrown.message : String(thrown),
        hints: [],
        exitStatus: 1,
      };

/** If it returns a promise, the batch is acknowledged when that resolves; until then the host sends only so much more. */
export type BatchListener = (batch: StreamBatch) => void | Promise<void>;
const listeners = new Map<string, BatchListener>();
/** Batches that arrived before the answer that names their stream. Kept only while such an answer is pending. */
const early = new Map<string, StreamBatch[]>();
let opening = 0;

/** Passes a batch to the reader of its stream. Called by the store for every `stream` push. */
export function deliver(batch: StreamBatch): void {
  const listener = listeners.get(batch.stream);
  if (listener !== undefined) void listener(batch);
  else if (opening > 0) early.set(batch.stream, [...(early.get(batch.stream) ?? []), batch]);
}

/** Forgets the streams of a lost connection: they will never send anything again. */
export function forgetStreams(): void {
  listeners.clear();
  early.clear();
}

/**
 * Reads a stream until the returned function is called. Every batch is acknowledged once `listener` has taken it.
 *
 * @param open makes the call that opens it
 * @param failed called with the reason if it cannot be opened
 */
export function readStream(
  open: () => Promise<{ readonly stream: string }>,
  listener: BatchListener,
  failed: (error: ErrorData) => void,
): () => void {
  let stream: string | undefined;
  let closed = false;
  let taken = 0;
  const close = (): void => {
    if (stream === undefined) return;
    listeners.delete(stream);
    // A lost host has closed its streams already
    void call('stream.close', { stream }).catch(() => undefined);
  };
  const take: BatchListener = async (batch) => {
    const taking = listener(batch);
    if (batch.end !== undefined) {
      listeners.delete(batch.stream);
      stream = undefined;
    } else if (batch.items.length > 0) {
      await taking;
      taken += batch.items.length;
      await call('stream.ack', { stream: batch.stream, items: taken }).catch(() => undefined);
    }
  };
  opening += 1;
  open().then(
    (opened) => {
      const waiting = early.get(opened.stream) ?? [];
      opening -= 1;
      early.delete(opened.stream);
      if (opening === 0) early.clear();
      stream = opened.stream;
      if (closed) {
        close();
        return;
      }
      listeners.set(stream, take);
      for (const batch of waiting) void take(batch);
    },
    (thrown: unknown) => {
      opening -= 1;
      if (opening === 0) early.clear();
      if (!closed) failed(errorData(thrown));
    },
  );
  return () => {
    closed = true;
    close();
  };
}
