import type { Output } from '../io';

/** Text styles; each one returns its text unchanged where there is no colour. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  inverse(text: string): string;
}

const codes: Readonly<Record<keyof Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  inverse: [7, 27],
};

/** Whether to colour what goes to this stream. NO_COLOR wins over FORCE_COLOR, both over what the stream is. */
export function wantsColor(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return output.isTTY === true && env.TERM !== 'dumb';
}

/** The styles, for a stream with or without colour. */
export function createStyle(color: boolean): Style {
  const style = (name: keyof Style) => (text: string) =>
    color && text !== '' ? `\x1b[${codes[name][0]}m${text}\x1b[${codes[name][1]}m` : text;
  return Object.fromEntries(
    (Object.keys(codes) as (keyof Style)[]).map((name) => [name, style(name)]),
  ) as unknown as Style;
}
