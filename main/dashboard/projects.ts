/**
 * The projects with a VM on this host, the shown one among them.
 */
import { existsSync } from 'node:fs';
import type { ProjectEntry, Snapshot, VmInfo } from '../../preload/api';

/** @param vms this tool's VMs; for the shown one, the snapshot is more recent */
export function projectEntries(vms: readonly VmInfo[], shown: Snapshot): readonly ProjectEntry[] {
  const others = vms.flatMap((vm): ProjectEntry[] => {
    const project = vm.project ?? vm.name;
    if (project === shown.project) return [];
    return [{ project, name: vm.name, state: vm.state, connection: vm.connection, exists: existsSync(project) }];
  });
  const listed = vms.find(({ project }) => project === shown.project);
  const { state, connection } = shown.vm ?? listed ?? { state: 'absent' as const, connection: '' };
  const here: ProjectEntry = {
    project: shown.project,
    name: shown.name,
    state,
    connection,
    exists: existsSync(shown.project),
  };
  return [...others, here].sort((a, b) => a.project.localeCompare(b.project));
}
