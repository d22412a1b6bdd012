/**
 * Does the host itself reach the internet? Only then does it mean anything that a guest does not.
 */
import { createConnection } from 'node:net';

/** @param probe `host:port` */
export function hostHasInternet(probe: string, signal?: AbortSignal): Promise<boolean> {
  const at = probe.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host: probe.slice(0, at), port: Number(probe.slice(at + 1)) });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1500, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    signal?.addEventListener('abort', () => finish(false), { once: true });
  });
}
