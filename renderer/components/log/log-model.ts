/**
 * What the logs page keeps of a stream: the last lines in bounded memory, which of them are shown, and where a search
 * finds something. All of it is worked out as lines come: a filter over 100,000 lines never waits for a key press.
 */
import { journalPrefix, levelOf, levels, type Level } from './levels';

/** Lines that are kept at most. */
const linesKept = 100_000;

export interface Line {
  /** Counts all lines that ever came, from 0. */
  readonly id: number;
  readonly text: string;
  /** Where its message begins, after what journald puts before each: that is neither shown in full nor searched. */
  readonly start: number;
  readonly level: Level;
  /** Not of the log: what the dashboard says about it. */
  readonly note?: true;
}

export interface LogModel {
  /** Takes lines in. */
  add(texts: readonly string[]): void;
  /** Takes in a line that is not of the log, and is shown whatever the filter. */
  note(text: string): void;
  clear(): void;
  /** Shows the lines of a level and those that are worse. */
  setLevel(level: Level): void;
  /** '' finds nothing. Capitals do not count. */
  setSearch(text: string): void;
  /** How many lines are shown. */
  readonly shown: number;
  /** Shown lines that went out of memory since the beginning: by how far positions have moved. */
  readonly forgotten: number;
  /** The line at a position of what is shown, from 0. */
  at(position: number): Line | undefined;
  /** How many shown lines a search finds. */
  readonly found: number;
  /** Where the nth find is in what is shown. */
  positionOfFind(find: number): number | undefined;
  /** The first find at or after a position of what is shown; the number of finds where there is none. */
  findFrom(position: number): number;
  /** What is shown, as text. */
  text(): string;
}

/** Rising numbers that are added at the end and dropped at the front. */
interface Queue {
  readonly length: number;
  push(value: number): void;
  dropBelow(value: number): number;
  at(index: number): number | undefined;
  /** Index of the first that is not smaller. */
  search(value: number): number;
  clear(): void;
}

function queue(): Queue {
  let values: number[] = [];
  let head = 0;
  const at = (index: number): number | undefined => values[head + index];
  return {
    get length() {
      return values.length - head;
    },
    push: (value) => void values.push(value),
    dropBelow(value) {
      const before = head;
      while (head < values.length && (values[head] as number) < value) head += 1;
      const dropped = head - before;
      // Now and then, so that it costs nothing a line
      if (head > 10_000 && head * 2 > values.length) {
        values = values.slice(head);
        head = 0;
      }
      return dropped;
    },
    at,
    search(value) {
      let [low, high] = [head, values.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((values[middle] as number) < value) low = middle + 1;
        else high = middle;
      }
      return low - head;
    },
    clear() {
      values = [];
      head = 0;
    },
  };
}

/** @param capacity lines that are kept at most */
export function createLogModel(capacity: number = linesKept): LogModel {
  const ring: (Line | undefined)[] = [];
  /** Ids of the oldest line that is kept, and of the next to come. */
  let first = 0;
  let next = 0;
  let before: Level = 'info';
  let worst = 0;
  let needle = '';
  let forgotten = 0;
  const shown = queue();
  const finds = queue();

  const isShown = (line: Line): boolean => line.note === true || levels.indexOf(line.level) >= worst;
  const isFound = (line: Line): boolean => needle !== '' && line.text.toLowerCase().includes(needle, line.start);
  const get = (id: number): Line | undefined => ring[id % capacity];

  function take(text: string, note?: true): void {
    if (note === undefined) before = levelOf(text, before);
    const start = note === undefined ? (journalPrefix.exec(text)?.[0].length ?? 0) : 0;
    const line: Line = { id: next, text, start, level: note === undefined ? before : 'info', ...(note && { note }) };
    ring[next % capacity] = line;
    next += 1;
    if (isShown(line)) {
      shown.push(line.id);
      if (isFound(line)) finds.push(line.id);
    }
    if (next - first > capacity) first = next - capacity;
  }
  function forget(): void {
    forgotten += shown.dropBelow(first);
    finds.dropBelow(first);
  }
  function review(): void {
    shown.clear();
    finds.clear();
    forgotten = 0;
    for (let id = first; id < next; id += 1) {
      const line = get(id);
      if (line === undefined || !isShown(line)) continue;
      shown.push(id);
      if (isFound(line)) finds.push(id);
    }
  }
  return {
    add(texts) {
      for (const text of texts) take(text);
      forget();
    },
    note(text) {
      take(text, true);
      forget();
    },
    clear() {
      ring.length = 0;
      first = next;
      before = 'info';
      review();
    },
    setLevel(level) {
      worst = levels.indexOf(level);
      review();
    },
    setSearch(text) {
      needle = text.toLowerCase();
      finds.clear();
      if (needle === '') return;
      for (let position = 0; position < shown.length; position += 1) {
        const line = get(shown.at(position) as number);
        if (line !== undefined && isFound(line)) finds.push(line.id);
      }
    },
    get shown() {
      return shown.length;
    },
    get forgotten() {
      return forgotten;
    },
    at(position) {
      const id = shown.at(position);
      return id === undefined ? undefined : get(id);
    },
    get found() {
      return finds.length;
    },
    positionOfFind(find) {
      const id = finds.at(find);
      return id === undefined ? undefined : shown.search(id);
    },
    findFrom(position) {
      const id = shown.at(position);
      return id === undefined ? finds.length : finds.search(id);
    },
    text() {
      const lines: string[] = [];
      for (let position = 0; position < shown.length; position += 1) {
        const line = get(shown.at(position) as number);
        if (line !== undefined && line.note !== true) lines.push(line.text);
      }
      return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
    },
  };
}

/** A text cut where a search finds something: every second part is a find. */
export function cut(text: string, search: string): readonly string[] {
  if (search === '') return [text];
  const [lower, needle] = [text.toLowerCase(), search.toLowerCase()];
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    const found = lower.indexOf(needle, from);
    if (found === -1) return [...parts, text.slice(from)];
    parts.push(text.slice(from, found), text.slice(found, found + needle.length));
    from = found + needle.length;
  }
}
