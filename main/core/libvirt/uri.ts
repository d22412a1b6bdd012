/**
 * What a libvirt URI says of the connection: whose daemon it is, and whether that runs on this machine.
 */
export const systemUri = 'qemu:///system';
export const sessionUri = 'qemu:///session';

/** Whether guests of this connection can only have user-mode networking. */
export const isSession = (uri: string): boolean => /^qemu(\+unix)?:\/\/\/session/.test(uri);

/**
 * Whether libvirt runs on another machine, or may: then nothing of this one says anything about it. The host in the URI
 * tells, whatever the transport; only `ext` leaves the way to a program, which may lead anywhere.
 * https://libvirt.org/uri.html#remote-uris
 */
export function isRemote(uri: string): boolean {
  const [, transport, host] = /^[^:/?#+]+(?:\+([^:/?#]+))?:\/\/([^/?#]*)/.exec(uri) ?? [];
  if (transport === 'unix') return false;
  return transport === 'ext' || Boolean(host);
}
