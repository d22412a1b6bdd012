/**
 * docs/commands.md and docs/configuration.md, made from the command table and the table of settings. `npm run docs`
 * writes them; documentation.test.ts fails where they are out of date.
 */
import {
  environmentName,
  settingGroups,
  settingNames,
  settings,
  valuesOf,
  type Setting,
  type SettingEffect,
  type SettingGroup,
  type SettingName,
} from '../core/config/settings';
import { defaultText } from '../core/config/text';
import { formatDuration, formatSize } from '../core/config/units';
import { exitStatus } from '../core/errors';
import {
  commandTable,
  firstExamples,
  globalOptions,
  leafCommands,
  type CommandSyntax,
  type Examples,
  type OptionSyntax,
} from './command-table';

const madeFrom = (file: string): string => `<!-- Made from ${file} by "npm run docs". Do not edit it here. -->`;
const code = (text: string): string => `\`${text}\``;
const codes = (words: readonly string[]): string => words.map(code).join(', ');
/** A cell of a Markdown table; `<n>` would be taken for HTML outside of code. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
/** GitHub's name of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const exitStatuses: Readonly<Record<keyof typeof exitStatus, string>> = {
  ok: 'done, or healthy',
  failure: 'failure',
  usage: 'wrong usage or configuration',
  unhealthy: 'running but unhealthy (`status`)',
  stopped: 'the VM is stopped or suspended',
  absent: 'there is no VM',
  host: 'this machine lacks something',
  resources: 'not enough memory or disk space',
  download: 'a download failed',
  guest: 'the guest or K3s failed',
  conflict: 'a name, port or lock is taken',
  timeout: 'timed out',
  cancelled: 'cancelled',
};

/** The exit statuses as users see them, each with its meaning: `["0", "Done, or healthy"]`. */
export const exitStatusTexts: readonly (readonly [status: string, text: string])[] = Object.entries(exitStatuses).map(
  ([name, text]) => [String(exitStatus[name as keyof typeof exitStatus]), sentence(text)],
);

/** The text of docs/commands.md. */
export function commandsPage(): string {
  return [
    madeFrom('main/cli/command-table.ts'),
    '# Commands',
    'Run `k3s-vm` from anywhere inside the project. `k3s-vm COMMAND --help` shows what is below.',
    table(
      ['Command', 'What it does'],
      commandTable.map(({ name, description }) => [`[${code(name)}](#${anchor(name)})`, cell(sentence(description))]),
    ),
    examplesBlock(firstExamples),
    '`bin/kubectl` and `bin/k9s` run the real tools on the cluster of the project.',
    '## Options of every command',
    optionsTable(globalOptions),
    ...commandTable.flatMap((command) => commandSection(command, [], 2)),
    '## Exit status',
    table(['Status', 'Meaning'], exitStatusTexts),
    'With `--json` an error is `{"error": {code, message, hints, cause, exitStatus}}` on stderr. With `--progress json` each ' +
      'event of a long operation is one line of JSON on stderr.',
  ].join('\n\n');
}

function commandSection(command: CommandSyntax, path: readonly string[], level: number): readonly string[] {
  const name = [...path, command.name].join(' ');
  const { details, options = [], arguments: args = [], commands = [] } = command;
  const usage = [
    'k3s-vm',
    name,
    ...(options.length > 0 ? ['[options]'] : []),
    ...args.map((argument) => argument.name),
  ];
  return [
    `${'#'.repeat(level)} ${code(name)}`,
    `${sentence(command.description)}.${details === undefined ? '' : ` ${details}`}`.replaceAll('<', '&lt;'),
    ...(commands.length > 0 ? [] : [`Usage: ${code(usage.join(' '))}`]),
    ...(args.length === 0
      ? []
      : [
          table(
            ['Argument', ''],
            args.map((argument) => [code(argument.name), cell(argument.description)]),
          ),
        ]),
    ...(options.length === 0 ? [] : [optionsTable(options)]),
    examplesBlock(command.examples),
    ...commands.flatMap((sub) => commandSection(sub, [name], level + 1)),
  ];
}

const optionsTable = (options: readonly OptionSyntax[]): string =>
  table(
    ['Option', ''],
    options.map(({ flags, description }) => [code(flags), cell(description)]),
  );

