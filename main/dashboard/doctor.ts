/**
 * The doctor for the diagnostics page. A line's fix is looked up again when it is asked for: what it would have fixed may
 * be well by then.
 */
import type { DoctorLine } from '../../preload/api';
import type { Config } from '../core/config/schema';
import { k3sVmError } from '../core/errors';
import { runDoctor, type DoctorCheck } from '../core/host/doctor';
import { createVirsh } from '../core/libvirt/virsh';

type Examine = (config: Config, signal: AbortSignal) => Promise<readonly DoctorCheck[]>;

const examineHost: Examine = (config, signal) => runDoctor({ config, virshFor: (uri) => createVirsh(uri), signal });

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
  /** @throws what the fix fails with; USAGE where the line has none */
  fix(config: Config, id: string): Promise<readonly DoctorLine[]>;
}

/** @param signal ends what runs */
export function createDoctor(signal: AbortSignal, examine: Examine = examineHost): Doctor {
  let last: readonly DoctorCheck[] = [];
  const run = async (config: Config): Promise<readonly DoctorLine[]> => {
    last = await examine(config, signal);
    return last.map(line);
  };
  return {
    run,
    async fix(config, id) {
      if (last.length === 0) await run(config);
      const fix = last.find((check) => check.id === id)?.fix;
      if (fix === undefined) throw k3sVmError('USAGE', { problem: `There is nothing to fix at "${id}".` });
      await fix.run(signal);
      return run(config);
    },
  };
}
