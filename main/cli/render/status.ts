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
import { strings } from '../strings';

const say = strings.status;

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
  if (vm.state === 'stopped' || vm.state === 'suspended') return exitStatus.stopped;
  return vm.state === 'running' && healthy === true ? exitStatus.ok : exitStatus.unhealthy;
}

/** What to do about a state, where the checks do not say it. */
function nextStep({ vm }: Status, command: StatusOptions['command']): Remedy | undefined {
  if (vm.state === 'absent') return { text: say.next.create, command: command('k3s-vm setup') };
  switch (actionsOf({ vm }).start) {
    case 'boot':
      return {
        text: vm.state === 'crashed' ? say.next.startAgain : say.next.start,
        command: command('k3s-vm start'),
      };
    case 'resume':
      return { text: say.next.resume, command: command('k3s-vm resume') };
    case 'finish-setup':
      return { text: say.next.finish, command: command('k3s-vm setup') };
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
    suspended: style.dim,
    paused: style.yellow,
    crashed: style.red,
    error: style.red,
  };
  const health = vm.state === 'running' ? `  ${say.health(healthy)}` : '';
  return `${badge(strings.stateOf(vm).toUpperCase(), byState[vm.state])}${style.bold(health)}  ${vm.name}`;
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
    vm.cpus === undefined ? undefined : say.cpus(vm.cpus),
    vm.memoryBytes === undefined ? undefined : say.memory(formatBytes(vm.memoryBytes)),
    vm.diskBytes === undefined
      ? undefined
      : say.disk(formatBytes(vm.diskBytes), vm.diskUsedBytes === undefined ? undefined : formatBytes(vm.diskUsedBytes)),
  ].filter((part) => part !== undefined);
  const list: (readonly [string, string | undefined])[] = [
    [
      say.facts.operation,
      vm.operation && say.operation(vm.operation.name, vm.operation.pid, formatAgo(vm.operation.since, now)),
    ],
    [say.facts.since, vm.since && say.since(formatAgo(vm.since, now), localTime(vm.since))],
    [
      say.facts.reason,
      vm.reason && ['crashed', 'error', 'paused', 'stopped'].includes(vm.state) ? vm.reason : undefined,
    ],
    [say.facts.address, vm.address && say.address(vm.address, vm.apiPort === 6443 ? undefined : vm.apiPort)],
    [say.facts.size, size.length > 0 ? size.join(', ') : undefined],
    [say.facts.savedMemory, vm.savedBytes === undefined ? undefined : say.onHost(formatBytes(vm.savedBytes))],
    [say.facts.k3s, vm.k3sVersion],
    [say.facts.image, vm.image],
    [
      say.facts.libvirt,
      [
        vm.connection,
        ...(vm.acceleration === undefined ? [] : [vm.acceleration === 'kvm' ? say.kvm : say.emulated]),
        ...(systemRefusal === undefined ? [] : [say.refusal(systemRefusal, command('k3s-vm doctor'))]),
      ].join(', '),
    ],
    [say.facts.project, vm.project],
    [say.facts.kubeconfig, kubeconfig.exists ? kubeconfig.path : say.noKubeconfig(kubeconfig.path)],
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
      lines.push(style.dim(`  ${strings.errors.cause} ${printable(vm.error.cause).replaceAll('\n', '\n  ')}`));
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
  const where = say.brief(vm.name, vm, status.healthy);
  const why =
    healthy || vm.state !== 'running' || bad === undefined
      ? ''
      : ` ${say.briefCheck(bad.title, printable(bad.detail))}`;
  const hint = vm.error?.hints[0] ?? nextStep(status, command) ?? (healthy ? undefined : bad?.fix);
  if (hint === undefined) return where + why;
  const how = hint.command === undefined ? '' : ` ${style.cyan(printable(hint.command))}`;
  return `${where}${why}\n${printable(hint.text)}${how}`;
}
