/**
 * Which libvirt: qemu:///system for who may use it, qemu:///session for everybody else.
 */
import type { Virsh } from './virsh';

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

export interface ConnectionChoice {
  readonly uri: string;
  /** For people: why this one. */
  readonly why: string;
}

/**
 * Resolves `auto`: the connection where the VM is; else qemu:///system if it answers to this user; else
 * qemu:///session. Anything else is taken as it is.
 *
 * @param options.name the VM to look for
 */
export async function resolveConnection(
  wanted: string,
  options: { readonly name?: string; readonly virshFor: (uri: string) => Virsh; readonly signal?: AbortSignal },
): Promise<ConnectionChoice> {
  if (wanted !== 'auto') return { uri: wanted, why: 'as configured' };
  const { name, signal } = options;
  const ask = async (uri: string): Promise<'here' | 'answers' | 'no'> => {
    const command = name === undefined ? ['uri'] : ['domstate', name];
    const { fault } = await options.virshFor(uri).attempt(command, { signal, timeoutMs: 20_000 });
    if (fault === undefined && name !== undefined) return 'here';
    return fault === undefined || fault === 'no-domain' ? 'answers' : 'no';
  };
  // For root qemu:///session is the system's daemon again, so there is nothing to choose and nothing to ask.
  if (process.getuid?.() === 0) return { uri: systemUri, why: 'you are root' };
  const system = await ask(systemUri);
  if (system === 'here') return { uri: systemUri, why: 'the VM is there' };
  if (name !== undefined && (await ask(sessionUri)) === 'here') return { uri: sessionUri, why: 'the VM is there' };
  return system === 'answers'
    ? { uri: systemUri, why: 'you may use it' }
    : { uri: sessionUri, why: 'qemu:///system does not answer to you; this one needs no privileges' };
}
