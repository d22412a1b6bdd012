/**
 * `status` for people.
 */
import { actionsOf } from '../../core/actions';
import type { CheckState, HealthCheck, Status, VmState } from '../../core/cluster';
import { formatBytes } from '../../core/config/units';
import { exitStatus, type Remedy } from '../../core/errors';
import type { Style } from './color';
import { renderHints } from './error';
import { formatAgo, printable, wrap } from './text';

export interface StatusOptions {
  readonly style: Style;
  /** A command of ours as the user must type it. */
  readonly command: (command: string) => string;
  readonly now: number;
  readonly width?: number | undefined;
}

/** The exit status of `status`. States in between count as not healthy. */
export function statusExit({ vm, healthy }: Status): number {
  if (vm.state === 'absent') return exitStatus.absent;
  if (vm.state === 'stopped' || vm.state === 'saved') return exitStatus.stopped;
  return vm.state === 'running' && healthy === true ? exitStatus.ok : exitStatus.unhealthy;
}

/** What to do about a state, where the checks do not say it. */
function nextStep({ vm }: Status, command: StatusOptions['command']): Remedy | undefined {
  if (vm.state === 'absent') return { text: 'Make it:', command: command('k3s-vm setup') };
  switch (actionsOf({ vm }).start) {
    case 'boot':
      return {
        text: vm.state === 'crashed' ? 'Start it again (its disk is kept):' : 'Start it:',
        command: command('k3s-vm start'),
      };
    case 'resume':
      return { text: 'Resume it:', command: command('k3s-vm start') };
    case 'finish-setup':
      return { text: 'Finish the setup:', command: command('k3s-vm setup') };
    case null:
      return undefined;
  }
}

function headline({ vm, healthy }: Status, style: Style): string {
  const badge = (text: string, color: (text: string) => string): string =>
    color(style.inverse(style.bold(` ${text} `)));
  const byState: Readonly<Record<VmState, (text: string) => string>> = {
    absent: style.dim,
    provisioning: style.cyan,
    starting: style.cyan,
    running: healthy === true ? style.green : style.yellow,
    stopping: style.cyan,
    stopped: style.dim,
    saved: style.dim,
    paused: style.yellow,
    crashed: style.red,
    error: style.red,
  };
  const health =
    vm.state !== 'running'
      ? ''
      : healthy === true
        ? '  healthy'
        : healthy === false
          ? '  not healthy'
          : '  health unknown';
  return `${badge(vm.state.toUpperCase(), byState[vm.state])}${style.bold(health)}  ${vm.name}`;
}

const marks: Readonly<Record<CheckState, string>> = { ok: '✓', warning: '!', failed: '✗', unknown: '?' };

function markOf(state: CheckState, style: Style): string {
  const color = { ok: style.green, warning: style.yellow, failed: style.red, unknown: style.dim }[state];
  return color(marks[state]);
}

function facts(
  { vm, kubeconfig, systemRefusal }: Status,
  { now, command }: StatusOptions,
): (readonly [string, string])[] {
  const size = [
    vm.cpus === undefined ? undefined : `${vm.cpus} CPU${vm.cpus === 1 ? '' : 's'}`,
    vm.memoryBytes === undefined ? undefined : `${formatBytes(vm.memoryBytes)} memory`,
    vm.diskBytes === undefined
      ? undefined
      : `${formatBytes(vm.diskBytes)} disk${vm.diskUsedBytes === undefined ? '' : ` (${formatBytes(vm.diskUsedBytes)} used on the host)`}`,
  ].filter((part) => part !== undefined);
  const list: (readonly [string, string | undefined])[] = [
    [
      'Doing',
      vm.operation && `${vm.operation.name} (process ${vm.operation.pid}), since ${formatAgo(vm.operation.since, now)}`,
    ],
    ['Since', vm.since && `${formatAgo(vm.since, now)} (${localTime(vm.since)})`],
    ['Reason', vm.reason && ['crashed', 'error', 'paused', 'stopped'].includes(vm.state) ? vm.reason : undefined],
    [
      'Address',
      vm.address &&
        `${vm.address}${vm.apiPort === undefined || vm.apiPort === 6443 ? '' : `, API on port ${vm.apiPort}`}`,
    ],
    ['Size', size.length > 0 ? size.join(', ') : undefined],
    ['Saved state', vm.savedBytes === undefined ? undefined : `${formatBytes(vm.savedBytes)} on the host`],
    ['K3s', vm.k3sVersion],
    ['Image', vm.image],
    [
      'libvirt',
      [
        vm.connection,
        ...(vm.acceleration === undefined ? [] : [vm.acceleration === 'kvm' ? 'KVM' : 'emulated (slow)']),
        ...(systemRefusal === undefined
          ? []
          : [`as qemu:///system ${systemRefusal} (see ${command('k3s-vm doctor')})`]),
      ].join(', '),
    ],
    ['Project', vm.project],
    ['Kubeconfig', `${kubeconfig.path}${kubeconfig.exists ? '' : ' (not there yet)'}`],
  ];
  return list.filter((entry): entry is readonly [string, string] => Boolean(entry[1]));
}

function localTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function renderCheck(check: HealthCheck, titleWidth: number, options: StatusOptions): string[] {
  const { style, width } = options;
  const room = Math.max(20, (width ?? 100) - 6);
  const inset = titleWidth + 6;
  const detail = printable(check.detail);
  const oneLiner = wrap(detail, Math.max(16, (width ?? 100) - inset - 1));
  const title = `  ${markOf(check.state, style)} ${check.title.padEnd(titleWidth)}`;
  const lines = oneLiner.map((line, i) => (i === 0 ? `${title}  ${line}` : `${' '.repeat(inset)}${line}`));
  if (check.state === 'ok') return lines;
  if (check.diagnosis !== undefined)
    lines.push(...wrap(printable(check.diagnosis), room).map((line) => `      ${style.dim(line)}`));
  if (check.fix !== undefined) lines.push(renderHints([check.fix], style, '      '));
  return lines.flatMap((line) => line.split('\n'));
}

/** The whole status: the state, then the facts, then the checks with what fixes them. */
export function renderStatus(status: Status, options: StatusOptions): string {
  const { style, command } = options;
  const { vm, checks } = status;
  const known = facts(status, options);
  const factWidth = Math.max(...known.map(([name]) => name.length));
  const lines = [
    headline(status, style),
    '',
    ...known.flatMap(([name, value]) => {
      const [first = '', ...more] = wrap(printable(value), Math.max(16, (options.width ?? 100) - factWidth - 5));
      return [
        `  ${style.dim(name.padEnd(factWidth))}  ${first}`,
        ...more.map((line) => ' '.repeat(factWidth + 4) + line),
      ];
    }),
  ];
  if (vm.error !== undefined) {
    lines.push('', `  ${style.red(printable(vm.error.message).replaceAll('\n', '\n  '))}`);
    if (vm.error.cause !== undefined)
      lines.push(style.dim(`  Cause: ${printable(vm.error.cause).replaceAll('\n', '\n  ')}`));
    if (vm.error.hints.length > 0) lines.push(renderHints(vm.error.hints, style));
  }
  if (checks.length > 0) {
    const titleWidth = Math.max(...checks.map(({ title }) => title.length));
    lines.push('', ...checks.flatMap((check) => renderCheck(check, titleWidth, options)));
  }
  const next = vm.error !== undefined && vm.error.hints.length > 0 ? undefined : nextStep(status, command);
  if (next !== undefined) lines.push('', renderHints([next], style));
  return lines.flatMap((line) => line.split('\n')).join('\n');
}

/** One line of what is wrong, and one with the command that helps. */
export function renderBrief(status: Status, { style, command }: Pick<StatusOptions, 'style' | 'command'>): string {
  const { vm } = status;
  const bad =
    status.checks.find(({ state }) => state === 'failed') ?? status.checks.find(({ state }) => state === 'warning');
  const healthy = statusExit(status) === exitStatus.ok;
  const where =
    vm.state === 'absent'
      ? `There is no VM "${vm.name}" yet.`
      : `The VM "${vm.name}" is ${vm.state}${healthy ? ' and healthy' : ''}.`;
  const why = healthy || vm.state !== 'running' || bad === undefined ? '' : ` ${bad.title}: ${printable(bad.detail)}`;
  const hint = vm.error?.hints[0] ?? nextStep(status, command) ?? (healthy ? undefined : bad?.fix);
  if (hint === undefined) return where + why;
  const how = hint.command === undefined ? '' : ` ${style.cyan(printable(hint.command))}`;
  return `${where}${why}\n${printable(hint.text)}${how}`;
}
