/**
 * Configuration files: YAML in, checked values out, with the line of everything that is wrong. Loaded only when there
 * is a file.
 */
import { LineCounter, parseDocument, isMap, isNode, isScalar, type Document } from 'yaml';
import { k3sVmError } from '../errors';
import { settings, type SettingName } from './keys';
import { checkFile, type Problem } from './validation';

export interface FileValue {
  readonly value: unknown;
  readonly line: number;
}

export interface ParsedFile {
  readonly document: Document;
  readonly values: ReadonlyMap<SettingName, FileValue>;
}

/** The line with a problem, as compilers show it. Tabs and control characters would move the mark, so they go. */
function excerpt(source: string, line: number, column: number): string {
  const text = (source.split('\n')[line - 1] ?? '').replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
  const start = Math.max(0, column - 60);
  const number = String(line);
  return `\n    ${number} | ${text.slice(start, start + 100)}\n    ${' '.repeat(number.length)} | ${' '.repeat(column - 1 - start)}^`;
}

/**
 * Parses and checks a configuration file.
 *
 * @param path what error messages call it
 * @param scope the user's file may not have settings that belong to one project
 * @throws CONFIG_INVALID with file:line:column of every problem
 */
export function parseConfigFile(path: string, source: string, scope: 'project' | 'user'): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): { line: number; col: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), col: Math.max(1, col) };
  };
  const report = (offset: number, message: string): string => {
    const { line, col } = at(offset);
    return `${path}:${line}:${col}: ${message}${excerpt(source, line, col)}`;
  };
  const invalid = (problems: readonly string[]): never => {
    throw k3sVmError('CONFIG_INVALID', { where: path, problems });
  };

  if (document.errors.length > 0) {
    invalid(document.errors.slice(0, 5).map((error) => report(error.pos[0], error.message.replace(/\n+$/, ''))));
  }
  const content = ((): unknown => {
    try {
      return document.toJS() as unknown;
    } catch (error) {
      return invalid([`${path}:1:1: ${(error as Error).message}`]);
    }
  })();

  const { values, problems } = checkFile(content);
  const misplaced: Problem[] = [...values.keys()]
    .filter((key) => scope === 'user' && settings[key].projectOnly)
    .map((key) => ({
      path: key.split('.'),
      message: `${key}: belongs into a project's k3s-vm.yaml, not into the user's file`,
    }));
  const all = [...problems, ...misplaced];
  if (all.length > 0) {
    const placed = all.map((problem) => ({ offset: offsetOf(document, problem), message: problem.message }));
    placed.sort((a, b) => a.offset - b.offset);
    invalid(placed.map(({ offset, message }) => report(offset, message)));
  }

  return {
    document,
    values: new Map(
      [...values].map(([key, value]) => [
        key,
        { value, line: at(offsetOf(document, { path: key.split('.'), message: '' })).line },
      ]),
    ),
  };
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
