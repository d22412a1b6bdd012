/**
 * Progress of an operation on stderr: a live list on a terminal, lines in a pipe, or JSON lines.
 */
import { formatBytes } from '../../core/config/units';
import type { ProgressEvent } from '../../core/progress';
import type { Output } from '../io';
import type { Style } from './color';
import { displayWidth, formatElapsed, jsonText, printable, truncate } from './text';
import { strings } from '../strings';

export type ProgressMode = 'live' | 'plain' | 'json' | 'none';

/** A step of an operation, or of another command that takes its time (`cache import`). */
export type StepEvent = Omit<ProgressEvent, 'operation'> & { readonly operation: string };

export interface Progress {
  emit(event: StepEvent): void;
  /** Prints a line without disturbing the list. */
  note(line: string): void;
  /** Takes the live part off the screen and gives the cursor back. Safe to call twice. */
  end(): void;
}

export interface ProgressOptions {
  readonly mode: ProgressMode;
  readonly output: Output;
  readonly style: Style;
  readonly now: () => number;
}

/** The mode for `--progress auto`. */
export function autoMode(output: Output, env: Readonly<Record<string, string | undefined>>): ProgressMode {
  return output.isTTY === true && env.TERM !== 'dumb' && !env.CI ? 'live' : 'plain';
}

/** A renderer of progress events. */
export function createProgress(options: ProgressOptions): Progress {
  switch (options.mode) {
    case 'live':
      return liveProgress(options);
    case 'plain':
      return plainProgress(options);
    case 'json':
      return {
        emit: (event) => void options.output.write(`${jsonText(event)}\n`),
        note: (line) => void options.output.write(`${jsonText({ note: line })}\n`),
        end: () => undefined,
      };
    case 'none':
      return { emit: () => undefined, note: (line) => void options.output.write(`${line}\n`), end: () => undefined };
  }
}

const say = strings.progress;

/** `8 s`, where formatElapsed has `8.3 s`: it changes all the time. */
const wholeSeconds = (ms: number): string => formatElapsed(ms).replace(/\.\d+/, '');

/** `42%`, `143 MiB of 341 MiB`, `12 MiB/s`, `8 s left`: as far as they are known, the most telling first. */
function measures({ percent, bytes }: StepEvent): string[] {
  const known: string[] = [];
  const part = percent ?? (bytes?.total ? (100 * bytes.done) / bytes.total : undefined);
  if (part !== undefined) known.push(`${Math.floor(Math.min(100, part))}%`);
  if (bytes !== undefined) {
    known.push(
      bytes.total === undefined
        ? formatBytes(bytes.done)
        : say.amountOf(formatBytes(bytes.done), formatBytes(bytes.total)),
    );
    if (bytes.perSecond !== undefined && bytes.perSecond > 0) {
      known.push(say.perSecond(formatBytes(Math.round(bytes.perSecond))));
      if (bytes.total !== undefined && bytes.total > bytes.done) {
        known.push(
          say.left(wholeSeconds(Math.max(1, Math.round((bytes.total - bytes.done) / bytes.perSecond)) * 1000)),
        );
      }
    }
  }
  return known;
}

