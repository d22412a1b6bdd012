/**
 * YAML for readers that are not ours: cloud-init (PyYAML), K3s and kubectl (Go) read YAML 1.1, in which `52:54:00` is a number to
 * base 60, `yes` a boolean, `010` eight and `2001-01-01` a date. A plain scalar that YAML 1.2 takes for text is therefore
 * none here: every text is quoted, in the form that JSON, YAML 1.1 and YAML 1.2 read alike.
 * https://yaml.org/type/
 */

/** A key that no reader takes for anything but text. The words are booleans, or null, in some letter case. */
const plainKey = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][\w-]*$/i;

/** JSON's escapes are YAML's too. Beyond ASCII there are line breaks (U+0085, U+2028) and characters PyYAML refuses. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });

/** `1e-7` is text in YAML 1.1: it wants a decimal point. */
function numeral(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return JSON.stringify(value).replace(/^(-?\d+)e/, '$1.0e');
}

function scalar(value: unknown): string {
  if (typeof value === 'number') return numeral(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? quoted(value) : 'null';
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The lines of a value, and whether they must stand on lines of their own below a key. */
function layOut(value: unknown): { readonly lines: readonly string[]; readonly below: boolean } {
  if (Array.isArray(value)) {
    const lines = value.flatMap((item) => layOut(item).lines.map((line, i) => `${i === 0 ? '-' : ' '} ${line}`));
    return lines.length > 0 ? { lines, below: true } : { lines: ['[]'], below: false };
  }
  if (isMap(value)) {
    const lines = Object.entries(value).flatMap(([name, entry]) => {
      if (entry === undefined) return [];
      const key = plainKey.test(name) ? name : quoted(name);
      const { lines: rest, below } = layOut(entry);
      return below ? [`${key}:`, ...rest.map((line) => `  ${line}`)] : [`${key}: ${rest.join('')}`];
    });
    return lines.length > 0 ? { lines, below: true } : { lines: ['{}'], below: false };
  }
  return { lines: [scalar(value)], below: false };
}

/**
 * Writes what a reader of YAML 1.1 reads back as it was: texts as texts, numbers as numbers, booleans as booleans.
 *
 * @param value of maps, lists, texts, numbers, booleans and null; entries that are undefined are left out
 * @returns the document in ASCII, with a line break at its end
 */
export const yaml11 = (value: unknown): string => `${layOut(value).lines.join('\n')}\n`;
