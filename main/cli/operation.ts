/**
 * What the commands on a VM's life share.
 */
import type { Flags } from '../core/config/load';

export interface WaitOptions {
  readonly wait?: string;
  readonly timeout?: string;
}

/** `--wait` and `--timeout` as settings for this call. */
export const waitFlags = ({ wait, timeout }: WaitOptions): Flags => ({ wait, timeout });
