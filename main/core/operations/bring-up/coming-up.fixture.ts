import { deadlineIn } from '../../deadline';
import type { VmMetadata } from '../../libvirt/metadata';
import type { ComingUp } from './guest';

/** A guest of which only `metadata` is known, for unit tests. */
export const comingUp = (metadata: Partial<VmMetadata>): ComingUp => ({
  domain: { name: 'k3s-a', uuid: 'uuid' },
  metadata: metadata as VmMetadata,
  deadline: deadlineIn(60_000),
  resumed: false,
  underWay: false,
  wasReset: false,
});
