import { describe, expect, it } from 'vitest';
import { levelOf, type Level } from './levels';

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
    ['[   12.345678] WARNING: CPU: 0 PID: 1 at mm/page_alloc.c:3', 'warning'],
    ['[   13.100000] EXT4-fs error (device vda1): bad block', 'error'],
    ['[   14.200000] Out of memory: Killed process 1031 (k3s-server)', 'error'],
    ['[   17.000000] eth0: link up', 'info'],
    ["2026-05-04T09:59:00+0000 shop systemd[1]: k3s.service: Failed with result 'exit-code'.", 'error'],
    ['{"time":"2026-05-04T09:59:00Z","operation":"setup","step":"boot","state":"failed"}', 'error'],
    ['{"time":"2026-05-04T09:59:00Z","operation":"setup","step":"boot","state":"done"}', 'info'],
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

  const allOf = (lines: readonly string[]): string[] => {
    let before: Level = 'info';
    return lines.map((line) => (before = levelOf(line, before)));
  };
  it.each([
    [
      'Go',
      [
        'panic: runtime error: invalid memory address',
        '[signal SIGSEGV: segmentation violation code=0x1]',
        '',
        'goroutine 1 [running]:',
        'github.com/k3s-io/k3s/pkg/server.StartServer({0x5f, 0x2})',
        '\t/go/src/server.go:12 +0x1d',
        'k8s.io/apiserver/pkg/server.(*preparedServer).Run(0xc000)',
        'main.main()',
        '\t/go/src/main.go:3 +0x2',
      ].map(journal),
    ],
    [
      'Python',
      ['Traceback (most recent call last):', '  File "util.py", line 3, in main', '    run()', 'ValueError: boom'],
    ],
    [
      'the kernel',
      ['BUG: unable to handle page fault', 'Call Trace:', ' <TASK>'].map((line) => `[   15.000000] ${line}`),
    ],
  ])('takes a stack trace of %s for one error', (_who, lines) => {
    expect(allOf([...lines, 'Started anew'])).toEqual([...lines.map(() => 'error'), 'info']);
  });
});
