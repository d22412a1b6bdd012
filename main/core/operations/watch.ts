/**
 * watch: when it is worth looking at the VMs of a connection again.
 */
import { domainEvents } from '../libvirt/events';
import { lockChanges } from './locks';

/** See Cluster.watch. */
export async function watch(uri: string, changed: (name: string) => void, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  // libvirt says nothing of operations: without this they would show when somebody looks next
  void tellLocks(uri, changed, AbortSignal.any([signal, ended.signal]));
  try {
    for await (const name of domainEvents(uri, signal)) changed(name);
  } finally {
    ended.abort();
  }
}

async function tellLocks(uri: string, changed: (name: string) => void, signal: AbortSignal): Promise<void> {
  try {
    for await (const name of lockChanges(uri, signal)) changed(name);
  } catch {
    // Aborted, or the host has no watch to spare: libvirt's events are told all the same
  }
}
