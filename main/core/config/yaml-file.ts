/**
 * Configuration files: YAML in, checked values out, with the line of everything that is wrong. Loaded only when there
 * is a file.
 */
import { Lexer, LineCounter, parseDocument, isMap, isNode, isScalar, visit, type Document, type Node } from 'yaml';
import { k3sVmError } from '../errors';
import type { SettingName } from './settings';
import { checkFile, type Problem } from './validation';

export interface FileValue {
  readonly value: unknown;
  readonly line: number;
}

export interface ParsedFile {
  readonly document: Document;
  readonly values: ReadonlyMap<SettingName, FileValue>;
  /** A message about a value of it, with its place and line, as those of CONFIG_INVALID are. */
  readonly locate: (key: SettingName, message: string) => string;
}

/** Far more than settings have, and few enough to be parsed in a moment: the parser takes up to 50 µs for each. */
const tokenLimit = 20_000;
/** Problems that are told at once. */
const problemLimit = 10;

/** The line with a problem, as compilers show it. Tabs and control characters would move the mark, so they go. */
function excerpt(source: string, line: number, column: number): string {
  const text = (source.split('\n')[line - 1] ?? '').replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
  const start = Math.max(0, column - 60);
  const number = String(line);
  return `\n    ${number} | ${text.slice(start, start + 100)}\n    ${' '.repeat(number.length)} | ${' '.repeat(column - 1 - start)}^`;
}

/**
 * Parses and checks a configuration file; whether it may set what it sets is assertScope's to say.
 *
 * @param path what error messages call it
 * @throws CONFIG_INVALID with file:line:column of every problem
 */
export function parseConfigFile(path: string, source: string): ParsedFile {
  const lines = new LineCounter();
  const at = (offset: number): { line: number; col: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), col: Math.max(1, col) };
  };
  const report = (offset: number, message: string): string => {
    const { line, col } = at(offset);
    return `${path}:${line}:${col}: ${message}${excerpt(source, line, col)}`;
  };
  const invalid = (problems: readonly string[]): never => {
    const more = problems.length - problemLimit;
    throw k3sVmError('CONFIG_INVALID', {
      where: path,
      problems: more > 0 ? [...problems.slice(0, problemLimit), `and ${more} more`] : problems,
    });
  };

  if (!isShort(source)) invalid(['has too many values for a settings file']);
  const document = parse(source, lines) ?? invalid(['is nested too deeply']);
  if (document.errors.length > 0) {
    invalid(document.errors.slice(0, 5).map((error) => report(error.pos[0], error.message.replace(/\n+$/, ''))));
  }
  const flaw = flawOf(document);
  if (flaw !== undefined) invalid([report(flaw.node.range?.[0] ?? 0, flaw.message)]);
  const content = ((): unknown => {
    try {
      return document.toJS() as unknown;
    } catch (error) {
      // Of a file that parsed, only this is left: https://eemeli.org/yaml/#tojs-options (maxAliasCount)
      return invalid([`uses aliases too often (${(error as Error).message})`]);
    }
  })();

  const { values, problems } = checkFile(content);
  if (problems.length > 0) {
    const placed = problems.map((problem) => ({ offset: offsetOf(document, problem), message: problem.message }));
    placed.sort((a, b) => a.offset - b.offset);
    invalid(placed.map(({ offset, message }) => report(offset, message)));
  }

  const offsetAt = (key: SettingName): number => offsetOf(document, { path: key.split('.'), message: '' });
  return {
    document,
    values: new Map([...values].map(([key, value]) => [key, { value, line: at(offsetAt(key)).line }])),
    locate: (key, message) => report(offsetAt(key), message),
  };
}

function isShort(source: string): boolean {
  let tokens = 0;
  for (const _ of new Lexer().lex(source)) if ((tokens += 1) > tokenLimit) return false;
  return true;
}

/** undefined where it is nested more deeply than the stack. */
function parse(source: string, lineCounter: LineCounter): Document | undefined {
  const isStack = (error: Error): boolean => error.message.includes('Maximum call stack size exceeded');
  try {
    const document = parseDocument(source, { lineCounter, prettyErrors: false });
    return document.errors.some(isStack) ? undefined : document;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What is YAML and no settings: an alias within the node that it stands for, which has no end; a key that is no word. */
function flawOf(document: Document): { readonly node: Node; readonly message: string } | undefined {
  let flaw: ReturnType<typeof flawOf>;
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (target === undefined || !path.includes(target)) return undefined;
      flaw = { node: alias, message: `*${alias.source} refers to a value that contains it` };
      return visit.BREAK;
    },
    Pair(_, { key }) {
      if (!isNode(key) || (isScalar(key) && !(key.value instanceof Object))) return undefined;
      flaw = { node: key, message: 'a key must be a plain word' };
      return visit.BREAK;
    },
  });
  return flaw;
}

function offsetOf(document: Document, problem: Problem): number {
  const parent: unknown = problem.path.length === 0 ? document.contents : document.getIn(problem.path, true);
  if (problem.unknownKey !== undefined && isMap(parent)) {
    const pair = parent.items.find(
      ({ key }) => (isScalar(key) ? String(key.value) : String(key)) === problem.unknownKey,
    );
    if (isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
  }
  if (isNode(parent)) return parent.range?.[0] ?? 0;
  return 0;
}
