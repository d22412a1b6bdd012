import { type LogSource } from '../../core/cluster';
import { nearest } from '../../core/config/nearest';
import { exitStatus, k3sVmError } from '../../core/errors';
import type { Cli } from '../context';
import { printable } from '../render/text';
import { strings } from '../strings';

interface Options {
  readonly source?: string;
  readonly follow?: boolean;
  readonly lines?: string;
}

const sources: readonly LogSource[] = ['k3s', 'cloud-init', 'console', 'operations'];

export async function run(cli: Cli, { source = 'k3s', follow = false, lines }: Options): Promise<number> {
  if (!isSource(source)) {
    const problem = strings.usage.noLog(source, nearest(source, sources), sources);
    throw k3sVmError('USAGE', { problem, help: 'k3s-vm logs --help' });
  }
  if (lines !== undefined && !/^\d+$/.test(lines)) {
    throw k3sVmError('USAGE', { problem: strings.usage.lines(lines), help: 'k3s-vm logs --help' });
  }
  const cluster = await cli.cluster();
  const terminal = cli.io.stdout.isTTY === true;
  const log = cluster.logs({
    source,
    follow,
    signal: cli.signal,
    ...(lines === undefined ? {} : { lines: Number(lines) }),
  });
  for await (const line of log) {
    // A guest must not steer the user's terminal; a file gets what the guest wrote
    cli.io.stdout.write(`${terminal ? printable(line) : line}\n`);
  }
  cli.signal.throwIfAborted();
  return exitStatus.ok;
}

const isSource = (text: string): text is LogSource => (sources as readonly string[]).includes(text);
