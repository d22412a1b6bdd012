import { causeText, errorData, type Remedy, type K3sVmError } from '../../core/errors';
import type { Style } from './color';
import { jsonText, printable } from './text';
import { strings } from '../strings';

/** Remedies as text: what each does, then its page and its command on lines of their own. */
export function renderHints(hints: readonly Remedy[], style: Style, indent = '  '): string {
  return hints
    .flatMap(({ text, command, page }) => [
      `${indent}${printable(text).replaceAll('\n', `\n${indent}`)}`,
      ...(page === undefined ? [] : [`${indent}  ${printable(page)}`]),
      ...(command === undefined
        ? []
        : printable(command)
            .split('\n')
            .map((line) => style.cyan(`${indent}  ${line}`))),
    ])
    .join('\n');
}

/** An error for a terminal: what happened, what lies underneath, what to do. */
export function renderError(error: K3sVmError, style: Style, verbose: boolean): string {
  const cause = causeText(error);
  const parts = [`${style.red(style.bold(strings.errors.error))} ${printable(error.message)}`];
  // A wrapped error often repeats its cause; once is enough
  if (cause !== undefined && cause !== '' && !error.message.includes(cause)) {
    const indent = ' '.repeat(strings.errors.cause.length + 3);
    parts.push(style.dim(`  ${strings.errors.cause} ${printable(cause).replaceAll('\n', `\n${indent}`)}`));
  }
  if (error.hints.length > 0) parts.push('', renderHints(error.hints, style));
  if (verbose) {
    const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
    parts.push('', style.dim(`${error.code}\n${printable(stack ?? '')}`));
  }
  return `${parts.join('\n')}\n`;
}

/** An error as one line of JSON. */
export const renderErrorJson = (error: K3sVmError): string => `${jsonText({ error: errorData(error) })}\n`;
