import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseActivity } from './activity';

const recorded = readFileSync(join(import.meta.dirname, 'recorded', 'domstats-block.txt'), 'utf8');
const stats = `${recorded}  state.state=1
  state.reason=1
  net.count=1
  net.0.name=vnet0
  net.0.rx.bytes=1000
  net.0.rx.pkts=10
  net.0.tx.bytes=2000
  net.0.tx.pkts=20
`;
const log = 'Name:           k3s-try-console.log\nType:           file\nCapacity:       21034\nAllocation:     24576\n';
const before = parseActivity(stats, log);

it('changes when a guest prints, reads, writes, flushes or sends', () => {
  expect(before).toBeDefined();
  expect(parseActivity(stats, log)).toBe(before);
  for (const [counter, more] of [
    ['block.0.rd.reqs=3850', 'block.0.rd.reqs=3851'],
    ['block.0.wr.reqs=1045', 'block.0.wr.reqs=1046'],
    ['block.0.fl.reqs=125', 'block.0.fl.reqs=126'],
    ['net.0.tx.pkts=20', 'net.0.tx.pkts=21'],
  ] as const) {
    expect(stats).toContain(counter);
    expect(parseActivity(stats.replace(counter, more), log), counter).not.toBe(before);
  }
  expect(parseActivity(stats, log.replace('21034', '21035'))).not.toBe(before);
});

it('does not change when a guest is only sent something', () => {
  const sent = stats.replace('rx.bytes=1000', 'rx.bytes=1060').replace('rx.pkts=10', 'rx.pkts=11');
  expect(parseActivity(sent, log)).toBe(before);
});

it('is not known of a domain that is paused or gone', () => {
  expect(parseActivity(stats.replace('state.state=1', 'state.state=3'), log)).toBeUndefined();
  expect(parseActivity('', '')).toBeUndefined();
});

it('goes by the disks alone where there is no card to count and no log', () => {
  expect(parseActivity(`${recorded}  state.state=1\n`, '')).toContain('block.0.rd.reqs=3850');
});
