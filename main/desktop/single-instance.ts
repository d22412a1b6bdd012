/**
 * One app per user: a second start hands what it wants to the first and goes.
 */
import type { App } from 'electron';
import { z } from 'zod';

const schema = z.object({ project: z.string().startsWith('/').optional(), hidden: z.boolean() });

/** What a start asks for. It travels from one process to the other, maybe of another version. */
export type StartRequest = z.infer<typeof schema>;

/** Whether this process is the first; the one that is has been told of `request` where it is not. */
export const takeTurn = (app: App, request: StartRequest): boolean => app.requestSingleInstanceLock(request);

/** Calls `listener` with what every later start asks for. */
export function onSecondStart(app: App, listener: (request: StartRequest) => void): void {
  app.on('second-instance', (_event, _argv, _cwd, data) => listener(schema.catch({ hidden: false }).parse(data)));
}
