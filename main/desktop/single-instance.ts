/**
 * One app per user: a second start passes its request to the first one and exits.
 */
import type { App } from 'electron';
import { z } from 'zod';

const schema = z.object({ project: z.string().startsWith('/').optional(), hidden: z.boolean() });

/** What a start asks for. It is sent to another process, which may be of another version. */
export type StartRequest = z.infer<typeof schema>;

/** Whether this process is the first. If not, `request` has been sent to the first one. */
export const takeTurn = (app: App, request: StartRequest): boolean => app.requestSingleInstanceLock(request);

/** Calls `listener` with what every later start asks for. */
export function onSecondStart(app: App, listener: (request: StartRequest) => void): void {
  app.on('second-instance', (_event, _argv, _cwd, data) => listener(schema.catch({ hidden: false }).parse(data)));
}
