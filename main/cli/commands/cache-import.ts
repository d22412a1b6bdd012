import { basename, resolve } from 'node:path';
import { formatBytes } from '../../core/config/units';
import { exitStatus, k3sVmError } from '../../core/errors';
import { cacheImport, type ImportOptions, type ImportResult } from '../../core/operations/cache-import';
import type { StepProgress } from '../../core/progress';
import type { Cli } from '../context';
import type { StepEvent } from '../render/progress';
import { printable } from '../render/text';
import { strings } from '../strings';

interface Options {
  readonly as?: string;
  readonly k3sVersion?: string;
  readonly arch?: string;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options, paths: readonly string[]): Promise<number> {
  const arch = archOf(options.arch);
  const results: ImportResult[] = [];
  for (const [i, path] of paths.entries()) {
    const how = { as: options.as, k3sVersion: options.k3sVersion, arch };
    results.push(await importOne(cli, resolve(cli.io.cwd, path), how, i + 1, paths.length));
  }
  cli.progress.end();
  const imported = results.flatMap((result) => result.imported);
  const ignored = results.flatMap((result) => result.ignored);
  if (options.json === true) {
    cli.json({ schemaVersion: 1, imported, ignored });
    return exitStatus.ok;
  }
  const { style } = cli;
  for (const item of imported) {
    const said = strings.cache.imported(formatBytes(item.bytes), item.kind === 'digests' ? undefined : item.verified);
    cli.print(`${style.green('✓')} ${printable(item.key)}${style.dim(`  ${said}`)}`);
  }
  for (const { path, why } of ignored) {
    cli.note(style.dim(`- ${strings.cache.ignored(printable(basename(path)), printable(why))}`));
  }
  return exitStatus.ok;
}

function archOf(text: string | undefined): 'amd64' | 'arm64' | undefined {
  if (text === undefined || text === 'amd64' || text === 'arm64') return text;
  throw k3sVmError('USAGE', {
    problem: strings.usage.arch(text),
    help: 'k3s-vm cache import --help',
  });
}

/** One file or folder, as one step of progress. */
async function importOne(
  cli: Cli,
  path: string,
  options: ImportOptions,
  index: number,
  total: number,
): Promise<ImportResult> {
  const started = cli.io.elapsed();
  const emit = (state: StepEvent['state'], more: StepProgress = {}): void =>
    cli.progress.emit({
      operation: 'cache import',
      step: path,
      title: strings.cache.import(basename(path)),
      index,
      total,
      state,
      elapsedMs: cli.io.elapsed() - started,
      ...more,
    });
  emit('started');
  try {
    const result = await cacheImport(path, options, {
      signal: cli.signal,
      report: (progress) => emit('progress', progress),
    });
    emit('done');
    return result;
  } catch (error) {
    emit('failed');
    throw error;
  }
}
