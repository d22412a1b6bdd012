/**
 * The projects with a VM on this host, the shown one among them.
 */
import { existsSync } from 'node:fs';
import type { ProjectEntry, Snapshot, VmInfo } from '../../preload/api';

export function projectEntries(vms: readonly VmInfo[], shown: Snapshot): readonly ProjectEntry[] {
  const entries = vms.map((vm): ProjectEntry => ({
    project: vm.project ?? vm.name,
    name: vm.name,
    state: vm.state,
    connection: vm.connection,
    exists: vm.project !== undefined && existsSync(vm.project),
  }));
  if (!entries.some(({ project }) => project === shown.project)) {
    entries.push({
      project: shown.project,
      name: shown.name,
      state: shown.vm?.state ?? 'absent',
      connection: shown.vm?.connection ?? '',
      exists: true,
    });
  }
  return entries.sort((a, b) => a.project.localeCompare(b.project));
}