function examplesBlock(examples: Examples): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, what]) =>
    what === '' ? `k3s-vm ${command}` : `k3s-vm ${command.padEnd(width)}  # ${what}`,
  );
  return `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;
}

const effects: Readonly<Record<SettingEffect, string>> = {
  setup: 'when the VM is set up; a VM that is there keeps what it was set up with (`reset --recreate` starts over)',
  start: 'at the next boot of the VM: `restart`, or `stop` and `start`',
  use: 'at once',
};

/** The text of docs/configuration.md. */
export function configurationPage(): string {
  const inGroup = (group: SettingGroup): readonly SettingName[] =>
    settingNames.filter((key) => settings[key].group === group);
  return [
    madeFrom('main/core/config/settings.ts'),
    '# Configuration',
    'A setting is looked up in five places, and the first one that has it wins:',
    [
      '1. flags, such as `--memory 8GiB`',
      '2. the environment, such as `K3S_VM_MEMORY=8GiB`',
      '3. `k3s-vm.yaml` in the project folder',
      '4. your own file for all your projects, `~/.config/k3s-vm/config.yaml`',
      '5. the default',
    ].join('\n'),
    '`k3s-vm config show` says where each value comes from. `config set` and `config unset` change `k3s-vm.yaml`, or with ' +
      '`--user` your own file, and keep its comments.',
    '```yaml\n# k3s-vm.yaml\ncpus: 4\nmemory: 8GiB\ndisk: 40GiB\nk3s:\n  version: v1.36\n  disable: [traefik]\n```',
    'Sizes need a unit: `8GiB`, `512MiB`, `20GB`. Durations are written as `90s`, `10m` or `1h30m`.',
    '## What a project may set',
    'A project may be anybody’s work, so its `k3s-vm.yaml` only shapes the VM. Settings that name a program on this machine, or ' +
      'where programs come from, are yours alone: they belong in your own file, the environment or flags. An image that ' +
      '`k3s-vm.yaml` names is a file inside the project, or an https URL with `imageDigest`. Like git, k3s-vm refuses a ' +
      'project that belongs to another user; `K3S_VM_TRUST` lists folders that you trust all the same, separated by colons.',
    '## All settings',
    table(
      ['Setting', 'Default', 'Takes effect'],
      settingNames.map((key) => [
        `[${code(key)}](#${anchor(key)})`,
        shownDefault(key),
        { setup: 'at setup', start: 'at the next boot', use: 'at once' }[settings[key].effect],
      ]),
    ),
    ...(Object.keys(settingGroups) as SettingGroup[]).flatMap((group) => [
      `## ${settingGroups[group]}`,
      ...inGroup(group).flatMap(settingSection),
    ]),
  ].join('\n\n');
}

function settingSection(key: SettingName): readonly string[] {
  const flags = flagsOf(key);
  return [
    `### ${code(key)}`,
    settings[key].description,
    [
      `- Default: ${shownDefault(key)}`,
      `- Values: ${valuesText(key)}, for example ${code(settings[key].example)}`,
      ...(flags === '' ? [] : [`- Flag: ${flags}`]),
      `- Environment: ${code(environmentName(key))}`,
      `- Files: ${filesText(settings[key])}`,
      `- Takes effect: ${effects[settings[key].effect]}`,
    ].join('\n'),
  ];
}

const shownDefault = (key: SettingName): string =>
  settings[key].defaultText === undefined ? code(defaultText(key)) : defaultText(key);

/** Which options set it: "`--cpus <n>` of `setup`". */
function flagsOf(key: SettingName): string {
  const commandsOf = new Map<string, string[]>();
  const add = (options: readonly OptionSyntax[], of: string): void => {
    for (const { flags, sets } of options) {
      if (sets?.key === key) commandsOf.set(flags, [...(commandsOf.get(flags) ?? []), of]);
    }
  };
  add(globalOptions, 'every command');
  for (const [name, { options = [] }] of leafCommands) add(options, code(name));
  return [...commandsOf].map(([flags, of]) => `${code(flags)} of ${of.join(', ')}`).join('; ');
}

function valuesText(key: SettingName): string {
  const setting = settings[key];
  const { none } = setting;
  return `${withoutNone(key, setting)}${none === undefined ? '' : `, or ${code(none)}`}`;
}

function withoutNone(key: SettingName, { kind, min = 0, max = 0 }: Setting): string {
  const choices = codes(valuesOf(key) ?? []);
  switch (kind) {
    case 'name':
      return 'lower-case letters, digits and dashes';
    case 'connection':
      return `${choices}, or a libvirt URI of QEMU`;
    case 'count':
      return `a whole number from ${min} to ${max}`;
    case 'size':
      return `a size of at least ${code(formatSize(min))}`;
    case 'duration':
      return `a duration of at least ${code(formatDuration(min))}`;
    case 'image':
      return `${choices}, or the URL or path of a cloud image`;
    case 'digest':
      return '`sha256:` and 64 hex digits, or `sha512:` and 128';
    case 'word':
      return 'a name in libvirt';
    case 'program':
      return 'the name of a program, or its absolute path';
    case 'choice':
    case 'boolean':
      return choices;
    case 'version':
      return `${choices}, another channel, or an exact version`;
    case 'components':
      return `a list of ${choices}`;
    case 'map':
      return 'a mapping, or JSON on the command line';
    case 'port':
      return `a port number from ${min} to ${max}`;
    case 'ports':
      return `a list of port numbers from ${min} to ${max}`;
    case 'probe':
      return '`host:port`';
    case 'url':
      return 'an http or https URL';
  }
}

function filesText({ scope, risk = '', projectValues }: Setting): string {
  switch (scope) {
    case 'project':
      return '`k3s-vm.yaml` and your own file';
    case 'project-only':
      return '`k3s-vm.yaml` only';
    case 'user':
      return projectValues === undefined
        ? `your own file only: it ${risk}`
        : `your own file; in \`k3s-vm.yaml\` only ${codes(projectValues)}: any other ${risk}`;
  }
}
