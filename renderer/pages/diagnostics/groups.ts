/**
 * The doctor's lines grouped by severity, and their summary.
 */
import type { DoctorLine } from '../../../preload/api';
import type { Tone } from '../../components/Badge';
import { diagnostics as strings } from '../../strings/diagnostics';

export type LineState = DoctorLine['state'];

export const lineTone = { failed: 'bad', warning: 'warn', ok: 'good' } as const satisfies Record<LineState, Tone>;

export interface Group {
  readonly state: LineState;
  readonly lines: readonly DoctorLine[];
}

/** Failed, then warnings, then passed; empty groups are left out. */
export const groupsOf = (lines: readonly DoctorLine[]): readonly Group[] =>
  (['failed', 'warning', 'ok'] as const)
    .map((state) => ({ state, lines: lines.filter((line) => line.state === state) }))
    .filter((group) => group.lines.length > 0);

export interface Headline {
  readonly tone: Tone;
  readonly title: string;
  readonly text: string;
}

/** The summary of the lines in one sentence. */
export function headlineOf(lines: readonly DoctorLine[]): Headline {
  const count = (state: LineState): number => lines.filter((line) => line.state === state).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  if (lines.length === 0) return { tone: 'none', title: strings.nothing, text: strings.nothingText };
  if (failed > 0) return { tone: 'bad', title: strings.problems(failed), text: strings.problemsText };
  if (warnings > 0) return { tone: 'warn', title: strings.withWarnings(warnings), text: strings.withWarningsText };
  return { tone: 'good', title: strings.ready(lines.length), text: strings.readyText };
}
