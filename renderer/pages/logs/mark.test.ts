import { describe, expect, it } from 'vitest';
import { createLogModel, type LogModel } from '../../components/log/log-model';
import { markAt, positionOf, stepFrom, type Mark } from './mark';

const lines = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `line ${from + index}${(from + index) % 10 === 0 ? ' ten' : ''}`);
const textOf = (model: LogModel, mark: Mark | null): string | undefined =>
  model.at(positionOf(model, mark) ?? -1)?.text;

describe('a mark', () => {
  it('stays on its line while older lines go out of memory, and ends with it', () => {
    const model = createLogModel(100);
    model.add(lines(100));
    const mark = markAt(model, 50);
    model.add(lines(50, 100));
    expect(positionOf(model, mark)).toBe(0);
    expect(textOf(model, mark)).toBe('line 50 ten');
    model.add(lines(1, 150));
    expect(positionOf(model, mark)).toBeUndefined();
  });

  it('is void when something else is shown in its place', () => {
    const model = createLogModel();
    model.add(['level=info a', 'level=error b', 'level=info c']);
    const mark = markAt(model, 2);
    model.setLevel('error');
    expect(positionOf(model, mark)).toBeUndefined();
    const other = markAt(model, 0);
    model.clear();
    model.add(['level=error d']);
    expect(positionOf(model, other)).toBeUndefined();
    expect(markAt(model, 7)).toBeNull();
  });
});

describe('stepping through finds', () => {
  const searched = (capacity?: number): LogModel => {
    const model = createLogModel(capacity);
    model.setSearch('ten');
    model.add(lines(35));
    return model;
  };

  it('begins at what is seen and goes around the ends', () => {
    const model = searched();
    const first = stepFrom(model, null, 1, 12);
    expect(textOf(model, first)).toBe('line 20 ten');
    expect(textOf(model, stepFrom(model, null, -1, 12))).toBe('line 10 ten');
    const last = stepFrom(model, first, 1, 0);
    expect(textOf(model, last)).toBe('line 30 ten');
    expect(textOf(model, stepFrom(model, last, 1, 0))).toBe('line 0 ten');
    expect(textOf(model, stepFrom(model, stepFrom(model, last, 1, 0), -1, 0))).toBe('line 30 ten');
    // Nothing at or after what is seen
    expect(textOf(model, stepFrom(model, null, 1, 33))).toBe('line 0 ten');
  });

  it('goes on from its line though finds before it went out of memory', () => {
    const model = searched(35);
    const mark = stepFrom(model, null, 1, 15);
    model.add(lines(18, 35));
    expect(textOf(model, mark)).toBe('line 20 ten');
    expect(textOf(model, stepFrom(model, mark, 1, 0))).toBe('line 30 ten');
  });

  it('begins anew where its line is gone, and finds nothing in nothing', () => {
    const model = searched(35);
    const mark = stepFrom(model, null, 1, 0);
    model.add(lines(35, 35));
    expect(textOf(model, stepFrom(model, mark, 1, 0))).toBe('line 40 ten');
    model.setSearch('no such');
    expect(stepFrom(model, null, 1, 0)).toBeNull();
    expect(stepFrom(model, mark, -1, 0)).toBeNull();
  });
});
