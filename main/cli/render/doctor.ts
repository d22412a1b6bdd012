import { automatic, titleOf } from '../../core/errors';
import type { DoctorCheck } from '../../core/host/doctor';
import { mergeNixOptions, nixFile } from '../../core/host/nix-module';
import type { Style } from './color';
import { renderHints } from './error';
import { padEnd, printable, wrap } from './text';
import { strings } from '../strings';

/** Lines come one by one, so the column cannot be measured first. */
const titleWidth = 18;

export interface DoctorOptions {
  readonly style: Style;
  readonly width?: number | undefined;
}

/** One line of the doctor, with what to do about it. */
export function renderCheck(check: DoctorCheck, { style, width = 100 }: DoctorOptions): string {
  const mark = { ok: style.green('✓'), warning: style.yellow('!'), failed: style.red('✗') }[check.state];
  const [first = '', ...more] = wrap(printable(check.detail), Math.max(16, width - titleWidth - 5));
  const lines = [
    `${mark} ${padEnd(printable(check.title), titleWidth)}  ${first}`,
    ...more.map((line) => `${' '.repeat(titleWidth + 4)}${line}`),
  ];
  // Whoever looks for faults does not want to read what a healthy host could add
  if (check.state !== 'ok' && check.hints.length > 0) lines.push(renderHints(check.hints, style, '    '));
  return lines.join('\n');
}

/**
 * The last lines: whether a cluster can run here, and what `--fix` would do.
 *
 * @param fixCommand how it is called here
 */
export function renderSummary(
  checks: readonly DoctorCheck[],
  fixing: boolean,
  style: Style,
  fixCommand: string,
): string {
  const count = (state: DoctorCheck['state']): number => checks.filter((check) => check.state === state).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  const lines = [
    failed > 0
      ? style.red(strings.doctor.problems(failed))
      : warnings > 0
        ? style.yellow(strings.doctor.warnings(warnings))
        : style.green(strings.doctor.passed(checks.length)),
  ];
  const fixes = checks.flatMap(({ hints }) => automatic(hints) ?? []);
  if (fixes.length > 0 && !fixing) {
    lines.push(`${strings.doctor.fixable}  ${style.cyan(printable(fixCommand))}`);
    lines.push(...fixes.map((fix) => `  - ${printable(titleOf(fix))}`));
  }
  const options = mergeNixOptions(checks.flatMap(({ state, hints }) => (state === 'ok' ? [] : hints)));
  if (options !== undefined) {
    lines.push(
      'All that NixOS lacks, as one module. Save it as /etc/nixos/k3s-vm.nix, add ./k3s-vm.nix to the imports in',
      "configuration.nix, then run nixos-rebuild switch. With k3s-vm's flake, programs.k3s-vm does the same (docs/nixos.md).",
      '',
      ...nixFile(options)
        .split('\n')
        .map((line) => `  ${style.cyan(printable(line))}`),
    );
  }
  return lines.join('\n');
}
