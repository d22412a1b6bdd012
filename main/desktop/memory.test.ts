import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryFile, openMemory } from './memory';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'k3s-vm-memory-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (text: string): void => {
  mkdirSync(dirname(memoryFile({ HOME: home })), { recursive: true });
  writeFileSync(memoryFile({ HOME: home }), text);
};

test('keeps what it is told, over a restart', () => {
  const window = { bounds: { x: 1, y: 2, width: 900, height: 700 }, maximized: false };
  const first = openMemory({ HOME: home });
  first.set({ window });
  first.set({ noTrayTold: true });
  expect(openMemory({ HOME: home }).get()).toEqual({ window, noTrayTold: true });
  expect(readFileSync(memoryFile({ HOME: home }), 'utf8')).toContain('"noTrayTold": true');
});

test.each(['', '{', 'null', '[]', '"x"'])('takes %j for a first start', (text) => {
  write(text);
  expect(openMemory({ HOME: home }).get()).toEqual({});
});

test('leaves out what makes no sense and keeps the rest', () => {
  write(JSON.stringify({ window: { bounds: { x: 'left' } }, project: 'relative', noTrayTold: true }));
  expect(openMemory({ HOME: home }).get()).toEqual({ noTrayTold: true });
});

test('a folder that cannot be written stops nothing', () => {
  const inTheWay = join(home, 'file');
  writeFileSync(inTheWay, '');
  const memory = openMemory({ HOME: inTheWay });
  memory.set({ noTrayTold: true });
  expect(memory.get()).toEqual({ noTrayTold: true });
});
