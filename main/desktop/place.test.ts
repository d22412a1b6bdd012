import { expect, test } from 'vitest';
import { placeWindow } from './place';

const left = { x: 0, y: 0, width: 1920, height: 1040 };
const right = { x: 1920, y: 0, width: 1280, height: 1024 };
const at = (x: number, y: number, width = 1000, height = 700) => ({
  bounds: { x, y, width, height },
  maximized: false,
});

test('a first start leaves the place to the desktop', () => {
  expect(placeWindow(undefined, [left])).toEqual({ width: 1180, height: 800 });
});

test('a first start on a small display fits on it', () => {
  expect(placeWindow(undefined, [{ ...left, width: 1024, height: 700 }])).toEqual({ width: 1024, height: 700 });
});

test.each([
  ['where it was', at(100, 50), { x: 100, y: 50 }],
  ['on the second display', at(2000, 100), { x: 2000, y: 100 }],
  ['over both displays', at(1500, 100), { x: 1500, y: 100 }],
  ['half out to the left', at(-500, 100), { x: -500, y: 100 }],
  ['title bar above the display', at(100, -10), { x: 100, y: 0 }],
])('comes back %s', (_, window, place) => {
  expect(placeWindow(window, [left, right])).toEqual({ width: 1000, height: 700, ...place });
});

test.each([
  ['its display is gone', at(2000, 100)],
  ['it is all but out to the left', at(-990, 100)],
  ['it is below', at(100, 1100)],
])('is placed anew when %s', (_, window) => {
  expect(placeWindow(window, [left])).toEqual({ width: 1000, height: 700 });
});

test('is never larger than its display nor smaller than usable', () => {
  expect(placeWindow(at(0, 0, 5000, 4000), [left])).toMatchObject({ width: 1920, height: 1040 });
  expect(placeWindow(at(0, 0, 10, 10), [left])).toMatchObject({ width: 720, height: 520 });
});

test('works where no display is known', () => {
  expect(placeWindow(at(5, 5), [])).toEqual({ width: 1000, height: 700 });
});
