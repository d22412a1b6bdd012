/**
 * One word for one thing, in every text that people read: the glossary of CONTRIBUTING.md. Strings and JSX are taken from
 * the syntax tree, so that names and types may be called what they like; pages and shell scripts are read whole.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** What is not said, and what is said for it. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/\bhibernat\w*/i, 'suspend, resume'],
  [/\bput(s|ting)? aside\b/i, 'suspend'],
  [/\b(go|goes|going|went) on\b/i, 'resume, continue, keep running'],
  [/\bcuts? (off )?the power\b/i, 'force stop'],
  [/\b(is|are|be|was|were) well\b/i, 'healthy'],
  [/\blook(s|ed|ing)? again\b|\blooked \S+( \S+)? ago\b/i, 'check again, checked … ago'],
  [/\banew\b/i, 'regenerate, again'],
  [/\bset up to the end\b/i, 'setup incomplete'],
  [/\bwhat the tools said\b/i, 'Cause:'],
  [/^in order$/im, 'Passed'],
  [/\bnot given to other VMs\b/i, 'Available'],
  [/\b(is|are|was) no more\b/i, 'less than this is free; is gone'],
  [/\bnothing is told\b|\b(is|are) told\b/i, 'No recent events; is reported'],
  [/\bstand(s|ing)? still\b/i, 'paused'],
  [/\bstands? on\b/i, 'uses, needs, is based on'],
  [/\bended by itself\b/i, 'stopped unexpectedly'],
  [/\bclocks? right\b/i, 'corrects its clock'],
  [/\bdoes not listen\b/i, 'does not respond'],
  [/\bwhich of the two\b/i, 'name the setting that decides'],
  [/\b(cannot|can|could|to) be had\b/i, 'available'],
  [/\bwhat will be made\b/i, 'Your cluster'],
  [/\ba cluster can run here\b/i, 'Ready to run a cluster'],
  [/(?<!\bthere )\b(is|are|was) no (file|folder|image|program|list|number|address|regular)\b/i, 'is not a …'],
  [/\bthe (least|most) is\b/i, 'the minimum is, the maximum is'],
  [/\bof no use any ?more\b/i, 'can no longer be used'],
  [/\b(puts?|be put) (\w+ )?right\b/i, 'fix, correct'],
  [/\b(broke|broken) off\b/i, 'was interrupted'],
  [/\bdo not fail either\b/i, 'Benchmarks report; they never fail a build'],
];

/** Comments say why, and name the thing they are about. */
const riddles: readonly (readonly [RegExp, string])[] = [
  [/\bnobody need\b/i, 'say who waits for what'],
  [/\bthe latter\b|\bthe former\b/i, 'name the thing'],
  [/\bis what is not\b|\bwhat is not there\b/i, 'name the thing'],
  [/\bas if nothing had been\b|\bworth failing for\b/i, 'say what happens'],
  [/\bit is what it is\b/i, 'say why'],
];

const root = fileURLToPath(new URL('../..', import.meta.url));

function filesIn(folder: string, fits: (path: string) => boolean): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter(fits);
}

const isSource = (path: string): boolean =>
  /\.tsx?$/.test(path) && !/\.(test|fixture)\.|\.d\.ts$|\/(testing|fake-|recorded)/.test(path);

const sources = ['main', 'preload', 'renderer', 'bench'].flatMap((folder) => filesIn(folder, isSource));
const texts = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'],
  ...['docs', 'bench', 'e2e'].flatMap((folder) => filesIn(folder, (path) => path.endsWith('.md'))),
  ...filesIn('bin', () => true),
  ...filesIn('resources', (path) => path.endsWith('.sh') || path.startsWith('resources/linux/')),
];

/** What a source says to people: its string literals, the texts in its templates, and what stands between JSX tags. */
function stringsOf(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    // A template is one text, whatever its values are
    if (ts.isTemplateExpression(node)) {
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'));
      node.templateSpans.forEach(({ expression }) => visit(expression));
      return;
    }
    if (ts.isStringLiteralLike(node) || ts.isJsxText(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The comments of a source, each as one line. */
function commentsOf(text: string): string[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.JSX, text);
  const found: string[] = [];
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia) {
      found.push(scanner.getTokenText().replace(/\s*\n\s*\*?\s*/g, ' '));
    }
  }
  return found;
}

/** What of the list is in the texts: `"goes on" in "… it goes on …": resume`. */
function offences(found: readonly string[], list: readonly (readonly [RegExp, string])[]): string[] {
  return found.flatMap((text) =>
    list.flatMap(([pattern, better]) => {
      const match = pattern.exec(text);
      if (match === null) return [];
      const around = text.slice(Math.max(0, match.index - 40), match.index + 60).replace(/\s+/g, ' ');
      return [`"${match[0]}" in "${around.trim()}": ${better}`];
    }),
  );
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the glossary', () => {
  it('finds a banned word in a string, a template and JSX, and in nothing else', () => {
    const source = ts.createSourceFile(
      'x.tsx',
      "const hibernate = 'it goes on'; const t = `the pods ${n} are well`; const j = <p>Look again</p>; // is well",
      ts.ScriptTarget.Latest,
      true,
      ts.ScriptKind.TSX,
    );
    expect(offences(stringsOf(source), banned)).toHaveLength(3);
  });

  /** Offences by file. */
  const inAll = (paths: readonly string[], of: (path: string) => string[]): Record<string, string[]> =>
    Object.fromEntries(paths.map((path) => [path, of(path)] as const).filter(([, found]) => found.length > 0));

  it('is kept by strings and comments', () => {
    expect(sources.length).toBeGreaterThan(200);
    const found = inAll(sources, (path) => {
      const text = read(path);
      const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
      const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
      return [...offences(stringsOf(source), banned), ...offences(commentsOf(text), riddles)];
    });
    expect(found).toEqual({});
  });

  it('is kept by pages and shell scripts', () => {
    expect(texts.length).toBeGreaterThan(20);
    const found = inAll(texts, (path) => {
      const paragraphs = read(path)
        .split(/\n\s*\n/)
        .map((paragraph) => paragraph.replace(/[ \t]*\n[ \t#|]*/g, ' '));
      return offences(paragraphs, [...banned, ...(path.endsWith('.md') ? [] : riddles)]);
    });
    expect(found).toEqual({});
  });
});
