import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { step } from '../fake-cluster';
import { createStyle } from './color';
import { autoMode, createProgress, type Progress, type ProgressMode } from './progress';

/** A terminal that keeps what is on the screen, as far as our own sequences go. */
function screen(): { write: (text: string) => void; rows: () => string[]; raw: () => string } {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  let all = '';
  const write = (text: string): void => {
    all += text;
    for (const [piece, number, letter] of text.matchAll(/\x1b\[\??(\d*)([A-Za-z])|\r|\n|./gsu)) {
      if (letter === 'A') row = Math.max(0, row - Number(number || 1));
      else if (letter === 'K') lines[row] = (lines[row] ?? '').slice(0, column);
      else if (letter === 'J') {
        lines[row] = (lines[row] ?? '').slice(0, column);
        lines.length = row + 1;
      } else if (letter !== undefined) continue;
      else if (piece === '\r') column = 0;
      else if (piece === '\n') {
        row++;
        column = 0;
        lines[row] ??= '';
      } else {
        const line = [...(lines[row] ?? '').padEnd(column)];
        line[column++] = piece;
        lines[row] = line.join('');
      }
    }
  };
  return { write, rows: () => lines.filter((line) => line !== ''), raw: () => all };
}

const setup = (mode: ProgressMode, columns?: number): { progress: Progress; out: ReturnType<typeof screen> } => {
  const out = screen();
  const output = { write: out.write, isTTY: columns !== undefined, columns };
  return { progress: createProgress({ mode, output, style: createStyle(false), now: Date.now }), out };
};

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const download = { percent: 42, bytes: { done: 143 * 2 ** 20, total: 341 * 2 ** 20, perSecond: 12 * 2 ** 20 } };

describe('live progress', () => {
  it('shows what runs, and keeps what is done', () => {
    const { progress, out } = setup('live', 100);
    progress.emit(step('setup', 1));
    expect(out.rows()).toEqual(['⠋ Step 1  step 1 of 2  0 s']);
    progress.emit(step('setup', 1, { state: 'done', elapsedMs: 1200 }));
    progress.emit(step('setup', 2));
    vi.advanceTimersByTime(3000);
    expect(out.rows()).toEqual(['✓ Step 1  1.2 s', expect.stringMatching(/^. Step 2 {2}step 2 of 2 {2}3 s$/)]);
    progress.emit(step('setup', 2, { state: 'skipped', message: 'there already' }));
    progress.end();
    expect(out.rows()).toEqual(['✓ Step 1  1.2 s', '- Step 2  there already']);
  });

  it('shows percent, bytes, rate and what is left of a download', () => {
    const { progress, out } = setup('live', 120);
    progress.emit(step('setup', 1));
    progress.emit(step('setup', 1, { state: 'progress', ...download }));
    vi.advanceTimersByTime(100);
    expect(out.rows()[0]).toMatch(
      /Step 1 {2}42% {2}143 MiB of 341 MiB {2}12 MiB\/s {2}17 s left {2}step 1 of 2 {2}0 s$/,
    );
  });

  it.each([10, 20, 33, 40, 60, 80])('fits into %d columns', (columns) => {
    const { progress, out } = setup('live', columns);
    progress.emit(step('setup', 1, { title: 'Download the guest image' }));
    progress.emit(
      step('setup', 1, { title: 'Download the guest image', state: 'progress', message: 'x'.repeat(90), ...download }),
    );
    vi.advanceTimersByTime(500);
    expect(out.rows()).toHaveLength(1);
    expect([...(out.rows()[0] ?? '')].length).toBeLessThan(Math.max(11, columns));
    progress.emit(step('setup', 1, { title: 'Download the guest image', state: 'failed', elapsedMs: 5000 }));
    expect(out.rows()[0]).toMatch(/^✗ Downl/);
  });

  it('shows steps that run side by side, and notes above them', () => {
    const { progress, out } = setup('live', 80);
    progress.emit(step('setup', 1));
    progress.emit(step('setup', 2));
    progress.note('a note');
    expect(out.rows()).toEqual(['a note', expect.stringContaining('Step 1'), expect.stringContaining('Step 2')]);
    progress.emit(step('setup', 2, { state: 'done' }));
    expect(out.rows()).toEqual(['a note', '✓ Step 2  0.0 s', expect.stringContaining('Step 1')]);
  });

  it('draws a frame in one write without clearing the screen first', () => {
    const { progress, out } = setup('live', 80);
    progress.emit(step('setup', 1));
    vi.advanceTimersByTime(300);
    expect(out.raw()).not.toContain('\x1b[2J');
  });

  it('gives the cursor back, once', () => {
    const { progress, out } = setup('live', 80);
    progress.end();
    expect(out.raw()).toBe('');
    progress.emit(step('setup', 1));
    progress.end();
    progress.end();
    expect(out.rows()).toEqual([]);
    expect(out.raw().split('\x1b[?25l')).toHaveLength(2);
    expect(out.raw().split('\x1b[?25h')).toHaveLength(2);
  });

  it('does not let text from elsewhere steer the terminal', () => {
    const { progress, out } = setup('live', 80);
    progress.emit(step('setup', 1, { state: 'done', message: 'a\x1b[2Jb\nc' }));
    expect(out.rows()).toEqual(['✓ Step 1  a\\x1b[2Jb c  0.0 s']);
  });
});

describe('plain progress', () => {
  it('has a line for each start and end', () => {
    const { progress, out } = setup('plain');
    progress.emit(step('setup', 1));
    progress.emit(step('setup', 1, { state: 'done', elapsedMs: 1200 }));
    progress.emit(step('setup', 2));
    progress.emit(step('setup', 2, { state: 'failed', elapsedMs: 2000 }));
    expect(out.raw()).toBe(
      '[1/2] Step 1\n[1/2] Step 1: done in 1.2 s\n[2/2] Step 2\n[2/2] Step 2: failed after 2.0 s\n',
    );
  });

  it('speaks every five seconds of a long step, and only of what is new', () => {
    const { progress, out } = setup('plain');
    const report = (percent: number): void => progress.emit(step('setup', 1, { state: 'progress', percent }));
    progress.emit(step('setup', 1));
    for (let second = 0; second < 12; second++) {
      report(second);
      vi.advanceTimersByTime(1000);
    }
    vi.advanceTimersByTime(10_000);
    report(10);
    expect(out.raw()).toBe('[1/2] Step 1\n[1/2] Step 1 … 5%\n[1/2] Step 1 … 10%\n');
  });
});

describe('the other modes', () => {
  it('writes JSON lines', () => {
    const { progress, out } = setup('json');
    progress.emit(step('setup', 1));
    expect(JSON.parse(out.raw())).toEqual(step('setup', 1));
  });
  it('says nothing when it shall not', () => {
    const { progress, out } = setup('none');
    progress.emit(step('setup', 1));
    expect(out.raw()).toBe('');
  });
  it.each([
    [true, {}, 'live'],
    [false, {}, 'plain'],
    [true, { TERM: 'dumb' }, 'plain'],
    [true, { CI: 'true' }, 'plain'],
  ])('auto: terminal %s, %j is %s', (isTTY, env, mode) =>
    expect(autoMode({ write: () => undefined, isTTY }, env)).toBe(mode),
  );
});
