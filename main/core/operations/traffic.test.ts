import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { seeded } from '../testing/random';
import type { Environment } from './environment';
import { waitUntilIdle } from './idle';
import { withIdleLock } from './locks';
import { foreignTraffic, withOwnTraffic } from './traffic';

let state: string;
beforeEach(() => {
  state = tempFolder();
  vi.stubEnv('XDG_STATE_HOME', state);
});
afterEach(() => void vi.unstubAllEnvs());

/** A running VM whose counters the test moves. */
function vm() {
  const counted = { bytes: 5_000_000 };
  const domstats = (): string =>
    `Domain: 'k3s-demo'\n  cpu.time=1\n  balloon.current=1\n  net.0.rx.bytes=1000\n  net.0.tx.bytes=${counted.bytes}\n`;
  const env = {
    uri: 'qemu:///system',
    session: false,
    config: { name: 'k3s-demo' },
    virsh: { expect: () => Promise.resolve(domstats()) },
  } as unknown as Environment;
  return { env, send: (bytes: number) => (counted.bytes += bytes) };
}

/** Bytes of a health check: more than an idle VM has in half a minute. */
const check = 60_000;

describe('our own traffic', () => {
  it('is not counted while the VM is watched, and that of its users is', async () => {
    const { env, send } = vm();
    await withIdleLock(env.uri, env.config.name, async () => {
      const before = (await foreignTraffic(env)) ?? NaN;
      await withOwnTraffic(env, () => Promise.resolve(send(check)));
      expect(await foreignTraffic(env)).toBe(before);
      send(10_000);
      await withOwnTraffic(env, () => Promise.resolve(send(check)));
      expect(await foreignTraffic(env)).toBe(before + 10_000);
    });
  });

  it('costs nothing while nobody watches', async () => {
    const { env, send } = vm();
    const before = (await foreignTraffic(env)) ?? NaN;
    await withOwnTraffic(env, () => Promise.resolve(send(check)));
    expect(await foreignTraffic(env)).toBe(before + check);
  });

  it('is taken from a check that fails, whose error goes on', async () => {
    const { env, send } = vm();
    await withIdleLock(env.uri, env.config.name, async () => {
      const before = await foreignTraffic(env);
      const failing = withOwnTraffic(env, () => {
        send(check);
        return Promise.reject(new Error('no answer'));
      });
      await expect(failing).rejects.toThrow('no answer');
      expect(await foreignTraffic(env)).toBe(before);
    });
  });

  it('of several programs is never seen in part, nor counted twice', async () => {
    const random = seeded(11);
    const { env, send } = vm();
    await withIdleLock(env.uri, env.config.name, async () => {
      const before = await foreignTraffic(env);
      const program = async (): Promise<void> => {
        for (let round = 0; round < 3; round += 1) {
          await withOwnTraffic(env, async () => {
            for (let part = 0; part < 4; part += 1) {
              send(random.int(check));
              await sleep(random.int(10));
            }
          });
          await sleep(random.int(10));
        }
      };
      const seen: unknown[] = [];
      const watch = async (): Promise<void> => {
        for (let reading = 0; reading < 5; reading += 1) {
          seen.push(await foreignTraffic(env));
          await sleep(random.int(20));
        }
      };
      await Promise.all([program(), program(), program(), watch()]);
      expect(new Set(seen)).toEqual(new Set([before]));
    });
  });
});

describe('waiting until a VM is idle', () => {
  const idleMs = 1500;

  /** What waiting comes to while something keeps asking the VM; undefined: it still waits after a while. */
  async function waitedFor(ask: (env: Environment, send: (bytes: number) => void) => Promise<unknown>) {
    const { env, send } = vm();
    const stop = new AbortController();
    const asking = (async () => {
      while (!stop.signal.aborted) {
        await ask(env, send);
        await sleep(200);
      }
    })();
    const waiting = waitUntilIdle(env, idleMs, stop.signal).catch(() => undefined);
    const outcome = await Promise.race([waiting, sleep(3 * idleMs)]);
    stop.abort();
    await Promise.all([asking, waiting]);
    return outcome;
  }

  it('is not kept up by health checks in the background', async () => {
    expect(await waitedFor((env, send) => withOwnTraffic(env, () => Promise.resolve(send(check))))).toBe('idle');
  });

  it('is by the same questions of a user', async () => {
    expect(await waitedFor((_env, send) => Promise.resolve(send(check)))).toBeUndefined();
  });
});
