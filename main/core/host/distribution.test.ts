import { describe, expect, it } from 'vitest';
import { parseOsRelease } from './distribution';
import * as recorded from './recorded/os-release';

describe('parseOsRelease', () => {
  it.each([
    [recorded.nixos, { id: 'nixos', name: 'NixOS', version: '25.05', ids: ['nixos'] }],
    [recorded.debian12, { id: 'debian', name: 'Debian GNU/Linux', version: '12', ids: ['debian'] }],
    [recorded.ubuntu2404, { id: 'debian', name: 'Ubuntu', version: '24.04', ids: ['ubuntu', 'debian'] }],
    [recorded.linuxMint, { id: 'debian', name: 'Linux Mint', version: '22.1', ids: ['linuxmint', 'ubuntu', 'debian'] }],
    [recorded.fedora, { id: 'fedora', name: 'Fedora Linux', version: '42', ids: ['fedora'] }],
    [
      recorded.rocky9,
      { id: 'fedora', name: 'Rocky Linux', version: '9.5', ids: ['rocky', 'rhel', 'centos', 'fedora'] },
    ],
    [recorded.centosStream, { id: 'fedora', name: 'CentOS Stream', version: '9', ids: ['centos', 'rhel', 'fedora'] }],
    [recorded.arch, { id: 'arch', name: 'Arch Linux', version: '', ids: ['arch'] }],
    [recorded.manjaro, { id: 'arch', name: 'Manjaro Linux', version: '', ids: ['manjaro', 'arch'] }],
    [
      recorded.tumbleweed,
      {
        id: 'opensuse',
        name: 'openSUSE Tumbleweed',
        version: '20250601',
        ids: ['opensuse-tumbleweed', 'opensuse', 'suse'],
      },
    ],
    [
      recorded.leap,
      { id: 'opensuse', name: 'openSUSE Leap', version: '15.6', ids: ['opensuse-leap', 'suse', 'opensuse'] },
    ],
    [recorded.alpine, { id: 'unknown', name: 'Alpine Linux', version: '3.20.3', ids: ['alpine'] }],
  ])('tells %#', (text, expected) => {
    expect(parseOsRelease(text)).toEqual(expected);
  });

  it('takes a derivative by what it says it is like', () => {
    expect(parseOsRelease('ID=pop\nID_LIKE="ubuntu debian"').id).toBe('debian');
    expect(parseOsRelease('ID=endeavouros\nID_LIKE=arch').id).toBe('arch');
    expect(parseOsRelease('ID="almalinux"\nID_LIKE="rhel centos fedora"').id).toBe('fedora');
  });

  it('follows the quoting of the shell, and survives what is no assignment', () => {
    expect(parseOsRelease(`# comment\nNAME='My "Linux"'\n`).name).toBe('My "Linux"');
    expect(parseOsRelease('NAME="A \\"B\\" \\$C"\nnonsense\n=\n').name).toBe('A "B" $C');
  });

  it('calls nothing at all unknown', () => {
    expect(parseOsRelease('')).toEqual({ id: 'unknown', name: 'Linux', ids: ['linux'], version: '' });
  });
});
