/**
 * logs: what the guest's K3s and cloud-init, its console, and our own operations wrote.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogSource } from '../cluster';
import { k3sVmError } from '../errors';
import { sshLines } from '../guest/ssh';
import { plainText, readConsole } from '../libvirt/console';
import { isRunning, requireVm, sshTarget, type Environment } from './environment';
import { journalFile } from './steps';

export interface LogOptions {
  readonly source: LogSource;
  readonly follow: boolean;
  /** How many past lines; all when undefined. */
  readonly lines?: number;
  readonly signal: AbortSignal;
}

/** How often a file that cannot be watched is looked at. */
const lookEveryMs = 500;

/**
 * Lines of a log, oldest first.
 *
 * @throws VM_ABSENT; VM_NOT_RUNNING for the logs that only a running guest can show; SSH_FAILED
 */
export async function* logs(env: Environment, options: LogOptions): AsyncGenerator<string> {
  switch (options.source) {
    case 'operations':
      yield* followText((offset) => operationLines(env, offset), options);
      return;
    case 'console':
      await requireVm(env, options.signal);
      yield* followText(async (offset) => {
        const text = await readConsole(env.virsh, env.config.name, offset, options.signal);
        return { text: plainText(text), next: offset + Buffer.byteLength(text) };
      }, options);
      return;
    case 'k3s':
      yield* guestLines(env, journalctl(options), options.signal);
      return;
    case 'cloud-init':
      yield* guestLines(env, tail(options), options.signal);
  }
}

const journalctl = ({ lines, follow }: LogOptions): string[] => [
  ...['sudo', 'journalctl', '--unit=k3s', '--no-pager', '--output=short-iso', `--lines=${lines ?? 'all'}`],
  ...(follow ? ['--follow'] : []),
];

const tail = ({ lines, follow }: LogOptions): string[] => [
  ...['sudo', 'tail', '--quiet', `--lines=${lines ?? '+1'}`],
  ...(follow ? ['--follow=name', '--retry'] : []),
  ...['/var/log/cloud-init-output.log', '/var/lib/k3s-vm/provision.log'],
];

async function* guestLines(env: Environment, command: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
  const vm = await requireVm(env, signal);
  if (!isRunning(vm)) throw k3sVmError('VM_NOT_RUNNING', { name: env.config.name, state: vm.state.state });
  yield* sshLines(sshTarget(env, vm.facts.uuid, vm.metadata), command, { signal });
}

async function operationLines(env: Environment, offset: number): Promise<{ text: string; next: number }> {
  const content = await readFile(journalFile(env.config.name)).catch(() => Buffer.alloc(0));
  // A reset deletes the journal, so reading starts over from its beginning.
  const fresh = content.subarray(content.length < offset ? 0 : offset);
  return { text: fresh.toString('utf8'), next: content.length };
}

/** Turns reads from an offset into lines; a last line without its end waits for it while following. */
async function* followText(
  read: (offset: number) => Promise<{ readonly text: string; readonly next: number }>,
  { follow, lines, signal }: LogOptions,
): AsyncGenerator<string> {
  const first = await read(0);
  let offset = first.next;
  let parts = first.text.split('\n');
  let rest = follow ? (parts.pop() ?? '') : '';
  if (!follow && parts.at(-1) === '') parts.pop();
  yield* lines === undefined ? parts : parts.slice(Math.max(0, parts.length - lines));
  while (follow) {
    await sleep(lookEveryMs, undefined, { signal });
    const more = await read(offset);
    offset = more.next;
    parts = (rest + more.text).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
