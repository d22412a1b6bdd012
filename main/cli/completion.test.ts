import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTable } from './command-table';
import { completionScript, shells } from './completion';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-'));
  for (const shell of shells) writeFileSync(join(folder, shell), completionScript(shell));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What zsh offers for a line with the cursor at its end: an interactive zsh on a pseudo-terminal is asked with Tab. */
function zshCompletions(dir: string): (line: string) => string[] {
  const offers = join(dir, 'offers');
  writeFileSync(
    join(dir, '.zshrc'),
    `PS1='ready> '
autoload -Uz compinit && compinit -u -D
source ${join(dir, 'zsh')}
# The candidates go to a file; -O, -A and -D only filter lists.
compadd() {
  if (( ! \${@[(I)-[OAD]]} )); then
    local -a found
    builtin compadd -A found "$@"
    (( $#found )) && print -rl -- $found >>${offers}
  fi
  builtin compadd "$@"
}
done-completing() { print -r -- "done<" }
comppostfuncs=(done-completing)
bindkey '^I' complete-word
`,
  );
  const ask = `zmodload zsh/zpty
zpty shell 'ZDOTDIR=${dir} TERM=dumb exec zsh -d -i'
zpty -r shell seen '*ready> *' && zpty -w -n shell "$1"$'\t' && zpty -r shell seen '*done<*'
zpty -d shell`;
  return (line) => {
    writeFileSync(offers, '');
    execFileSync('zsh', ['-f', '-c', ask, 'zsh', line], { timeout: 20_000 });
    return readFileSync(offers, 'utf8').split('\n').filter(Boolean).sort();
  };
}

const installed = (shell: string): boolean => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0;

describe.runIf(installed('bash'))('bash', () => {
  /** What bash offers for a line with the cursor at its end. */
  const complete = (line: string): string[] => {
    const words = line.split(' ');
    const program = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _k3s_vm; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', program, 'bash', join(folder, 'bash'), ...words], {
      encoding: 'utf8',
      cwd: folder,
    })
      .split('\n')
      .filter(Boolean);
  };

  it.each([
    ['k3s-vm st', ['start', 'stop', 'status']],
    ['k3s-vm --project /x --quiet res', ['resume', 'restart', 'reset']],
    ['k3s-vm config s', ['show', 'set']],
    ['k3s-vm setup --mem', ['--memory']],
    ['k3s-vm --verb', ['--verbose']],
    ['k3s-vm setup --wait a', ['api', 'all']],
    ['k3s-vm logs -s c', ['cloud-init', 'console']],
    ['k3s-vm config get me', ['memory']],
    ['k3s-vm config set --user wait n', ['none', 'node']],
    ['k3s-vm config set cpus ', []],
    ['k3s-vm completion f', ['fish']],
    ['k3s-vm help res', ['resume', 'restart', 'reset']],
    ['k3s-vm cache import fi', ['fish']],
    ['k3s-vm cache import fish ba', ['bash']],
    ['k3s-vm shell -- st', []],
    ['k3s-vm setup --cpus ', []],
  ])('%s', (line, expected) => expect(complete(line)).toEqual(expected));

  it('offers every command', () => {
    expect(complete('k3s-vm ')).toEqual(expect.arrayContaining(commandTable.map(({ name }) => name)));
    for (const { name, commands } of commandTable) {
      if (commands === undefined) continue;
      expect(complete(`k3s-vm ${name} `)).toEqual(expect.arrayContaining(commands.map((sub) => sub.name)));
    }
  });
});

/** A whole shell is started for each line, which takes seconds on a machine that is busy with a VM meanwhile. */
const shellStartsMs = 120_000;

describe('the scripts', () => {
  describe.each(shells)('in %s', (shell) => {
    it.runIf(installed(shell))('are clean', () => {
      execFileSync(shell, ['-n', join(folder, shell)]);
    });
  });

  it.runIf(installed('zsh'))(
    'complete in zsh',
    () => {
      const complete = zshCompletions(folder);
      expect(complete('k3s-vm st')).toEqual(['start', 'status', 'stop']);
      expect(complete('k3s-vm --project /x config s')).toEqual(['set', 'show']);
      expect(complete('k3s-vm setup --wait a')).toEqual(['all', 'api']);
      expect(complete('k3s-vm config set wait n')).toEqual(['node', 'none']);
      expect(complete('k3s-vm config set --user connection q')).toEqual(['qemu:///session', 'qemu:///system']);
      expect(complete('k3s-vm setup --mem')).toEqual(['--memory']);
    },
    shellStartsMs,
  );

  it.runIf(installed('fish'))('complete in fish', () => {
    const complete = (line: string): string[] =>
      execFileSync('fish', ['--no-config', '-c', `source ${join(folder, 'fish')}; complete -C '${line}'`], {
        encoding: 'utf8',
      })
        .split('\n')
        .map((text) => text.split('\t')[0] ?? '')
        .filter(Boolean);
    expect(complete('k3s-vm st')).toEqual(['start', 'status', 'stop']);
    expect(complete('k3s-vm --project /x config s')).toEqual(['set', 'show']);
    expect(complete('k3s-vm setup --wait a')).toEqual(['all', 'api']);
    expect(complete('k3s-vm config set wait n')).toEqual(['node', 'none']);
    expect(complete('k3s-vm setup --mem')).toEqual(['--memory']);
  });
});
