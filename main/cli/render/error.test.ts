import { describe, expect, it } from 'vitest';
import { k3sVmError } from '../../core/errors';
import { createStyle } from './color';
import { renderError, renderErrorJson } from './error';

const style = createStyle(false);

describe('renderError', () => {
  const error = k3sVmError('VM_ABSENT', { name: 'x' }, 'error: Domain not found');
  it('has the message, the cause, the hints', () =>
    expect(renderError(error, style, false)).toBe(
      'Error: There is no VM "x" yet.\n  Cause: error: Domain not found\n\n  Create it:\n    k3s-vm setup\n',
    ));
  it('has a stack with --verbose only', () => {
    const internal = k3sVmError('INTERNAL', { what: 'boom' }, new Error('boom'));
    expect(renderError(internal, style, false)).not.toContain('    at ');
    expect(renderError(internal, style, true)).toContain('    at ');
  });
  it('does not say the same twice', () => {
    const internal = k3sVmError('INTERNAL', { what: 'boom' }, new Error('boom'));
    expect(renderError(internal, style, false)).not.toContain('Cause');
  });
  it('lets nobody else steer the terminal', () =>
    expect(renderError(k3sVmError('LIBVIRT', { doing: 'start' }, 'a\x1b]0;x\x07'), style, false)).not.toMatch(
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
