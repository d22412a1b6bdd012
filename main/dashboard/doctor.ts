/**
 * The doctor for the diagnostics page.
 */
import type { DoctorLine } from '../../preload/api';
import type { Config } from '../core/config/schema';
import { examineHost } from '../core/index';

/**
 * What the doctor finds on this machine.
 *
 * @throws the signal's reason when aborted
 */
export async function doctorLines(config: Config, signal: AbortSignal): Promise<readonly DoctorLine[]> {
  const checks = await examineHost(config, { signal });
  return checks.map(({ id, title, state, detail, hints }) => ({ id, title, state, detail, hints }));
}
