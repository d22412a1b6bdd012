/**
 * The notes of a release: its section of CHANGELOG.md. Refuses a tag that package.json, package-lock.json and CHANGELOG.md
 * do not agree with.
 *
 *   node tools/release-notes.mjs v1.2.3
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param {string} tag e.g. `v1.2.3`
 * @param {{ readonly changelog: string, readonly versions: Readonly<Record<string, string>> }} files CHANGELOG.md, and the
 *   versions that files name, by file
 * @returns {string} Markdown
 * @throws {Error} what does not agree
 */
export function releaseNotes(tag, { changelog, versions }) {
  const version = /^v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(tag)?.[1];
  if (version === undefined) throw new Error(`"${tag}" is no tag of a release, such as v1.2.3.`);
  for (const [file, named] of Object.entries(versions)) {
    if (named !== version) throw new Error(`The tag is ${tag}, but ${file} has version ${named}.`);
  }
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`[${version}]`));
  const [heading = '', ...lines] = section?.split('\n') ?? [];
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## [${version}] - DATE".`);
  if (!/^\[[^\]]+\] - \d{4}-\d{2}-\d{2}$/.test(heading)) {
    throw new Error(`In CHANGELOG.md the section of ${version} has no date: "## ${heading}".`);
  }
  // Links are defined at the end of the file: they belong to no section
  const notes = lines
    .filter((line) => !/^\[[^\]]+\]: /.test(line))
    .join('\n')
    .trim();
  if (!/^[-*] /m.test(notes)) throw new Error(`In CHANGELOG.md the section of ${version} is empty.`);
  return `${notes}\n`;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = (/** @type {string} */ file) =>
    readFileSync(join(fileURLToPath(new URL('..', import.meta.url)), file), 'utf8');
  const versionIn = (/** @type {string} */ file) => String(JSON.parse(text(file)).version);
  try {
    const files = ['package.json', 'package-lock.json'];
    const versions = Object.fromEntries(files.map((file) => [file, versionIn(file)]));
    process.stdout.write(releaseNotes(process.argv[2] ?? '', { changelog: text('CHANGELOG.md'), versions }));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
