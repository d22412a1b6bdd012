import { describe, expect, it } from 'vitest';
import { checkAgainstHost } from './host-limits';
import { loadConfig, type Flags } from './load';

const GiB = 2 ** 30;
const host = { cpus: 4, memory: 16 * GiB };
const check = async (flags: Flags): Promise<string[]> =>
  checkAgainstHost((await loadConfig({ env: { HOME: '/nonexistent' }, flags })).config, host);

describe('checkAgainstHost', () => {
  it('has nothing to say of what fits', async () => expect(await check({ memory: '16GiB', cpus: '4' })).toEqual([]));
  it('warns of more CPUs than there are', async () =>
    expect(await check({ cpus: '8' })).toEqual([expect.stringContaining('cpus is 8, but this host has 4')]));
  it('warns of little memory', async () =>
    expect(await check({ memory: '1GiB' })).toEqual([expect.stringContaining('1 GiB')]));
  it('refuses more memory than there is', async () =>
    expect(check({ memory: '17GiB' })).rejects.toMatchObject({ code: 'NOT_ENOUGH_MEMORY' }));
  it('does not judge another machine', async () =>
    expect(await check({ connection: 'qemu+ssh://big/system', memory: '64GiB', cpus: '64' })).toEqual([]));
});
