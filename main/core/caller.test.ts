import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complete, completeCommand, lastingProgram, programOnPath, type Caller } from './caller';
import { errorData, k3sVmError } from './errors';

const typed: Caller = {
  program: 'my tools/bin/k3s-vm',
  wrappers: 'my tools/bin',
  options: [['--project', '/a b']],
};
const plain: Caller = { program: 'k3s-vm', wrappers: '/opt/k3s-vm/bin', options: [] };
const named: Caller = { program: 'k3s-vm', wrappers: '/opt/k3s-vm/bin', options: [['--name', 'shop']] };

describe('a complete command', () => {
  it.each([
    ['k3s-vm start', "'my tools/bin/k3s-vm' --project '/a b' start"],
    [
      'k3s-vm config set disk 40GiB && k3s-vm restart',
      "'my tools/bin/k3s-vm' --project '/a b' config set disk 40GiB && 'my tools/bin/k3s-vm' --project '/a b' restart",
    ],
    ['virsh -c qemu:///system list', 'virsh -c qemu:///system list'],
    ['cat k3s-vm.yaml', 'cat k3s-vm.yaml'],
    ['kubectl uncordon node', "K3S_VM_PROJECT='/a b' 'my tools/bin/kubectl' uncordon node"],
    ['k9s', "K3S_VM_PROJECT='/a b' 'my tools/bin/k9s'"],
    ["echo 'k3s-vm start'", "echo 'k3s-vm start'"],
    [
      'k3s-vm shell -- sudo k3s kubectl get nodes',
      "'my tools/bin/k3s-vm' --project '/a b' shell -- sudo k3s kubectl get nodes",
    ],
  ])('%s', (command, expected) => expect(completeCommand(command, typed)).toBe(expected));

  it('never is a bare kubectl, which would reach another cluster', () => {
    expect(completeCommand('kubectl get nodes', plain)).toBe('k3s-vm kubectl get nodes');
    expect(completeCommand('kubectl get nodes', named)).toBe('k3s-vm --name shop shell -- sudo k3s kubectl get nodes');
  });

  it('keeps the words of a program that is no path', () => {
    const npx = { ...plain, program: 'npx k3s-vm' };
    expect(completeCommand('k3s-vm start && kubectl get nodes', npx)).toBe(
      'npx k3s-vm start && npx k3s-vm kubectl get nodes',
    );
  });

  it('leaves an option alone that the command has', () =>
    expect(completeCommand('k3s-vm setup --connection b', { ...plain, options: [['--connection', 'a']] })).toBe(
      'k3s-vm setup --connection b',
    ));

  it.each([typed, plain, named, { ...plain, program: 'npx k3s-vm' }])('stays as it is', (caller) => {
    for (const command of ['k3s-vm start && k3s-vm status', 'kubectl get nodes', 'k9s']) {
      const once = completeCommand(command, caller);
      expect(completeCommand(once, caller)).toBe(once);
    }
  });
});

describe('complete data', () => {
  it('has every command complete, and is otherwise the same', () => {
    const data = { vm: { error: errorData(k3sVmError('VM_ABSENT', { name: 'x' })) }, rest: [1, 'k3s-vm', null] };
    expect(complete(data, named)).toEqual({
      ...data,
      vm: { error: { ...data.vm.error, hints: [{ text: 'Create it:', command: 'k3s-vm --name shop setup' }] } },
    });
    const none = { lines: [{ text: 'k3s-vm start' }] };
    expect(complete(none, named)).toBe(none);
  });

  it('may be an error', () => {
    const error = k3sVmError('VM_ABSENT', { name: 'x' }, 'why');
    const { code, message, exitStatus, cause, hints, stack } = complete(error, named);
    expect({ code, message, exitStatus, cause, stack }).toEqual({
      code: error.code,
      message: error.message,
      exitStatus: error.exitStatus,
      cause: 'why',
      stack: error.stack,
    });
    expect(hints[0]?.command).toBe('k3s-vm --name shop setup');
  });
});

describe('the program for what outlives a command', () => {
  it('is what a wrapper says, else the name on PATH that leads to us, else our own path', () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-caller-')));
    try {
      const [bin, other, usr] = ['opt/bin', 'project/bin', 'usr/bin'].map((path) => join(root, path)) as [
        string,
        string,
        string,
      ];
      for (const folder of [bin, other, usr]) mkdirSync(folder, { recursive: true });
      for (const folder of [bin, other]) writeFileSync(join(folder, 'k3s-vm'), '');
      const env = { PATH: `relative:${other}:${usr}` };
      expect(lastingProgram(env, bin)).toBe(join(bin, 'k3s-vm'));
      symlinkSync(join(bin, 'k3s-vm'), join(usr, 'k3s-vm'));
      expect(programOnPath(env, bin)).toBe(join(usr, 'k3s-vm'));
      expect(lastingProgram(env, bin)).toBe(join(usr, 'k3s-vm'));
      expect(lastingProgram({ ...env, K3S_VM_PROGRAM: '/nix/k3s-vm' }, bin)).toBe('/nix/k3s-vm');
      expect(programOnPath(env, join(root, 'gone'))).toBeUndefined();
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
