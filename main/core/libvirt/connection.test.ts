import { describe, expect, it } from 'vitest';
import { isRemote } from './connection';

describe('isRemote', () => {
  it.each([
    'qemu://big/system',
    'qemu+ssh://big/system',
    'qemu+ssh://ada@big:2222/system?keyfile=/k',
    'qemu+libssh://big/system',
    'qemu+libssh2://big/session',
    'qemu+tls://[fd00::1]/system',
    'qemu+tcp://10.0.0.1/system',
    'qemu+ssh://big',
    'qemu+ssh://localhost/system',
    'QEMU+SSH://big/system',
    // A program of the user's, which may go anywhere
    'qemu+ext:///system?command=/usr/local/bin/hop',
  ])('%s is', (uri) => expect(isRemote(uri)).toBe(true));

  it.each([
    'qemu:///system',
    'qemu:///session',
    'qemu+unix:///system',
    'qemu+unix:///session?socket=/run/user/1000/libvirt-sock',
    'qemu+unix://localhost/system',
    'qemu+tcp:///system',
    'test:///default',
    'test:///home/ada/node.xml',
    'auto',
  ])('%s is not', (uri) => expect(isRemote(uri)).toBe(false));
});
