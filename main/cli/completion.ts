/**
 * Shell completion, made from the command table: there is no second list of commands or options.
 */
import { settingNames, valuesOf } from '../core/config/settings';
import { shellQuote } from '../core/shell-quote';
import {
  commandTable,
  globalOptions,
  leafCommands as leaves,
  type ArgumentSyntax,
  type CommandSyntax,
  type OptionSyntax,
} from './command-table';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface Parsed {
  readonly short: string | undefined;
  readonly long: string;
  readonly takesValue: boolean;
  readonly syntax: OptionSyntax;
}

const parse = (syntax: OptionSyntax): Parsed => ({
  short: /(?:^|\s)(-\w)\b/.exec(syntax.flags)?.[1],
  long: /--[\w-]+/.exec(syntax.flags)?.[0] ?? '',
  takesValue: syntax.flags.includes('<'),
  syntax,
});

const help: OptionSyntax = { flags: '-h, --help', description: 'show help' };
const globals = [...globalOptions, help].map(parse);
const version = parse({ flags: '-V, --version', description: 'print the version' });
const optionsOf = ({ options = [] }: CommandSyntax): Parsed[] => options.map(parse);

const groups = commandTable.filter(({ commands }) => commands !== undefined);

/** The completion script for a shell. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

const names = (list: readonly Parsed[]): string =>
  list.flatMap(({ short, long }) => [long, ...(short === undefined ? [] : [short])]).join(' ');

/** The values that `config set KEY` may take. */
const settingChoices = settingNames.flatMap((key) => {
  const values = valuesOf(key);
  return values === undefined ? [] : [[key, values] as const];
});

function bash(): string {
  const all = [...globals, ...leaves.flatMap(([, command]) => optionsOf(command))];
  const withValue = [
    ...new Set(
      all
        .filter(({ takesValue }) => takesValue)
        .flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])),
    ),
  ];
  const reply = (words: readonly string[]): string => `__k3s_vm_words '${words.join(' ')}'`;
  const values = (option: Parsed): string | undefined => {
    const { choices, completes } = option.syntax;
    const parts = [
      ...(choices === undefined ? [] : [reply(choices)]),
      ...(completes === 'folder' ? ['__k3s_vm_files -d'] : []),
      ...(completes === 'file' ? ['__k3s_vm_files -f'] : []),
    ];
    return parts.length === 0 ? undefined : parts.join('; ');
  };
  const pattern = ({ long, short }: Parsed): string => [long, ...(short === undefined ? [] : [short])].join('|');
  const cases = (list: readonly Parsed[], prefix: string): string[] =>
    list.flatMap((option) => {
      const done = option.takesValue ? values(option) : undefined;
      return done === undefined
        ? []
        : [
            `    ${pattern(option)
              .split('|')
              .map((flag) => `"${prefix}${flag}"`)
              .join('|')}) ${done}; return ;;`,
          ];
    });
  const argument = ({ choices, completes }: ArgumentSyntax): string | undefined =>
    completes === 'file' ? '__k3s_vm_files -f' : choices === undefined ? undefined : reply(choices);
  return `# bash completion for k3s-vm. Made by: k3s-vm completion bash

__k3s_vm_words() {
  local word
  for word in $1; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

__k3s_vm_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen "$1" -- "$cur")
}

_k3s_vm() {
  local cur prev command='' group='' word i arguments=0
  COMPREPLY=()
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD - 1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
    --) return ;;
    ${withValue.join('|')}) i=$((i + 1)) ;;
    -*) ;;
    *)
      if [[ -z $command && -z $group ]]; then
        case $word in
        ${groups.map(({ name }) => name).join('|')}) group=$word ;;
        *) command=$word ;;
        esac
      elif [[ -z $command ]]; then
        command="$group $word"
      else
        arguments=$((arguments + 1))
        [[ -n \${argument:-} ]] || local argument=$word
      fi
      ;;
    esac
  done
  # Bash takes a colon for the end of a word, as in qemu:///system
  if [[ $cur == : || $prev == : || $cur == //* ]]; then return; fi

  case "$command $prev" in
${leaves.flatMap(([name, command]) => cases(optionsOf(command), `${name} `)).join('\n')}
  esac
  case $prev in
${cases(globals, '').join('\n')}
    ${withValue.join('|')}) return ;;
  esac

  if [[ $cur == -* ]]; then
    case $command in
${leaves.map(([name, command]) => `    "${name}") __k3s_vm_words '${names(optionsOf(command))}' ;;`).join('\n')}
    '') __k3s_vm_words '${names([version])}' ;;
    esac
    __k3s_vm_words '${names(globals)}'
    return
  fi

  case "$group/$command/$arguments" in
  "//0") __k3s_vm_words '${[...commandTable.map(({ name }) => name), 'help'].join(' ')}' ;;
${groups.map(({ name, commands = [] }) => `  "${name}//0") __k3s_vm_words '${commands.map((sub) => sub.name).join(' ')}' ;;`).join('\n')}
  "/help/0") __k3s_vm_words '${commandTable.map(({ name }) => name).join(' ')}' ;;
${leaves
  .flatMap(([name, command]) => {
    const group = name.includes(' ') ? (name.split(' ')[0] ?? '') : '';
    return (command.arguments ?? []).flatMap((syntax, i) => {
      const done = argument(syntax);
      const many = syntax.name.includes('...');
      return done === undefined ? [] : [`  "${group}/${name}/"${many ? '*' : String(i)}) ${done} ;;`];
    });
  })
  .join('\n')}
  "config/config set/1")
    case $argument in
${settingChoices.map(([key, choices]) => `    ${key}) ${reply(choices)} ;;`).join('\n')}
    esac
    ;;
  esac
}

complete -F _k3s_vm k3s-vm
`;
}

