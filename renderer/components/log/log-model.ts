/**
 * What the logs page keeps of a stream: the last lines in bounded memory, which of them the filter shows, and which
 * match the search. All of it is updated as lines arrive, so that typing stays fast with 100,000 lines.
 */
import { journalPrefix, levelOf, levels, type Level } from './levels';

/** Maximum number of lines kept. */
const linesKept = 100_000;

export interface Line {
  /** Number of lines that ever came before it. */
  readonly id: number;
  readonly text: string;
  /** Where the message starts, after journald's prefix. The prefix is neither searched nor shown in full. */
  readonly start: number;
  readonly level: Level;
  /** Not part of the log, but a remark of the dashboard. */
  readonly note?: true;
}

export interface LogModel {
  /** Adds lines. */
  add(texts: readonly string[]): void;
  /** Adds a remark of the dashboard, which is shown whatever the filter. */
  note(text: string): void;
  clear(): void;
  /** Shows lines of this level and worse. */
  setLevel(level: Level): void;
  /** '' matches nothing. Case does not matter. */
  setSearch(text: string): void;
  /** How many lines are shown. */
  readonly shown: number;
  /** Shown lines that were dropped from memory so far, which is how far positions have moved. */
  readonly forgotten: number;
  /** The shown line at a position, from 0. */
  at(position: number): Line | undefined;
  /** How many shown lines match the search. */
  readonly found: number;
  /** Position of the nth match among the shown lines. */
  positionOfFind(find: number): number | undefined;
  /** Index of the first match at or after a position; the number of matches if there is none. */
  findFrom(position: number): number;
  /** The shown lines as one text. */
  text(): string;
}

/** A queue of ascending numbers. */
interface Queue {
  readonly length: number;
  push(value: number): void;
  dropBelow(value: number): number;
  at(index: number): number | undefined;
  /** Index of the first number that is not smaller than `value`. */
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
      // Only now and then, so that the cost per line stays negligible
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

/** @param capacity maximum number of lines kept */
export function createLogModel(capacity: number = linesKept): LogModel {
  const ring: (Line | undefined)[] = [];
  /** Ids of the oldest line kept and of the next one to arrive. */
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

/** Splits a text at the matches of a search: every second part is a match. */
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
