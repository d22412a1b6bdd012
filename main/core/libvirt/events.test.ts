import { describe, expect, it } from 'vitest';
import { changedDomain } from './events';

describe('changedDomain', () => {
  it.each([
    ["event 'lifecycle' for domain 'k3s-demo-0a1b2c': Started Booted", 'k3s-demo-0a1b2c'],
    ["event 'lifecycle' for domain k3s-demo-0a1b2c: Stopped Destroyed", 'k3s-demo-0a1b2c'],
    ["event 'reboot' for domain 'k3s-demo'", 'k3s-demo'],
    ["event 'metadata-change' for domain 'k3s-demo': type element, uri https://example.org/ns", 'k3s-demo'],
    ["2026-01-02 03:04:05.678+0000: event 'lifecycle' for domain 'my vm': Suspended Paused", 'my vm'],
  ])('%s', (line, name) => {
    expect(changedDomain(line)).toBe(name);
  });

  it.each([
    "event 'rtc-change' for domain 'k3s-demo': -1",
    "event 'balloon-change' for domain 'k3s-demo': 4194304KiB",
    "event 'job-completed' for domain 'k3s-demo':",
    '\toperation: 5',
    'events received: 3',
    '',
  ])('no reason to look: %s', (line) => {
    expect(changedDomain(line)).toBeUndefined();
  });
});
