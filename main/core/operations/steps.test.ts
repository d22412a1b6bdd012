import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { k3sVmError, type K3sVmError } from '../errors';
import type { ProgressEvent } from '../progress';
import { journalFile, runSteps, Steps, type Step } from './steps';

const state = mkdtempSync(join(tmpdir(), 'k3s-vm-test-'));
beforeAll(() => {
  process.env.XDG_STATE_HOME = state;
});
afterAll(() => {
  delete process.env.XDG_STATE_HOME;
  rmSync(state, { recursive: true });
});

const step = (id: string, run: Step['run']): Step => ({ id, title: id, run });
const list = (...steps: Step[]): Steps<undefined> => Steps.from(undefined).do(...steps);
const collect = (): { events: ProgressEvent[]; emit: (event: ProgressEvent) => void } => {
  const events: ProgressEvent[] = [];
  return { events, emit: (event) => events.push(event) };
};

describe('runSteps', () => {
  it('tells of each step in order and keeps a journal', async () => {
    const { events, emit } = collect();
    const steps = list(
      step('one', (work) => Promise.resolve(work.report({ percent: 50 }))),
      step('two', () => Promise.resolve({ skip: 'nothing to do' })),
    );
    await runSteps('setup', 'vm', steps, { signal: new AbortController().signal, emit });
    expect(events.map((e) => `${e.index}/${e.total} ${e.step} ${e.state}`)).toEqual([
      '1/2 one started',
      '1/2 one progress',
      '1/2 one done',
      '2/2 two started',
      '2/2 two skipped',
    ]);
    const lines = readFileSync(journalFile('vm'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { state: string }).state)).toEqual([
      'started',
      'done',
      'started',
      'skipped',
    ]);
  });

  it('keeps a journal that is its user’s alone, without secrets', async () => {
    const path = journalFile('open');
    mkdirSync(dirname(path), { recursive: true });
    chmodSync(dirname(path), 0o755);
    writeFileSync(path, '', { mode: 0o644 });
    const url = 'https://ada:hunter2@mirror/x.img';
    const failing = step('one', () =>
      Promise.reject(k3sVmError('DOWNLOAD_FAILED', { url, why: 'no' }, `token=hunter2`)),
    );
    const context = { signal: new AbortController().signal, emit: () => undefined };
    await expect(runSteps('setup', 'open', list(failing), context)).rejects.toThrow();
    await expect(runSteps('setup', 'new', list(failing), context)).rejects.toThrow();
    for (const file of [path, journalFile('new')]) {
      expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
      expect(readFileSync(file, 'utf8')).toContain('mirror/x.img');
      expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
    }
  });

  it('stops at the first failure and passes the error on', async () => {
    const { events, emit } = collect();
    const failing = step('one', () => Promise.reject(k3sVmError('POOL_FULL', { pool: 'default' })));
    const never = step('two', () => Promise.reject(new Error('must not run')));
    await expect(
      runSteps('setup', 'vm', list(failing, never), { signal: new AbortController().signal, emit }),
    ).rejects.toMatchObject({ code: 'POOL_FULL' });
    expect(events.at(-1)).toMatchObject({ step: 'one', state: 'failed', error: { code: 'POOL_FULL' } });
  });

  it('calls whatever an abort interrupted cancelled, with the way to go on', async () => {
    const abort = new AbortController();
    const interrupted = step('one', () => {
      abort.abort();
      return Promise.reject(new Error('virsh was killed by SIGINT'));
    });
    const error = await runSteps('setup', 'vm', list(interrupted), {
      signal: abort.signal,
      emit: () => undefined,
    }).catch((e: unknown) => e as K3sVmError);
    expect(error).toMatchObject({ code: 'CANCELLED', exitStatus: 130 });
    expect(JSON.stringify((error as K3sVmError).hints)).toContain('k3s-vm setup');
  });

  it('gives each step what was made before it, and ends what steps left running', async () => {
    const given: unknown[] = [];
    let left: AbortSignal | undefined;
    const steps = Steps.from(1)
      .make({ id: 'one', title: 'one', run: (_work, number) => Promise.resolve({ made: `made of ${number}` }) })
      .do({ id: 'two', title: 'two', run: (_work, text) => Promise.resolve(void given.push(text.length)) })
      .do({
        id: 'three',
        title: 'three',
        run: ({ signal }, text) => {
          left = signal;
          given.push(text, signal.aborted);
          return Promise.resolve();
        },
      });
    await runSteps('setup', 'vm', steps, { signal: new AbortController().signal, emit: () => undefined });
    expect(given).toEqual([9, 'made of 1', false]);
    expect(left?.aborted).toBe(true);
  });
});
