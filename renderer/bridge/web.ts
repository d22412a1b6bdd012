/**
 * The browser's way to the web dashboard's server: calls as POSTs, and one stream for everything that is told, which is
 * opened again when it breaks. Both are fetches, since EventSource and WebSocket cannot send the secret in a header.
 */
import type { Answer, Bridge, CallName, ErrorData, Push, WebMessage } from '../../preload/api';
import { shell } from '../strings/shell';

/** What it needs of a browser. */
export interface Browser {
  readonly fetch: typeof fetch;
  readonly setTimeout: (work: () => void, ms: number) => unknown;
}

export interface WebBridgeOptions {
  /** Sent with every request. */
  readonly secret: string;
  /** Called when the server does not know the secret: it was started again. The bridge is of no use then. */
  readonly refused: () => void;
}

const lost: ErrorData = {
  code: 'INTERNAL',
  message: shell.hostUnreachable,
  hints: [{ text: shell.hostLostHint, command: shell.hostLostCommand }],
  exitStatus: 1,
};

const longestRetryMs = 5000;

/** The bridge of a page that the web dashboard served. */
export function webBridge(
  { secret, refused }: WebBridgeOptions,
  browser: Browser = { fetch: fetch.bind(window), setTimeout },
): Bridge {
  const listeners = new Set<(push: Push) => void>();
  const links = new Set<(connected: boolean) => void>();
  const authorization = { Authorization: `Bearer ${secret}` };
  let session: string | undefined;
  /** undefined: not known yet. */
  let connected: boolean | undefined;
  let retryMs = 250;

  const link = (now: boolean): void => {
    connected = now;
    for (const listener of [...links]) listener(now);
  };

  function take(message: WebMessage): void {
    if ('session' in message) {
      session = message.session;
      retryMs = 250;
      link(true);
    } else for (const listener of [...listeners]) listener(message.push);
  }

  /** @returns whether the server still knows us */
  async function listen(): Promise<boolean> {
    try {
      const response = await browser.fetch('/api/events', { headers: authorization });
      if (response.status === 401) return false;
      if (response.ok && response.body !== null)
        for await (const line of linesOf(response.body)) if (line !== '') take(JSON.parse(line) as WebMessage);
    } catch {
      // The server is gone, or the connection to it is
    }
    return true;
  }

  async function keepListening(): Promise<void> {
    const known = await listen();
    session = undefined;
    if (!known) return refused();
    if (connected !== false) link(false);
    browser.setTimeout(() => void keepListening(), retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  }
  void keepListening();

  return {
    async call<C extends CallName>(name: C, input: unknown): Promise<Answer<C>> {
      if (session === undefined) return { ok: false, error: lost };
      try {
        const response = await browser.fetch(`/api/call/${name}`, {
          method: 'POST',
          headers: { ...authorization, 'Content-Type': 'application/json', 'X-K3s-Vm-Session': session },
          body: JSON.stringify(input),
        });
        if (!response.ok) return { ok: false, error: { ...lost, cause: shell.httpStatus(name, response.status) } };
        return (await response.json()) as Answer<C>;
      } catch (thrown) {
        return { ok: false, error: { ...lost, cause: String(thrown) } };
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onLink(listener) {
      links.add(listener);
      if (connected !== undefined) listener(connected);
      return () => links.delete(listener);
    },
  };
}

/** The complete lines of a stream, as they come. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    // A long line comes in many pieces: they are not searched again each time
    if (!value.includes(0x0a)) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
