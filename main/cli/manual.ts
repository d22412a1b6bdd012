/**
 * The manual pages, made from the command table: k3s-vm(1), and one page for each command, as git has them.
 * The format is man(7): https://man7.org/linux/man-pages/man7/groff_man.7.html
 */
import { description, version } from '../../package.json';
import {
  commandTable,
  firstExamples,
  globalOptions,
  type CommandSyntax,
  type Examples,
  type OptionSyntax,
} from './command-table';
import { exitStatusTexts } from './docs';
import { strings } from './strings';

/** Characters that roff reads as something else, and those outside of ASCII. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replace(/[~^`']/g, (char) => ({ '~': '\\(ti', '^': '\\(ha', '`': '\\(ga' })[char] ?? '\\(aq')
    .replace(/[^\n\x20-\x7e]/gu, (char) => `\\[u${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/^\./gm, '\\&.');
}

/** Text to type: its dashes can be copied. */
const literal = (text: string): string => escaped(text).replaceAll('-', '\\-');
const bold = (text: string): string => `\\fB${literal(text)}\\fR`;
/** Text to read: dashes are hyphens, but for those of an option. */
const words = (text: string): string =>
  escaped(text).replace(/(?<![\w-])--?\w[\w-]*/g, (option) => option.replaceAll('-', '\\-'));
/** The same, with `code` as our texts have it. */
const prose = (text: string): string =>
  text
    .split('`')
    .map((part, i) => (i % 2 === 0 ? words(part) : bold(part)))
    .join('');
/** `--memory <size>`: what is typed as it is, and what stands for something else. */
const flags = (text: string): string =>
  text
    .split(/(<[^>]*>)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('<') ? `\\fI${literal(part.slice(1, -1))}\\fR` : bold(part)))
    .join('');

const section = (title: string, ...lines: readonly string[]): readonly string[] => [`.SH ${title}`, ...lines];
const entry = (term: string, ...text: readonly string[]): readonly string[] => ['.TP', term, ...text];
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const pageName = (command: CommandSyntax): string => `k3s-vm-${command.name}`;
const seeAlso = (name: string): string => `${bold(name)}(1)`;

const options = (list: readonly OptionSyntax[]): readonly string[] =>
  list.flatMap((option) => entry(flags(option.flags), prose(option.description)));

const examples = (list: Examples): readonly string[] =>
  list.flatMap(([command, what]) =>
    what === '' ? ['.PP', bold(`k3s-vm ${command}`)] : entry(bold(`k3s-vm ${command}`), prose(what)),
  );

/** @param title the page's name; the date is left out, so that a build can be repeated */
const page = (title: string, ...sections: readonly (readonly string[])[]): string =>
  [`.TH ${title.toUpperCase()} 1 "" "k3s-vm ${version}" "k3s-vm"`, ...sections.flat(), ''].join('\n');

function overview(): string {
  return page(
    'k3s-vm',
    section('NAME', `k3s\\-vm \\- ${prose(description)}`),
    section('SYNOPSIS', `${bold('k3s-vm')} [\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]`),
    section(
      'DESCRIPTION',
      prose(strings.help.program),
      'Call it from anywhere inside the project.',
      'Each command has a page of its own, such as',
      `${seeAlso('k3s-vm-setup')}.`,
      '.PP',
      prose(strings.help.next),
    ),
    section(
      'COMMANDS',
      ...commandTable.flatMap((command) => entry(seeAlso(pageName(command)), prose(command.description))),
    ),
    section('OPTIONS', 'Every command takes these.', ...options(globalOptions)),
    section('EXAMPLES', ...examples(firstExamples)),
    section(
      'ENVIRONMENT',
      'Each setting can be set for one call, as in',
      `${bold('K3S_VM_MEMORY=8GiB')};`,
      `${bold('k3s-vm config show')} lists the settings and where each value comes from.`,
    ),
    section(
      'FILES',
      ...entry(bold('k3s-vm.yaml'), 'Settings of the project.'),
      ...entry(bold('~/.config/k3s-vm/config.yaml'), 'Your own settings, for all your projects.'),
      ...entry(bold('~/.local/state/k3s-vm/'), 'Keys and kubeconfigs of the VMs.'),
      ...entry(bold('~/.cache/k3s-vm/'), 'Downloads.'),
    ),
    section('EXIT STATUS', ...exitStatusTexts.flatMap(([status, text]) => entry(bold(status), prose(`${text}.`)))),
    section('SEE ALSO', `${bold('virsh')}(1), ${bold('kubectl')}(1)`),
  );
}

function usage(name: string, { options: own = [], arguments: args = [], commands }: CommandSyntax): string {
  const operands = commands === undefined ? args.map(({ name: word }) => word) : ['<command>'];
  const typed = operands.map((word) =>
    word.replace(/[^<>[\].]+/, (text) => `\\fI${literal(text)}\\fR`).replace(/[<>]/g, ''),
  );
  return [bold(`k3s-vm ${name}`), ...(own.length > 0 ? ['[\\fIoptions\\fR]'] : []), ...typed].join(' ');
}

/** What a command does, takes and is used like; of a group, for each of its commands. */
function body(command: CommandSyntax, path: readonly string[]): readonly string[] {
  const { details, arguments: args = [], options: own = [], commands = [] } = command;
  const name = [...path, command.name].join(' ');
  return [
    ...(path.length === 0 ? section('DESCRIPTION') : [`.SS ${literal(name)}`, usage(name, command), '.PP']),
    prose(`${sentence(command.description)}.`),
    ...(details === undefined ? [] : ['.PP', prose(details)]),
    ...(args.length === 0 ? [] : path.length === 0 ? section('ARGUMENTS') : []),
    ...args.flatMap((argument) => entry(flags(argument.name.replace(/[[\].]/g, '')), prose(argument.description))),
    ...(own.length === 0 ? [] : path.length === 0 ? section('OPTIONS') : []),
    ...options(own),
    ...(commands.length === 0 ? [] : section('COMMANDS')),
    ...commands.flatMap((sub) => body(sub, [name])),
    ...(path.length === 0 ? [...section('EXAMPLES'), ...examples(command.examples)] : examples(command.examples)),
  ];
}

const commandPage = (command: CommandSyntax): string =>
  page(
    pageName(command),
    section('NAME', `${literal(pageName(command))} \\- ${prose(command.description)}`),
    section('SYNOPSIS', usage(command.name, command)),
    body(command, []),
    section('SEE ALSO', seeAlso('k3s-vm'), 'describes the options of every command, and the exit status.'),
  );

/** All pages of section 1, by their file's name. */
export const manual = (): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ['k3s-vm.1', overview()],
    ...commandTable.map((command) => [`${pageName(command)}.1`, commandPage(command)] as const),
  ]);
