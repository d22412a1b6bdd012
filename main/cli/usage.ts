/**
 * What commander says of a bad command line, as an error of our catalogue.
 */
import type { CommanderError } from 'commander';
import { nearest } from '../core/config/nearest';
import { k3sVmError, type K3sVmError } from '../core/errors';
import { commandTable, globalOptions, type CommandSyntax } from './command-table';
import { strings } from './strings';

/** The command that the arguments name, as far as they do. */
function commandIn(args: readonly string[]): { path: string[]; syntax: CommandSyntax | undefined } {
  const path: string[] = [];
  let syntax: CommandSyntax | undefined;
  let choices: readonly CommandSyntax[] = commandTable;
  for (const arg of args) {
    const found = choices.find(({ name }) => name === arg);
    if (found === undefined) continue;
    path.push(found.name);
    syntax = found;
    choices = found.commands ?? [];
  }
  return { path, syntax };
}

/** Makes a USAGE error with the nearest match and the help command that fits. */
export function usageError(error: CommanderError, args: readonly string[]): K3sVmError {
  const { path, syntax } = commandIn(args);
  const help = ['k3s-vm', ...path, '--help'].join(' ');
  const wrong = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const meant = suggestion(error.code, wrong, syntax);
  const text = error.message.replace(/^error: /, '').replace(/\n\(Did you mean[^)]*\)/s, '');
  if (error.code === 'commander.optionMissingArgument') {
    return k3sVmError('USAGE', { problem: strings.usage.needsValue(wrong), help });
  }
  const problem = `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
  return k3sVmError('USAGE', {
    problem: meant === undefined ? problem : strings.usage.didYouMean(problem, meant),
    help,
  });
}

function suggestion(code: string, wrong: string, syntax: CommandSyntax | undefined): string | undefined {
  if (code === 'commander.unknownCommand' || (code === 'commander.excessArguments' && syntax === undefined)) {
    return nearest(
      wrong,
      (syntax?.commands ?? commandTable).map(({ name }) => name),
    );
  }
  if (code !== 'commander.unknownOption') return undefined;
  const longs = [...(syntax?.options ?? []), ...globalOptions].flatMap(({ flags }) => /--[\w-]+/.exec(flags) ?? []);
  return nearest(wrong.replace(/=.*/s, ''), [...longs, '--help', '--version']);
}

/** Whether commander only printed help or the version. */
export const isHelp = (error: CommanderError): boolean =>
  error.exitCode === 0 || error.code === 'commander.help' || error.code === 'commander.helpDisplayed';
