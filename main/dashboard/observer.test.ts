import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeCore, type FakeCore } from './fake-core';
import { createObserver, type Observer } from './observer';
import { blank, createPicture } from './picture';

const times = { roundMs: 20, idleMs: 20, healthMs: 40, quietHealthMs: 60_000, answerMs: 5000 };

let path: string;
let core: FakeCore;
let observer: Observer;
beforeEach(() => {
  path = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-observer-')));
  core = fakeCore({ HOME: path });
});
afterEach(() => {
  observer.close();
  rmSync(path, { recursive: true });
});

function observe(settings: string): void {
  writeFileSync(join(path, 'k3s-vm.yaml'), settings);
  const picture = createPicture(blank(path, 'k3s-demo', 0), () => undefined);
  observer = createObserver({ core, path, picture, watched: () => true, othersChanged: () => undefined, times });
}

describe('health', () => {
  it('is asked for in the background: it is no use of the VM', async () => {
    observe('name: k3s-demo\n');
    await vi.waitFor(() => expect(core.checks.length).toBeGreaterThan(4), 10_000);
    expect(core.checks.every(({ background }) => background)).toBe(true);
  });

  it('is asked for seldom where the VM is saved when it is idle, and at once when it is wanted', async () => {
    observe('name: k3s-demo\nautoSuspend: 30m\n');
    await vi.waitFor(() => expect(core.checks).toHaveLength(1), 10_000);
    await sleep(10 * times.healthMs);
    expect(core.checks).toHaveLength(1);
    await observer.refresh();
    await vi.waitFor(() => expect(core.checks).toHaveLength(2), 10_000);
  });
});
