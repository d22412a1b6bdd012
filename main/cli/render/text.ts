/**
 * Text on a terminal: width, cutting, control characters.
 */

import { strings } from '../strings';

// Styles are the only escape sequences of our own text
const styles = /\x1b\[[\d;]*m/g;
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;
const zero = /\p{M}|\u200b|\u200d|\ufe0f/u;

const charWidth = (char: string): number => (zero.test(char) ? 0 : wide.test(char) ? 2 : 1);

/** Columns a text takes up; styles take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text.replace(styles, '')) width += charWidth(char);
  return width;
}

/** Cuts a text to a number of columns, with an ellipsis where something is lost. Styles survive. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns <= 0) return '';
  let result = '';
  let width = 0;
  let styled = false;
  for (const [piece] of text.matchAll(/\x1b\[[\d;]*m|./gsu)) {
    if (piece.startsWith('\x1b')) {
      result += piece;
      styled = true;
      continue;
    }
    if (width + charWidth(piece) > columns - 1) break;
    result += piece;
    width += charWidth(piece);
  }
  return `${result}…${styled ? '\x1b[0m' : ''}`;
}

/** Fills a text up to a number of columns. */
export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - displayWidth(text)));

/**
 * Text from elsewhere (libvirt, the guest, a file) made safe to print: no control characters but new lines, no
 * bidirectional overrides.
 */
export const printable = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '    ')
    .replace(
      /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g,
      (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );

/** The same where the text has styles of ours in it, which stay. */
export const printableStyled = (text: string): string =>
  text
    .split(/(\x1b\[[\d;]*m)/)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');

/** JSON that is harmless on a terminal: it escapes less by itself than a terminal obeys. @param indent spaces */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    /[\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Breaks lines at words so that they fit; a word that is too long stays whole, so that it can be copied. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    const indent = /^ */.exec(paragraph)?.[0] ?? '';
    let line = '';
    for (const word of paragraph.trim().split(/ +/)) {
      const longer = line === '' ? indent + word : `${line} ${word}`;
      if (line !== '' && displayWidth(longer) > columns) {
        lines.push(line);
        line = indent + word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}

/** Time that something took or takes: `0.4 s`, `34 s`, `1 min 03 s`, `2 h 05 min`. */
export function formatElapsed(ms: number): string {
  if (ms < 9950) return strings.time.seconds((ms / 1000).toFixed(1));
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return strings.time.seconds(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 3600) return strings.time.minutes(Math.floor(seconds / 60), two(seconds % 60));
  return strings.time.hours(Math.floor(seconds / 3600), two(Math.floor((seconds % 3600) / 60)));
}

/** How long ago, in one unit: `3 min ago`. */
export function formatAgo(iso: string, now: number): string {
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  if (!Number.isFinite(seconds)) return iso;
  if (seconds < 5) return strings.time.now;
  const units = [
    ['day', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units[3];
  return strings.time.ago(Math.floor(seconds / length), unit);
}
