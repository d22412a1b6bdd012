import type { Resources, VmInfo } from '../../../preload/api';
import { GiB } from './scale';

/** A host with 8 CPUs and 16 GiB; the VM has 2 CPUs, 4 GiB and 20 GiB of disk. */
export const resources: Resources = {
  configured: { cpus: 2, memoryBytes: 4 * GiB, diskBytes: 20 * GiB },
  actual: { cpus: 2, memoryBytes: 4 * GiB, diskBytes: 20 * GiB },
  limits: {
    cpus: { min: 1, max: 8 },
    memoryBytes: { min: GiB, max: 16 * GiB },
    diskBytes: { min: 20 * GiB, max: 120 * GiB },
  },
  host: {
    cpus: 8,
    memoryBytes: 16 * GiB,
    memoryAvailableBytes: 9 * GiB,
    poolFreeBytes: 80 * GiB,
    othersCpus: 4,
    othersMemoryBytes: 3 * GiB,
  },
  pending: [],
  fixedBy: {},
};

export const vm: VmInfo = {
  name: 'shop-1a2b',
  connection: 'qemu:///system',
  state: 'running',
  cpus: 2,
  memoryBytes: 4 * GiB,
  diskBytes: 20 * GiB,
  diskUsedBytes: 6 * GiB,
};
