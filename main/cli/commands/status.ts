import { quietCheckMs, type Cluster, type Status } from '../../core/cluster';
import { createStyle } from '../render/color';
import type { Cli } from '../context';
import { renderBrief, renderStatus, statusExit } from '../render/status';
import { jsonText, printableStyled, truncate } from '../render/text';

interface Options {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly brief?: boolean;
}

const intervalMs = 2000;

export async function run(cli: Cli, options: Options): Promise<number> {
  const cluster = await cli.cluster();
  if (options.watch === true) return watch(cli, cluster, options);
  const status = cli.complete(await cluster.status({ signal: cli.signal }));
  if (options.json === true) cli.json(status);
  else if (options.brief === true) cli.print(renderBrief(status, { style: cli.style, command: cli.command }));
  else
    cli.print(
      renderStatus(status, {
        style: cli.style,
        command: cli.command,
        now: cli.io.now(),
        width: cli.io.stdout.columns,
      }),
    );
  return statusExit(status);
}

/** Until Ctrl-C. On a terminal the text stays where it is; in a pipe it is printed when it changes. */
async function watch(cli: Cli, cluster: Cluster, options: Options): Promise<number> {
  const { stdout } = cli.io;
  const live = stdout.isTTY === true && options.json !== true;
  const plain = createStyle(false);
  let drawn = 0;
  let before = '';
  const next = watchedStatus(cluster, cli.signal);
  for (;;) {
    const status = cli.complete(await next());
    if (options.json === true) stdout.write(`${jsonText(status)}\n`);
    else {
      const render = (style: typeof plain, now: number): string =>
        printableStyled(
          options.brief === true
            ? renderBrief(status, { style, command: cli.command })
            : renderStatus(status, { style, command: cli.command, now, width: stdout.columns }),
        );
      if (live) {
        const all = render(cli.style, cli.io.now()).split('\n');
        // A block taller than the screen could not be overwritten
        const lines = all
          .slice(0, Math.max(1, (stdout.rows ?? 24) - 1))
          .map((line) => truncate(line, (stdout.columns ?? 80) - 1));
        const up = drawn > 0 ? `\x1b[${drawn}A\r` : '';
        stdout.write(`${up}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
        drawn = lines.length;
      } else {
        // The time that passes is no change
        const text = render(plain, Date.parse(status.vm.since ?? '') || 0);
        if (text !== before) cli.print(`${before === '' ? '' : '\n'}${text}`);
        before = text;
      }
    }
    await sleep(intervalMs, cli.signal);
  }
}

/**
 * A status for each round. A healthy VM that is saved when it is idle is asked how it is once a minute only: while it is
 * asked, nobody sees whether it is used. Between, libvirt alone is.
 */
export function watchedStatus(cluster: Cluster, signal: AbortSignal): () => Promise<Status> {
  let last: { readonly status: Status; readonly at: number } | undefined;
  return async () => {
    if (cluster.config.autoSuspendMs !== null && last?.status.healthy === true) {
      const vm = await cluster.observe({ signal });
      if (vm.state === 'running' && performance.now() - last.at < quietCheckMs) return { ...last.status, vm };
    }
    const status = await cluster.status({ signal, background: true });
    last = { status, at: performance.now() };
    return status;
  };
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
