/**
 * The doctor for the diagnostics page.
 */
import type { DoctorLine } from '../../preload/api';
import type { Config } from '../core/config/schema';
import { k3sVmError } from '../core/errors';
import type { DoctorCheck } from '../core/host/doctor';
import { examineHost } from '../core/index';
import { strings } from './strings';

type Examine = (config: Config, signal: AbortSignal) => Promise<readonly DoctorCheck[]>;

const thisHost: Examine = (config, signal) => examineHost(config, { signal });

const line = ({ id, title, state, detail, hints, fix }: DoctorCheck): DoctorLine => ({
  id,
  title,
  state,
  detail,
  hints,
  ...(fix === undefined ? {} : { fix: fix.title }),
});

export interface Doctor {
  run(config: Config): Promise<readonly DoctorLine[]>;
  /** @throws the error of the fix; USAGE if the line has none */
  fix(config: Config, id: string): Promise<readonly DoctorLine[]>;
}

/** @param signal ends what runs */
export function createDoctor(signal: AbortSignal, examine: Examine = thisHost): Doctor {
  let last: readonly DoctorCheck[] | undefined;
  const look = async (config: Config): Promise<readonly DoctorCheck[]> => (last = await examine(config, signal));
  const run = async (config: Config): Promise<readonly DoctorLine[]> => (await look(config)).map(line);
  return {
    run,
    async fix(config, id) {
      // Use the report that the user saw: a new one takes seconds, and a fix does no harm if nothing is left to fix
      const fix = (last ?? (await look(config))).find((check) => check.id === id)?.fix;
      if (fix === undefined) throw k3sVmError('USAGE', { problem: strings.noFix(id) });
      await fix.run(signal);
      return run(config);
    },
  };
}
