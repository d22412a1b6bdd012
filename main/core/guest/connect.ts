/**
 * TCP connections to a guest whose network may come up at any moment.
 */
import { createConnection, type Socket } from 'node:net';

/** A bridge with STP drops what a new port is sent for 4 s, and the kernel repeats a lost SYN after 1, 3 and 7 s only. */
const againMs = 250;

/**
 * Connects, with a fresh attempt every 250 ms beside those under way: one that is not answered says nothing of the next.
 *
 * @param timeoutMs when to give up
 * @returns the socket that connected first
 * @throws the socket's own error when the guest refuses; an error that says how long it was silent; the signal's reason
 */
export function connectToGuest(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    const end = (): void => {
      clearInterval(again);
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      for (const socket of sockets) socket.destroy();
    };
    const fail = (error: Error): void => {
      end();
      reject(error);
    };
    const giveUp = (): void => fail(signal.reason as Error);
    const attempt = (): void => {
      // Not createConnection's own `signal`: its listener outlives a connection that failed, one for each attempt.
      const socket = createConnection({ host, port });
      sockets.add(socket);
      socket.once('error', fail);
      socket.once('connect', () => {
        sockets.delete(socket);
        socket.off('error', fail);
        end();
        resolve(socket);
      });
    };
    const again = setInterval(attempt, againMs);
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    signal.addEventListener('abort', giveUp, { once: true });
    attempt();
  });
}
