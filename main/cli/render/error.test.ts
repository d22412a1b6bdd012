import { describe, expect, it } from 'vitest';
import { k3sVmError } from '../../core/errors';
import { createStyle } from './color';
import { pasteable, renderError, renderErrorJson } from './error';

const style = createStyle(false);
const plain = { command: 'k3s-vm', options: [] };
const typed = { command: 'my tools/bin/k3s-vm', options: [['--project', '/a b']] as const };

describe('pasteable', () => {
  it.each([
    ['k3s-vm start', "'my tools/bin/k3s-vm' --project '/a b' start"],
    [
      'k3s-vm config set disk 40GiB && k3s-vm restart',
      "'my tools/bin/k3s-vm' --project '/a b' config set disk 40GiB && 'my tools/bin/k3s-vm' --project '/a b' restart",
    ],
    ['virsh -c qemu:///system list', 'virsh -c qemu:///system list'],
    ['cat k3s-vm.yaml', 'cat k3s-vm.yaml'],
  ])('%s', (command, expected) => expect(pasteable(command, typed)).toBe(expected));
  it('leaves an option alone that the command has', () =>
    expect(pasteable('k3s-vm setup --connection b', { command: 'k3s-vm', options: [['--connection', 'a']] })).toBe(
      'k3s-vm setup --connection b',
    ));
});

describe('renderError', () => {
  const error = k3sVmError('VM_ABSENT', { name: 'x' }, 'error: Domain not found');
  it('has the message, the cause, the hints', () =>
    expect(renderError(error, style, plain, false)).toBe(
      'Error: There is no VM "x" yet.\n  Cause: error: Domain not found\n\n  Make it:\n    k3s-vm setup\n',
    ));
  it('has a stack with --verbose only', () => {
    const internal = k3sVmError('INTERNAL', { what: 'boom' }, new Error('boom'));
    expect(renderError(internal, style, plain, false)).not.toContain('    at ');
    expect(renderError(internal, style, plain, true)).toContain('    at ');
  });
  it('does not say the same twice', () => {
    const internal = k3sVmError('INTERNAL', { what: 'boom' }, new Error('boom'));
    expect(renderError(internal, style, plain, false)).not.toContain('Cause');
  });
  it('lets nobody else steer the terminal', () =>
    expect(renderError(k3sVmError('LIBVIRT', { doing: 'start' }, 'a\x1b]0;x\x07'), style, plain, false)).not.toMatch(
      /[\x1b\x07]/,
    ));
  it('is one line as JSON', () => {
    const text = renderErrorJson(error);
    expect(text.trimEnd()).not.toContain('\n');
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'VM_ABSENT', exitStatus: 5, cause: 'error: Domain not found' },
    });
  });
});