const oneLine = (text: string): string =>
  printable(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

function liveProgress({ output, style, now }: ProgressOptions): Progress {
  const active = new Map<string, { event: StepEvent; at: number }>();
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const width = (): number => Math.max(10, (output.columns ?? 80) - 1);

  const activeLine = ({ event, at }: { event: StepEvent; at: number }): string => {
    const head = `${frames[frame % frames.length] ?? ''} ${oneLine(event.title)}`;
    const elapsed = wholeSeconds(event.elapsedMs + now() - at);
    const optional = [
      ...measures(event),
      ...(event.message ? [oneLine(event.message)] : []),
      say.stepOf(event.index, event.total),
    ];
    // What does not fit is left out from the end on; the elapsed time stays, as it shows that something moves
    let line = `${head}  ${elapsed}`;
    const shown: string[] = [];
    for (const part of optional) {
      const longer = `${head}  ${[...shown, part, elapsed].join('  ')}`;
      if (displayWidth(longer) > width()) {
        const room = width() - displayWidth(line) - 2;
        if (part === optional.at(-2) && room > 12) {
          shown.push(truncate(part, room));
          line = `${head}  ${[...shown, elapsed].join('  ')}`;
        }
        continue;
      }
      shown.push(part);
      line = longer;
    }
    const text = truncate(line, width());
    return text.startsWith(head)
      ? style.cyan(head.slice(0, 1)) + head.slice(1) + style.dim(text.slice(head.length))
      : text;
  };

  const doneLine = (event: StepEvent): string => {
    const title = oneLine(event.title);
    const detail = event.message ? oneLine(event.message) : '';
    const time = formatElapsed(event.elapsedMs);
    if (event.state === 'skipped') return style.dim(truncate(`- ${title}${detail ? `  ${detail}` : ''}`, width()));
    const failed = event.state === 'failed';
    const line = truncate(`${failed ? '✗' : '✓'} ${title}  ${detail && !failed ? `${detail}  ` : ''}${time}`, width());
    const mark = failed ? style.red(line.slice(0, 1)) : style.green(line.slice(0, 1));
    const end = 2 + title.length;
    return mark + (failed ? style.bold(line.slice(1, end)) : line.slice(1, end)) + style.dim(line.slice(end));
  };

  /** One write a frame, each line overwritten and then cleared to its end, so that nothing flickers. */
  const draw = (permanent?: string): void => {
    const lines = [...(permanent?.split('\n') ?? []), ...[...active.values()].map(activeLine)];
    const up = drawn > 0 ? `\x1b[${drawn}A\r` : '';
    output.write(`${up}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    drawn = active.size;
  };

  const animate = (): void => {
    if (timer !== undefined) return;
    output.write('\x1b[?25l');
    timer = setInterval(() => {
      frame++;
      draw();
    }, 100);
    timer.unref();
  };

  return {
    emit(event) {
      if (event.state === 'started' || event.state === 'progress') {
        active.set(event.step, { event, at: now() });
        animate();
        // Downloads report often; the timer draws those
        if (event.state === 'started') draw();
        return;
      }
      active.delete(event.step);
      draw(doneLine(event));
    },
    note: (line) => {
      draw(line);
    },
    end() {
      active.clear();
      if (drawn > 0) draw();
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      output.write('\x1b[?25h');
    },
  };
}

/** How often a step may report its progress in a pipe. */
const plainEveryMs = 5000;

function plainProgress({ output, now }: ProgressOptions): Progress {
  const last = new Map<string, { at: number; text: string }>();
  const print = (event: StepEvent, text: string): void => {
    const digits = String(event.total).length;
    output.write(`[${String(event.index).padStart(digits)}/${event.total}] ${oneLine(event.title)}${text}\n`);
    last.set(event.step, { at: now(), text });
  };
  return {
    emit(event) {
      const message = event.message ? oneLine(event.message) : undefined;
      switch (event.state) {
        case 'started':
          return print(event, '');
        case 'progress': {
          const text = ` … ${[...measures(event), ...(message ? [message] : [])].join(', ')}`;
          const before = last.get(event.step);
          if (before === undefined || (now() - before.at >= plainEveryMs && before.text !== text)) print(event, text);
          return;
        }
        case 'done':
          return print(event, `: ${say.done(formatElapsed(event.elapsedMs), message)}`);
        case 'skipped':
          return print(event, `: ${say.skipped(message)}`);
        case 'failed':
          return print(
            event,
            `: ${say.failed(formatElapsed(event.elapsedMs))}${event.error === undefined && message ? `: ${message}` : ''}`,
          );
      }
    },
    note: (line) => void output.write(`${line}\n`),
    end: () => undefined,
  };
}
