import { describe, expect, it } from 'vitest';
import { releaseNotes } from './release-notes.mjs';

const changelog = `# Changelog

## [Unreleased]

- Not yet.

## [1.2.0] - 2026-12-01

### Added

- A thing.

## [1.1.0]

- No date.

## [1.0.0] - 2026-11-01

Nothing to list.

## [0.9.0] - 2026-10-01

- The first.

[1.2.0]: https://example.org
`;
const notes = (tag: string, version: string, text = changelog): string =>
  releaseNotes(tag, { changelog: text, versions: { 'package.json': version } });

describe('the notes of a release', () => {
  it('are its section of the changelog', () => {
    expect(notes('v1.2.0', '1.2.0')).toBe('### Added\n\n- A thing.\n');
    expect(notes('v0.9.0', '0.9.0')).toBe('- The first.\n');
  });

  it.each([
    ['1.2.0', '1.2.0', '"1.2.0" is no tag of a release'],
    ['v1.2', '1.2', '"v1.2" is no tag'],
    ['', '1.2.0', '"" is no tag'],
    ['v1.3.0', '1.2.0', 'The tag is v1.3.0, but package.json has version 1.2.0.'],
    ['v1.2.0-rc.1', '1.2.0', 'but package.json has version 1.2.0'],
    ['v1.3.0', '1.3.0', 'CHANGELOG.md has no section "## [1.3.0] - DATE".'],
    ['v1.1.0', '1.1.0', 'has no date'],
    ['v1.0.0', '1.0.0', 'the section of 1.0.0 is empty'],
  ])('are refused for %s where the version is %s', (tag, version, problem) =>
    expect(() => notes(tag, version)).toThrow(problem),
  );
});
