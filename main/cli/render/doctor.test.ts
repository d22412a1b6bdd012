import { describe, expect, it } from 'vitest';
import type { DoctorCheck } from '../../core/host/doctor';
import { createStyle } from './color';
import { renderCheck, renderSummary } from './doctor';

const style = createStyle(false);
const ok: DoctorCheck = { id: 'ssh', title: 'ssh', state: 'ok', detail: 'installed', hints: [{ text: 'on top' }] };
const failed: DoctorCheck = {
  id: 'network',
  title: 'Network',
  state: 'failed',
  detail: 'The libvirt network "default" is not active.',
  hints: [{ text: 'Start the network "default":', command: 'k3s-vm doctor --fix', fixId: 'start-network' }],
};

describe('renderCheck', () => {
  it('is one line when nothing is wrong', () =>
    expect(renderCheck(ok, { style })).toBe('✓ ssh                 installed'));
  it('has what to do when not', () =>
    expect(renderCheck(failed, { style, width: 50 })).toBe(
      '✗ Network             The libvirt network\n                      "default" is not active.\n    Start the network "default":\n      k3s-vm doctor --fix',
    ));
});

describe('renderSummary', () => {
  it.each([
    [[ok], false, 'Ready to run a cluster. The check passed.'],
    [[ok, { ...ok, state: 'warning' as const }], false, 'Ready to run a cluster (1 warning).'],
    [[failed], true, 'Not ready to run a cluster: 1 problem to fix first.'],
    [
      [failed, failed],
      false,
      'Not ready to run a cluster: 2 problems to fix first.\nk3s-vm can fix this for you:  bin/k3s-vm doctor --fix\n  - Start the network "default"\n  - Start the network "default"',
    ],
  ])('%#', (checks, fixing, text) =>
    expect(renderSummary(checks, fixing, style, 'bin/k3s-vm doctor --fix')).toBe(text),
  );

  it('ends with one module of all that NixOS lacks, and of nothing that it could have on top', () => {
    const lacks = (state: DoctorCheck['state'], name: string): DoctorCheck => ({
      ...ok,
      state,
      hints: [{ text: 'Add:', command: '…', nixos: { 'environment.systemPackages': [`pkgs.${name}`] } }],
    });
    const checks = [lacks('failed', 'openssh'), lacks('warning', 'kubectl'), lacks('ok', 'k9s')];
    expect(renderSummary(checks, false, style, 'k3s-vm doctor --fix')).toContain(
      '\n\n  { pkgs, ... }:\n  {\n    environment.systemPackages = [ pkgs.openssh pkgs.kubectl ];\n  }',
    );
  });
});