function zsh(): string {
  // Colons and brackets have a meaning in the specs of _arguments
  const inSpec = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');
  const action = (choices: readonly string[] | undefined, completes: 'file' | 'folder' | undefined): string => {
    if (completes === 'folder') return '_files -/';
    if (completes === 'file') return '_files';
    return choices === undefined ? ' ' : `(${choices.map((choice) => choice.replaceAll(':', '\\:')).join(' ')})`;
  };
  const option = ({ short, long, takesValue, syntax }: Parsed): string[] =>
    [long, ...(short === undefined ? [] : [short])].map((flag) => {
      const value = takesValue ? `:${long.slice(2)}:${action(syntax.choices, syntax.completes)}` : '';
      return shellQuote(`${flag}[${inSpec(syntax.description)}]${value}`);
    });
  const argument = ({ name, choices, completes }: ArgumentSyntax, i: number): string => {
    const label = name.replace(/[<>[\].]/g, '');
    // What the value of a setting may be depends on the word before it
    const what = label === 'value' ? '_k3s-vm-setting-values' : action(choices, completes);
    return shellQuote(`${name.includes('...') ? '*' : String(i + 1)}:${label}:${what}`);
  };
  const described = (commands: readonly CommandSyntax[]): string =>
    commands.map(({ name, description }) => shellQuote(`${name}:${description}`)).join(' ');
  const args = (command: CommandSyntax): string =>
    [
      '_arguments -s -S $globals',
      ...optionsOf(command).flatMap(option),
      ...(command.arguments ?? []).map(argument),
    ].join(' \\\n          ');
  return `#compdef k3s-vm
# zsh completion for k3s-vm. Made by: k3s-vm completion zsh

_k3s-vm-setting-values() {
  local expl
  case $line[1] in
${settingChoices.map(([key, values]) => `  ${key}) _wanted values expl value compadd -- ${values.join(' ')} ;;`).join('\n')}
  *) _message value ;;
  esac
}

_k3s-vm() {
  local curcontext=$curcontext state line
  local -a globals commands
  globals=(
    ${globals.flatMap(option).join('\n    ')}
  )
  _arguments -s -S -C $globals ${option(version).join(' ')} '1: :->command' '*:: :->rest'
  case $state in
  command)
    commands=(${described(commandTable)})
    _describe -t commands command commands
    ;;
  rest)
    case $line[1] in
${commandTable
  .map((command) =>
    command.commands === undefined
      ? `      ${command.name})\n        ${args(command)} ;;`
      : `      ${command.name})
        _arguments -s -S -C $globals '1: :->sub' '*:: :->subrest'
        case $state in
        sub)
          commands=(${described(command.commands)})
          _describe -t commands command commands
          ;;
        subrest)
          case $line[1] in
