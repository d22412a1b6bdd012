/**
 * Words for a shell: commands that are shown to be pasted, and those that a remote shell reads. Text from elsewhere (a
 * file name out of a URL, a node's name, libvirt's words) stays one word in them, whatever is in it.
 */

/**
 * What no pasted text may hold raw: a terminal takes ^C or ESC for a key, inside quotes too, and a reader is misled by
 * text that runs backwards. A line end is none of them: within quotes it is only a line end.
 */
const unprintable = /[\x01-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/**
 * One piece without such characters. Backslashes stand outside the quotes, since fish reads them inside, too; so do
 * dollars, since fish 3.6 trips over them in quotes that follow a "$(…)".
 */
const quotedText = (text: string): string =>
  text
    .split(/(['\\$])/)
    .map((part, i) => (i % 2 === 1 ? `\\${part}` : part === '' ? '' : `'${part}'`))
    .join('');

/** Means itself everywhere. zsh expands a leading "=", every shell a leading "~". */
const plainWord = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

/**
 * A word for a program that reads quotes as a shell does, and nothing else of a shell's language: virsh, of a batch of
 * commands. Nobody is shown it.
 */
export const quoteRaw = (word: string): string => (plainWord.test(word) ? word : quotedText(word) || `''`);

/** The same characters, made by the shell's own printf. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/printf.html */
const printed = (text: string): string =>
  `"$(printf '${[...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}')"`;

/**
 * A word as sh, bash, zsh and fish read it back: exactly this text and nothing else. A NUL is left out, as no program can
 * be given one.
 */
export function shellQuote(word: string): string {
  if (plainWord.test(word)) return word;
  const text = word.replaceAll('\0', '');
  if (text === '') return `''`;
  let quoted = '';
  let end = 0;
  for (const { 0: match, index } of text.matchAll(unprintable)) {
    quoted += quotedText(text.slice(end, index)) + printed(match);
    end = index + match.length;
  }
  return quoted + quotedText(text.slice(end));
}

/** What can stand in a command: a word, or several words. */
export type ShellWord = string | number | readonly string[];

/** A value that is no option, whatever it begins with. Programs that we name take `--` for the end of their options. */
export const operand = (word: string): readonly string[] => (word.startsWith('-') ? ['--', word] : [word]);

/** A command in which every value is quoted: sh`virsh -c ${uri} net-start ${operand(network)}`. */
export const sh = (texts: TemplateStringsArray, ...values: readonly ShellWord[]): string =>
  texts.reduce((command, text, i) => {
    const value = values[i - 1] ?? '';
    const words = Array.isArray(value) ? value : [String(value as string | number)];
    return command + words.map(shellQuote).join(' ') + text;
  });

/**
 * The parts of a command outside quotes, for what is done to a command after it was made.
 *
 * @param replace called with each part that is not in single quotes, nor a character after a backslash
 */
export const outsideQuotes = (command: string, replace: (text: string) => string): string =>
  command.replace(/('[^']*'|\\[^])|(?:(?!'|\\)[^])+/g, (part, quoted: string | undefined) =>
    quoted === undefined ? replace(part) : part,
  );
