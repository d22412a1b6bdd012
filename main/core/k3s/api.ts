/**
 * The few reads of the Kubernetes API that health needs, over node's own https: loading the full client would cost more
 * than the answers. Watching workloads is the dashboard's business and uses @kubernetes/client-node.
 */
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { ApiAccess } from './kubeconfig';

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
  /** The server's clock, from the Date header (whole seconds). */
  readonly date?: Date;
  /** The server certificate's end. */
  readonly certificateEnd?: Date;
}

export interface ApiClient {
  readonly server: string;
  /** @throws the socket's or TLS' own error when there is no answer */
  get(
    path: string,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined },
  ): Promise<ApiAnswer>;
  /** get, parsed; throws unless 200. */
  json<T>(
    path: string,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined },
  ): Promise<T>;
  close(): void;
}

/** A client that keeps its connection. Close it when done. */
export function createApiClient(access: ApiAccess): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ca: access.ca, cert: access.cert, key: access.key });
  const get: ApiClient['get'] = (path, options = {}) =>
    new Promise((resolve, reject) => {
      const timeoutMs = options.timeoutMs ?? 10_000;
      const call = request(
        new URL(path, access.server),
        { agent, timeout: timeoutMs, ...(options.signal === undefined ? {} : { signal: options.signal }) },
        (response) => {
          const chunks: Buffer[] = [];
          const end = (response.socket as TLSSocket).getPeerCertificate().valid_to;
          const { date } = response.headers;
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString('utf8'),
              ...(date === undefined ? {} : { date: new Date(date) }),
              ...(end === undefined ? {} : { certificateEnd: new Date(end) }),
            }),
          );
        },
      );
      call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      call.on('error', reject);
      call.end();
    });
  return {
    server: access.server,
    get,
    async json<T>(path: string, options = {}) {
      const answer = await get(path, options);
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body.slice(0, 200)}`);
      return JSON.parse(answer.body) as T;
    },
    close: () => agent.destroy(),
  };
}
