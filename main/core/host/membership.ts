/**
 * Whether this user is in libvirt's group.
 */
import type { Machine } from './machine';
import { libvirtGroup } from './remedies';

/** `next login`: in /etc/group alone; a login keeps the groups that it began with. */
export type Membership = 'member' | 'next login' | 'no' | 'no group';

export async function membership(machine: Pick<Machine, 'on' | 'facts' | 'groups' | 'readFile'>): Promise<Membership> {
  const text = await machine.readFile('/etc/group').catch(() => '');
  const [, , gid, members] =
    text
      .split('\n')
      .map((line) => line.split(':'))
      .find(([name]) => name === libvirtGroup(machine.on)) ?? [];
  if (gid === undefined) return 'no group';
  if (machine.groups.includes(Number(gid))) return 'member';
  return members?.split(',').includes(machine.facts.user) ? 'next login' : 'no';
}
