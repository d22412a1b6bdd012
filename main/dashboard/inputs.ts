/**
 * What every call accepts. We do not trust a window to keep to the contract: its page may be compromised.
 */
import { z } from 'zod';
import type { CallName, Input } from '../../preload/api';
import { clusterFixIds, hostFixIds } from '../core/errors';

const nothing = z.null();
const word = z.string().max(1000);
const name = z.string().min(1).max(253);
const lines = z.int().min(0).max(200_000);
const amount = z
  .number()
  .int()
  .positive()
  .max(2 ** 52);
const force = z.boolean().optional();

const inputs = {
  'app.info': nothing,
  'app.preferences': nothing,
  'app.setPreferences': z.strictObject({
    theme: z.enum(['system', 'light', 'dark']).optional(),
    startAtLogin: z.boolean().optional(),
  }),
  'projects.list': nothing,
  'projects.select': z.strictObject({ project: z.string().min(1).max(4096) }),
  'snapshot.get': nothing,
  'snapshot.refresh': nothing,
  'stats.history': nothing,
  'operation.run': z.discriminatedUnion('operation', [
    z.strictObject({ operation: z.literal('setup') }),
    z.strictObject({ operation: z.literal('start'), discardSaved: z.boolean().optional() }),
    z.strictObject({ operation: z.literal('stop'), force, mode: z.enum(['shutdown', 'save']).optional() }),
    z.strictObject({ operation: z.literal('restart'), force }),
    z.strictObject({ operation: z.literal('reset'), confirm: word }),
  ]),
  'operation.cancel': nothing,
  'operation.dismiss': nothing,
  'fix.run': z.strictObject({ fixId: z.enum([...hostFixIds, ...clusterFixIds]) }),
  'doctor.run': nothing,
  'resources.get': nothing,
  'resources.apply': z.strictObject({ cpus: amount, memoryBytes: amount, diskBytes: amount, restart: z.boolean() }),
  'settings.get': nothing,
  'settings.check': z.strictObject({ key: name, text: z.string().max(100_000) }),
  'settings.set': z.strictObject({ key: name, text: z.string().max(100_000), scope: z.enum(['project', 'user']) }),
  'settings.unset': z.strictObject({ key: name, scope: z.enum(['project', 'user']) }),
  'logs.open': z.strictObject({ source: z.enum(['k3s', 'cloud-init', 'console', 'operations']), lines }),
  'logs.openPod': z.strictObject({ namespace: name, pod: name, container: name, lines }),
  'workloads.open': nothing,
  'workloads.restart': z.strictObject({ namespace: name, name }),
  'workloads.delete': z.strictObject({ kind: z.enum(['deployments', 'pods', 'services']), namespace: name, name }),
  'stream.ack': z.strictObject({ stream: name, items: z.int().min(0) }),
  'stream.close': z.strictObject({ stream: name }),
  'support.bundle': nothing,
  'terminal.open': z.strictObject({ what: z.enum(['k9s', 'shell']) }),
} satisfies { readonly [C in CallName]: z.ZodType };

/** The checked input, or what is wrong with it. */
export function checkInput<C extends CallName>(
  call: C,
  input: unknown,
): { readonly value: Input<C> } | { readonly problem: string } {
  const result = inputs[call].safeParse(input);
  return result.success
    ? { value: result.data as Input<C> }
    : { problem: result.error.issues.map(({ path, message }) => `${path.join('.') || call}: ${message}`).join('; ') };
}

export const isCallName = (text: string): text is CallName => Object.hasOwn(inputs, text);
