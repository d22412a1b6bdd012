/**
 * Connections that have not shown the secret yet. Anyone on this machine can open them, so their number and duration are
 * limited: one that is slow or silent blocks no one.
 */
import type { Socket } from 'node:net';

export interface StrangerLimits {
  /** How many may be open. A new one replaces the oldest, so that a flood cannot lock the page out. */
  readonly most: number;
  /** Milliseconds that each may be open, whatever it does. */
  readonly longestMs: number;
}

export interface Strangers {
  /** Takes a new connection. */
  add(socket: Socket): void;
  /** Lifts the limits of a connection: a request on it had the secret. */
  trust(socket: Socket): void;
}

export function createStrangers({ most, longestMs }: StrangerLimits): Strangers {
  // A Map keeps the order of insertion: the first is the oldest
  const timers = new Map<Socket, NodeJS.Timeout>();
  const forget = (socket: Socket): void => {
    clearTimeout(timers.get(socket));
    timers.delete(socket);
  };
  return {
    add(socket) {
      const [oldest] = timers.keys();
      if (timers.size >= most && oldest !== undefined) {
        forget(oldest);
        oldest.destroy();
      }
      timers.set(
        socket,
        setTimeout(() => socket.destroy(), longestMs),
      );
      socket.once('close', () => forget(socket));
    },
    trust: forget,
  };
}
