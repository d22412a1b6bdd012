import { describe, expect, it } from 'vitest';
import { levelOf } from './levels';

const journal = (text: string): string => `2026-05-04T09:59:00+0000 k3s-shop-3f9a1c k3s[1031]: ${text}`;

describe('levelOf', () => {
  it.each([
    [journal('time="2026-05-04T09:59:00Z" level=info msg="level=error is what it says"'), 'info'],
    [journal('time="2026-05-04T09:59:02Z" level=warning msg="Unable to read"'), 'warning'],
    [journal('time="2026-05-04T09:59:02Z" level=fatal msg="starting kubernetes"'), 'error'],
    [journal('I0504 09:59:01.112233    1031 controller.go:615] error is only a word here'), 'info'],
    [journal('W0504 09:59:01.112233    1031 dispatcher.go:170] Failed calling webhook'), 'warning'],
    [journal('E0504 09:59:04.778899    1031 pod_workers.go:1301] "Error syncing pod"'), 'error'],
    [journal('F0504 09:59:04.778899    1031 server.go:1] cannot'), 'error'],
    [journal('{"level":"warn","ts":"2026-05-04T09:59:00Z","msg":"slow fdatasync"}'), 'warning'],
    [journal('panic: runtime error: invalid memory address'), 'error'],
    ['2026-05-04 09:58:12,101 - util.py[WARNING]: Running module scripts-user failed', 'warning'],
    ['[FAILED] Failed to start k3s.service - Lightweight Kubernetes.', 'error'],
    ['[   12.345678] Kernel panic - not syncing: VFS', 'error'],
    ['[  OK  ] Started ssh.service', 'info'],
    ['Errors found: 0', 'info'],
    ['', 'info'],
  ])('%s', (line, level) => {
    expect(levelOf(line)).toBe(level);
  });

  it('gives a line that goes on the level of the line before', () => {
    expect(levelOf('\tat /go/src/main.go:12', 'error')).toBe('error');
    expect(levelOf(journal('goroutine 1 [running]:'), 'error')).toBe('error');
    expect(levelOf('', 'warning')).toBe('warning');
    expect(levelOf('Started anew', 'error')).toBe('info');
  });
});
