import { describe, expect, it } from 'vitest';
import { createLogModel, cut, type LogModel } from './log-model';

const texts = (model: LogModel): string[] =>
  Array.from({ length: model.shown }, (_, position) => model.at(position)?.text ?? '?');
const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `line ${from + index}`);

describe('a log', () => {
  it('keeps the last lines, and tells by how much positions moved', () => {
    const model = createLogModel(5);
    model.add(numbered(3));
    expect(texts(model)).toEqual(['line 0', 'line 1', 'line 2']);
    model.add(numbered(6, 3));
    expect(texts(model)).toEqual(['line 4', 'line 5', 'line 6', 'line 7', 'line 8']);
    expect(model.forgotten).toBe(4);
    expect(model.at(0)?.id).toBe(4);
  });

  it('stays right over many times its size, filtered and searched', () => {
    const model = createLogModel(1000);
    model.setLevel('error');
    model.setSearch('7');
    for (let batch = 0; batch < 100; batch += 1)
      model.add(
        Array.from(
          { length: 777 },
          (_, index) => `level=${index % 10 === 0 ? 'error' : 'info'} ${batch * 777 + index}`,
        ),
      );
    const all = Array.from({ length: 100 * 777 }, (_, index) => index).slice(-1000);
    const errors = all.filter((index) => (index % 777) % 10 === 0).map((index) => `level=error ${index}`);
    expect(texts(model)).toEqual(errors);
    expect(model.found).toBe(errors.filter((text) => text.includes('7')).length);
    expect(model.at(model.positionOfFind(0) ?? -1)?.text).toBe(errors.find((text) => text.includes('7')));
  });

  it('shows a level and what is worse, at once and as lines come', () => {
    const model = createLogModel();
    model.add(['level=info a', 'level=warning b', 'level=error c', '\tat d']);
    model.setLevel('error');
    expect(texts(model)).toEqual(['level=error c', '\tat d']);
    model.add(['level=info e', 'level=error f']);
    expect(texts(model)).toEqual(['level=error c', '\tat d', 'level=error f']);
    model.setLevel('warning');
    expect(model.shown).toBe(4);
    model.setLevel('info');
    expect(model.shown).toBe(6);
  });

  it('searches what is shown, whatever the capitals', () => {
    const model = createLogModel();
    model.add(['level=info Pod web', 'level=error pod web', 'level=info node']);
    model.setSearch('POD');
    expect(model.found).toBe(2);
    model.setLevel('error');
    expect(model.found).toBe(1);
    expect(model.positionOfFind(0)).toBe(0);
    model.add(['level=error the pod is back']);
    expect(model.found).toBe(2);
    expect(model.findFrom(1)).toBe(1);
    expect(model.findFrom(2)).toBe(2);
    model.setSearch('');
    expect(model.found).toBe(0);
  });

  it('does not search what journald puts before a message', () => {
    const model = createLogModel();
    model.add([
      '2026-05-04T09:59:00+0000 web k3s[1031]: level=info node',
      '2026-05-04T09:59:00+0000 web k3s[1031]: web',
    ]);
    model.setSearch('web');
    expect(model.found).toBe(1);
    expect(model.text()).toContain('web k3s[1031]: level=info node');
  });

  it('shows its own notes always, and leaves them out of the text', () => {
    const model = createLogModel();
    model.add(['level=info a']);
    model.note('12 lines were left out');
    model.setLevel('error');
    expect(model.at(0)).toMatchObject({ note: true, text: '12 lines were left out' });
    model.setLevel('info');
    expect(model.text()).toBe('level=info a\n');
  });

  it('is empty after it was cleared, and goes on', () => {
    const model = createLogModel(5);
    model.add(numbered(7));
    model.clear();
    expect(texts(model)).toEqual([]);
    expect(model.text()).toBe('');
    model.add(numbered(2, 7));
    expect(texts(model)).toEqual(['line 7', 'line 8']);
  });
});

describe('cut', () => {
  it.each([
    ['no such thing', 'x', ['no such thing']],
    ['Pod and pod', 'pod', ['', 'Pod', ' and ', 'pod', '']],
    ['a.b', '.', ['a', '.', 'b']],
    ['aaa', 'aa', ['', 'aa', 'a']],
    ['whole', '', ['whole']],
  ])('%s at "%s"', (text, search, parts) => {
    expect(cut(text, search)).toEqual(parts);
  });
});
