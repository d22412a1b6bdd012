/**
 * The browser's way to the web form's server: calls as POSTs, and everything that is told on one event stream, which is
 * taken up again by itself when it breaks.
 */
import type { Answer, Bridge, CallName, ErrorData, Push } from '../../preload/api';

/** What it needs of a browser. */
export interface Browser {
  readonly fetch: typeof fetch;
  readonly EventSource: typeof EventSource;
  readonly setTimeout: (work: () => void, ms: number) => unknown;
}

const lost: ErrorData = {
  code: 'INTERNAL',
  message: 'The dashboard cannot reach its server.',
  hints: [{ text: 'Is it still running in its terminal? Start it again:', command: 'bin/k3s-vm dashboard --web' }],
  exitStatus: 1,
};

const longestRetryMs = 5000;

/** The bridge of a page that the web form served. */
export function webBridge(browser: Browser = { fetch: fetch.bind(window), EventSource, setTimeout }): Bridge {
  const listeners = new Set<(push: Push) => void>();
  const links = new Set<(connected: boolean) => void>();
  let session: string | undefined;
  /** undefined: not known yet. */
  let connected: boolean | undefined;
  let retryMs = 250;

  const link = (now: boolean): void => {
    connected = now;
    for (const listener of [...links]) listener(now);
  };

  function open(): void {
    const events = new browser.EventSource('/api/events');
    events.addEventListener('hello', (event: MessageEvent<string>) => {
      session = (JSON.parse(event.data) as { readonly session: string }).session;
      retryMs = 250;
      link(true);
    });
    events.addEventListener('push', (event: MessageEvent<string>) => {
      const push = JSON.parse(event.data) as Push;
      for (const listener of [...listeners]) listener(push);
    });
    events.addEventListener('error', () => {
      // Its own retries would keep the old pace for ever, and stop at an answer like 401
      events.close();
      session = undefined;
      if (connected !== false) link(false);
      browser.setTimeout(open, retryMs * (0.75 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    });
  }
  open();

  return {
    async call<C extends CallName>(name: C, input: unknown): Promise<Answer<C>> {
      if (session === undefined) return { ok: false, error: lost };
      try {
        const response = await browser.fetch(`/api/call/${name}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-K3s-Vm-Session': session },
          body: JSON.stringify(input),
        });
        if (!response.ok) return { ok: false, error: { ...lost, cause: `${name}: HTTP ${response.status}` } };
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