${command.commands.map((sub) => `          ${sub.name}) ${args(sub)} ;;`).join('\n')}
          esac
          ;;
        esac
        ;;`,
  )
  .join('\n')}
    esac
    ;;
  esac
}

if [[ $funcstack[1] == _k3s-vm ]]; then
  _k3s-vm "$@"
else
  compdef _k3s-vm k3s-vm
fi
`;
}

function fish(): string {
  const option = (condition: string, { short, long, takesValue, syntax }: Parsed): string =>
    [
      'complete -c k3s-vm',
      ...(condition === '' ? [] : [`-n ${shellQuote(condition)}`]),
      ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
      `-l ${long.slice(2)}`,
      ...(takesValue ? (syntax.completes === undefined ? ['-x'] : ['-r -F']) : []),
      ...(syntax.choices === undefined ? [] : [`-a ${shellQuote(syntax.choices.join(' '))}`]),
      `-d ${shellQuote(syntax.description)}`,
    ].join(' ');
  const condition = (name: string): string => `__k3s_vm_using ${name}`;
  const lines = [
    '# fish completion for k3s-vm. Made by: k3s-vm completion fish',
    '',
    '# The words that are neither options nor their values',
    'function __k3s_vm_words',
    '    set -l skip 0',
    '    for word in (commandline -opc)[2..-1]',
    '        if test $skip = 1',
    '            set skip 0',
    '            continue',
    '        end',
    '        switch $word',
    `            case ${[...globals, ...leaves.flatMap(([, command]) => optionsOf(command))]
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]))
      .filter((flag, i, all) => all.indexOf(flag) === i)
      .join(' ')}`,
    '                set skip 1',
    "            case '-*'",
    "            case '*'",
    '                echo $word',
    '        end',
    '    end',
    'end',
    '',
    '# Whether the command line has exactly these words, or these and arguments',
    'function __k3s_vm_at',
    '    set -l words (__k3s_vm_words)',
    '    test "$argv" = "$words"',
    'end',
    'function __k3s_vm_using',
    '    set -l words (__k3s_vm_words)',
    '    set -l n (count $argv)',
    '    test (count $words) -ge $n; and test "$argv" = "$words[1..$n]"',
    'end',
    '',
    'complete -c k3s-vm -f',
    ...globals.map((parsed) => option('', parsed)),
    option('__k3s_vm_at', version),
    ...commandTable.map(
      ({ name, description }) => `complete -c k3s-vm -n __k3s_vm_at -a ${name} -d ${shellQuote(description)}`,
    ),
    ...groups.flatMap(({ name, commands = [] }) =>
      commands.map(
        (sub) => `complete -c k3s-vm -n '__k3s_vm_at ${name}' -a ${sub.name} -d ${shellQuote(sub.description)}`,
      ),
    ),
    ...leaves.flatMap(([name, command]) => [
      ...optionsOf(command).map((parsed) => option(condition(name), parsed)),
      ...(command.arguments ?? [])
        .slice(0, 1)
        .flatMap(({ choices, completes }) => [
          ...(choices === undefined
            ? []
            : [`complete -c k3s-vm -n '__k3s_vm_at ${name}' -a ${shellQuote(choices.join(' '))}`]),
          ...(completes === undefined ? [] : [`complete -c k3s-vm -n ${shellQuote(condition(name))} -F`]),
        ]),
    ]),
    ...settingChoices.map(
      ([key, choices]) => `complete -c k3s-vm -n '__k3s_vm_at config set ${key}' -a ${shellQuote(choices.join(' '))}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
