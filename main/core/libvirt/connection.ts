/**
 * Which libvirt: qemu:///system for who may use it, qemu:///session for everybody else.
 */
import { isK3sVmError } from '../errors';
import { systemAsksForPassword } from './polkit';
import { sessionUri, systemUri } from './uri';
import type { Virsh } from './virsh';

export interface ConnectionChoice {
  readonly uri: string;
  /** For people: why this one. */
  readonly why: string;
  /** Why it is not qemu:///system, where that would have been better, e.g. `asks you for a password`. */
  readonly refusal?: string;
}

export interface ConnectionQuestion {
  /** The VM to look for. */
  readonly name?: string;
  readonly virshFor: (uri: string) => Virsh;
  readonly signal?: AbortSignal;
  /** See systemAsksForPassword; replaced in tests. */
  readonly asksForPassword?: typeof systemAsksForPassword;
}

/**
 * Resolves `auto`: the connection where the VM is; else qemu:///system if it answers to this user without a password; else
 * qemu:///session. Anything else is taken as it is. Nobody is asked for anything: see polkit.ts, and process.ts, whose
 * programs have no terminal to ask on.
 *
 * @throws VIRSH_TIMEOUT where libvirt hangs: falling back would make a second VM of one that is there
 */
export async function resolveConnection(wanted: string, question: ConnectionQuestion): Promise<ConnectionChoice> {
  if (wanted !== 'auto') return { uri: wanted, why: 'as configured' };
  const { name, signal, virshFor, asksForPassword = systemAsksForPassword } = question;
  const ask = async (uri: string, timeoutMs = 20_000): Promise<'here' | 'answers' | 'no'> => {
    const command = name === undefined ? ['uri'] : ['domstate', name];
    const { fault } = await virshFor(uri).attempt(command, { signal, timeoutMs });
    if (fault === undefined && name !== undefined) return 'here';
    return fault === undefined || fault === 'no-domain' ? 'answers' : 'no';
  };
  // For root qemu:///session is the system's daemon again, so there is nothing to choose and nothing to ask.
  if (process.getuid?.() === 0) return { uri: systemUri, why: 'you are root' };
  const password = await asksForPassword(signal);
  const askSystem = async (): Promise<'here' | 'answers' | 'no' | 'asks'> => {
    if (password === 'asks') return 'asks';
    if (password === 'no') return ask(systemUri);
    // A password prompt on the desktop would keep virsh waiting until somebody answers it, so a timeout counts as one
    return ask(systemUri, 5000).catch((error: unknown) => {
      if (isK3sVmError(error, 'VIRSH_TIMEOUT')) return 'asks';
      throw error;
    });
  };
  const system = await askSystem();
  if (system === 'here') return { uri: systemUri, why: 'the VM is there' };
  if (name !== undefined && (await ask(sessionUri)) === 'here') return { uri: sessionUri, why: 'the VM is there' };
  if (system === 'answers') return { uri: systemUri, why: 'you have access to it' };
  const refusal = system === 'asks' ? 'asks you for a password' : 'denies you access';
  return { uri: sessionUri, why: `${systemUri} ${refusal}; this one needs no privileges`, refusal };
}
