/**
 * The parser, made from the command table.
 */
import { Command, Option } from 'commander';
import type { Flags } from '../core/config/load';
import type { SettingName } from '../core/config/settings';
import {
  commandTable,
  firstExamples,
  globalOptions,
  type CommandSyntax,
  type Examples,
  type OptionSyntax,
} from './command-table';
import { commands, type Run } from './commands';
import type { GlobalOptions } from './context';
import { strings } from './strings';

/** What the command line asks for. */
export interface Call {
  /** `setup`, `config set` */
  readonly name: string;
  readonly globals: GlobalOptions;
  readonly options: Readonly<Record<string, unknown>>;
  /** The settings among all of these. */
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly load: () => Promise<{ readonly run: Run }>;
}

export interface ProgramOptions {
  readonly execute: (call: Call) => Promise<void>;
  readonly write: (text: string) => void;
  readonly columns: number | undefined;
  readonly color: boolean;
}

const optionOf = ({ flags, description }: OptionSyntax): Option => new Option(flags, description);

/** The settings that were given as options, as the texts the user typed. */
function flagsIn(syntax: readonly OptionSyntax[], given: Readonly<Record<string, unknown>>): Flags {
  const flags: { -readonly [K in SettingName]?: string } = {};
  for (const option of syntax) {
    const value = given[optionOf(option).attributeName()];
    if (option.sets !== undefined && value !== undefined) flags[option.sets.key] = option.sets.value ?? String(value);
  }
  return flags;
}

function examplesText(examples: Examples): string {
  const commands = examples.map(([command]) => `k3s-vm ${command}`);
  const width = Math.max(...commands.filter((_, i) => examples[i]?.[1] !== '').map((text) => text.length), 0);
  const lines = examples.map(
    ([, what], i) => `  ${what === '' ? (commands[i] ?? '') : `${(commands[i] ?? '').padEnd(width)}  # ${what}`}`,
  );
  return `\n${strings.help.examples}\n${lines.join('\n')}`;
}

/** The program; parse it with `parseAsync(args, { from: 'user' })`. Throws CommanderError for help and bad usage. */
export function createProgram(options: ProgramOptions): Command {
  const program = new Command('k3s-vm')
    .description(strings.help.program)
    .usage(strings.help.usage)
    .option('-V, --version', strings.help.version)
    .helpOption('-h, --help', strings.help.help)
    .helpCommand('help [command]', strings.help.helpCommand)
    .addHelpText('after', `${examplesText(firstExamples)}\n\n${strings.help.next}`);
  prepare(program, options);
  for (const option of globalOptions) program.addOption(optionOf(option));
  for (const syntax of commandTable) add(program, syntax, [], options);
  return program;
}

function prepare(command: Command, { write, columns, color }: ProgramOptions): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: write,
      // Errors are rendered by us; "help" asked for by mistake still has to be seen
      writeErr: (text) => {
        if (!text.startsWith('error:')) write(text);
      },
      getOutHelpWidth: () => Math.min(columns ?? 100, 110),
      getErrHelpWidth: () => Math.min(columns ?? 100, 110),
      getOutHasColors: () => color,
      getErrHasColors: () => color,
    })
    .configureHelp({ showGlobalOptions: false, styleTitle: (text) => (color ? `\x1b[1m${text}\x1b[22m` : text) })
    .showSuggestionAfterError(true);
}

function add(parent: Command, syntax: CommandSyntax, path: readonly string[], options: ProgramOptions): void {
  const command = parent.command(syntax.name).description(syntax.description).summary(syntax.description);
  if (syntax.details !== undefined) command.description(`${syntax.description}\n\n${syntax.details}`);
  command.helpOption('-h, --help', strings.help.help);
  for (const { name, description } of syntax.arguments ?? []) command.argument(name, description);
  for (const option of syntax.options ?? []) command.addOption(optionOf(option));
  command.addHelpText('after', `${examplesText(syntax.examples)}\n\n${strings.help.globalOptions}`);
  prepare(command, options);
  const name = [...path, syntax.name];
  if (syntax.commands !== undefined) {
    command.usage('<command>').helpCommand(false);
    for (const sub of syntax.commands) add(command, sub, name, options);
  }
  const fullName = name.join(' ');
  const load = commands[fullName];
  if (load === undefined) return;
  command.action(async () => {
    const globals = rootOf(command).opts();
    const own = command.opts();
    await options.execute({
      name: fullName,
      globals,
      options: own,
      flags: { ...flagsIn(globalOptions, globals), ...flagsIn(syntax.options ?? [], own) },
      args: command.args,
      load,
    });
  });
}

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));
