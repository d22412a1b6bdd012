import { expect, it } from 'vitest';
import { parseUsage } from './usage';

const running = `Domain: 'k3s-demo'
  cpu.time=71234567890
  cpu.user=1
  balloon.current=4194304
  balloon.maximum=4194304
  balloon.rss=1048576
  vcpu.current=2
  vcpu.maximum=2
  net.count=1
  net.0.name=vnet3
  net.0.rx.bytes=1000
  net.0.tx.bytes=2000
  block.count=2
  block.0.name=vda
  block.0.rd.bytes=300
  block.0.wr.bytes=400
  block.1.name=vdb
  block.1.rd.bytes=7
`;

it('adds up disks and cards, and takes the size of QEMU where the guest does not tell', () => {
  expect(parseUsage(running, 5)).toEqual({
    at: 5,
    cpus: 2,
    cpuNs: 71234567890,
    memoryUsedBytes: 2 ** 30,
    memoryTotalBytes: 4 * 2 ** 30,
    diskReadBytes: 307,
    diskWriteBytes: 400,
    networkReceiveBytes: 1000,
    networkSendBytes: 2000,
  });
});

it('believes the guest about its memory', () => {
  const told = `${running}  balloon.available=4000000\n  balloon.usable=3000000\n`;
  expect(parseUsage(told, 0)?.memoryUsedBytes).toBe(1_000_000 * 1024);
});

it('has nothing to say of a domain that does not run', () => {
  expect(parseUsage("Domain: 'k3s-demo'\n  balloon.maximum=4194304\n", 0)).toBeUndefined();
});
