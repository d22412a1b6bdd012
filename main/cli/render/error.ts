import { causeText, errorData, type Remedy, type K3sVmError } from '../../core/errors';
import { outsideQuotes, sh } from '../../core/shell-quote';
import type { Style } from './color';
import { jsonText, printable } from './text';

/** How the user called us, so that a command in a hint can be pasted as it stands. */
export interface Invocation {
  /** `k3s-vm` or the path that was typed. */
  readonly command: string;
  /** Options that hold for every command: `--project`, `--name`, `--connection`. */
  readonly options: readonly (readonly [option: string, value: string])[];
}

/** A command of a hint, as it must be typed here. What is quoted in it is somebody else's text, and none of our commands. */
export function pasteable(command: string, { command: self, options }: Invocation): string {
  let unquoted = '';
  outsideQuotes(command, (text) => (unquoted += text));
  const missing = options.filter(([option]) => !unquoted.includes(`${option} `));
  const prefix = sh`${[self, ...missing.flat()]}`;
  return outsideQuotes(command, (text) =>
    text.replace(/(^|&& )k3s-vm(?= |$)/g, (_, before: string) => before + prefix),
  );
}

/** Hints as text: what it does, then the command on a line of its own. */
export function renderHints(hints: readonly Remedy[], style: Style, invocation: Invocation, indent = '  '): string {
  return hints
    .flatMap(({ text, command, page }) => [
      `${indent}${printable(text).replaceAll('\n', `\n${indent}`)}`,
      ...(page === undefined ? [] : [`${indent}  ${printable(page)}`]),
      ...(command === undefined
        ? []
        : pasteable(printable(command), invocation)
            .split('\n')
            .map((line) => style.cyan(`${indent}  ${line}`))),
    ])
    .join('\n');
}

/** An error for a terminal: what happened, what lies underneath, what to do. */
export function renderError(error: K3sVmError, style: Style, invocation: Invocation, verbose: boolean): string {
  const cause = causeText(error);
  const parts = [`${style.red(style.bold('Error:'))} ${printable(error.message)}`];
  // A wrapped error often repeats its cause; once is enough
  if (cause !== undefined && cause !== '' && !error.message.includes(cause)) {
    parts.push(style.dim(`  Cause: ${printable(cause).replaceAll('\n', '\n         ')}`));
  }
  if (error.hints.length > 0) parts.push('', renderHints(error.hints, style, invocation));
  if (verbose) {
    const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
    parts.push('', style.dim(`${error.code}\n${printable(stack ?? '')}`));
  }
  return `${parts.join('\n')}\n`;
}

/** An error as one line of JSON. */
export const renderErrorJson = (error: K3sVmError): string => `${jsonText({ error: errorData(error) })}\n`;
