/**
 * A container's log, read with node:https. The Kubernetes client's Log reports neither why there is no log (a container
 * that waits for its image) nor that it broke off.
 */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import type { LogLine } from '../../preload/api';
import type { ApiAccess } from '../core/k3s/kubeconfig';
import { apiAccess, apiError, statusMessage } from './kubernetes';
import { strings } from './strings';

export interface PodLogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** How many past lines. */
  readonly lines: number;
}

/** Where the log is asked for (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/). */
function podLogPath({ namespace, pod, container, lines }: PodLogQuery): string {
  const query = new URLSearchParams({ container, follow: 'true', tailLines: String(lines) });
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`;
}

/**
 * A container's log, followed until it ends or the signal is aborted.
 *
 * @throws API_REFUSED, API_UNREACHABLE
 */
export async function* podLog(project: string, query: PodLogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
  try {
    const response = await get(await apiAccess(project), podLogPath(query), signal);
    for await (const text of createInterface({ input: response, crlfDelay: Infinity })) yield { text };
    // readline ends normally even if the response broke off
    if (response.errored !== null) throw response.errored;
  } catch (error) {
    signal.throwIfAborted();
    throw apiError(error, strings.showLog(`${query.namespace}/${query.pod}`));
  }
}

async function get({ server, ca, cert, key }: ApiAccess, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(new URL(path, server), { ca, cert, key, signal, agent: false }, resolve).on('error', reject).end();
  });
  // Without a listener, an error that comes between two reads would end the process
  response.on('error', () => undefined);
  if (response.statusCode === 200) return response;
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const why = statusMessage(body) ?? strings.httpStatus(response.statusCode ?? 0);
  throw Object.assign(new Error(why), { code: response.statusCode, body });
}
