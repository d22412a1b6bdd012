import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { endianness } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isOwnUser, socketOwner } from './peer';

const server = { address: '127.0.0.1', port: 40837 };
const client = (port: number, address = '127.0.0.1') => ({ address, port });

/** Recorded from a little-endian machine, with other users' sockets put in. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9F85 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0
   1: 0100007F:C350 0100007F:9F85 01 00000000:00000000 00:00000000 00000000  1001        0 41001 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C351 0100007F:9F85 01 00000000:00000000 00:00000000 00000000  1000        0 41002 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:C352 0100007F:9F85 05 00000000:00000000 00:00000000 00000000     0        0 0 2 0000000000000000
   4: 0500000A:C353 0100007F:9F85 01 00000000:00000000 00:00000000 00000000  1000        0 41003 1 0000000000000000 20 4 30 10 -1
   5: 0100007F:9F85 0100007F:C354 01 00000000:00000000 00:00000000 00000000  1000        0 41004 1 0000000000000000 20 4 30 10 -1
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:C355 0000000000000000FFFF00000100007F:9F85 01 00000000:00000000 00:00000000 00000000  1002        0 51000 1 0000000000000000 20 4 30 10 -1
`;

describe.runIf(endianness() === 'LE')('the owner of a socket', () => {
  it.each([
    ['is read from its line', client(50000), 1001],
    ['is told from its neighbours', client(50001), 1000],
    ['is found on IPv6 sockets that speak IPv4', client(50005), 1002],
    ['is not known once no process holds the socket, though the kernel says 0', client(50002), undefined],
    ['is not that of the same port on another address', client(50003), undefined],
    ["is not that of the connection's other end", client(50004), undefined],
    ['is not known for one that is not there', client(50006), undefined],
    ['is told by the whole address', client(50000, '127.0.0.2'), undefined],
  ])('%s', (_what, from, uid) => {
    expect(socketOwner([tcp, tcp6], from, server)).toBe(uid);
  });
});

describe('a connection', () => {
  /** Connects as a user, and tells whether the server took it for its own. */
  async function ownUserSeen(uid?: number): Promise<boolean> {
    const listening = createServer();
    const seen = new Promise<boolean>((resolve) => {
      listening.once('connection', (socket) => {
        resolve(isOwnUser(socket));
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const { port } = listening.address() as AddressInfo;
    const script = `require('net').connect(${port}, '127.0.0.1').on('close', () => process.exit()).on('error', () => 0)`;
    const child = spawn(process.execPath, ['-e', script], uid === undefined ? {} : { uid, gid: uid });
    try {
      return await seen;
    } finally {
      child.kill();
      listening.close();
    }
  }

  it('of our own user is one', async () => {
    expect(await ownUserSeen()).toBe(true);
  });

  it.runIf(process.geteuid?.() === 0)('of another user is none', async () => {
    expect(await ownUserSeen(65_534)).toBe(false);
  });
});
