import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatSize, parseDuration, parseSize, roughDuration } from './units';

const GiB = 2 ** 30;

describe('parseSize', () => {
  it.each([
    ['4GiB', 4 * GiB],
    ['4G', 4 * GiB],
    ['4g', 4 * GiB],
    ['4096MiB', 4 * GiB],
    ['1.5 GiB', 1.5 * GiB],
    ['20GB', 20e9],
    ['512b', 512],
  ])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', '4096', '4 apples', '-1GiB', 'GiB', '1e3GiB', '999999999999999TiB'])('refuses %j', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );
});

describe('formatSize', () => {
  it.each(['4GiB', '1536MiB', '1TiB', '3KiB', '7B'])('writes %s as it was read', (text) =>
    expect(formatSize(parseSize(text) ?? 0)).toBe(text),
  );
  it('keeps every byte of a decimal size', () => expect(parseSize(formatSize(20e9))).toBe(20e9));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [4 * GiB, '4 GiB'],
    [1.26 * GiB, '1.3 GiB'],
    [812.4 * 2 ** 20, '812 MiB'],
    [2 ** 20 - 1, '1 MiB'],
    [2.98 * GiB, '3 GiB'],
  ])('shows %d as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['120', 120_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', 'soon', '5 days', '-5s', '5mm'])('refuses %j', (text) => expect(parseDuration(text)).toBeUndefined());

  it.each(['10m', '1h30m', '500ms', '1s500ms', '0s'])('writes %s as it was read', (text) =>
    expect(formatDuration(parseDuration(text) ?? -1)).toBe(text),
  );

  it.each([
    [0, '0 s'],
    [31_400, '31 s'],
    [119_000, '119 s'],
    [180_000, '3 min'],
    [17_999_000, '5 h'],
    [48 * 3_600_000, '2 days'],
  ])('says %d ms as %s', (ms, text) => expect(roughDuration(ms)).toBe(text));
});
