/**
 * Commands as they must be typed by whoever reads them. Remedies are made far from the front ends, with plain commands
 * (`k3s-vm start`, `kubectl get nodes`); what leaves for a front end is completed here, in one go.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { K3sVmError, withHints } from './errors';
import { searchPath } from './host/search-path';
import { outsideQuotes, sh } from './shell-quote';

/** Who reads: how they call us, and what a command needs to find their VM. */
export interface Caller {
  /** A path, which is one word; without a slash it is typed as it stands: `k3s-vm`, `npx k3s-vm`. */
  readonly program: string;
  /** Folder of kubectl and k9s, our wrappers: the bare names are programs on the user's own clusters. */
  readonly wrappers: string;
  /** Options that hold for every command: `--project`, `--name`, `--connection`. */
  readonly options: readonly (readonly [option: string, value: string])[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The k3s-vm on PATH, if it leads to the one in this folder: a package's `/usr/bin/k3s-vm`, say, whose upgrades may move
 * the folder.
 *
 * @param bin folder of bin/k3s-vm
 * @returns its absolute path
 */
export function programOnPath({ PATH }: Environment, bin: string): string | undefined {
  const own = realPath(join(bin, 'k3s-vm'));
  if (own === undefined) return undefined;
  return searchPath(PATH)
    .map((folder) => join(folder, 'k3s-vm'))
    .find((file) => realPath(file) === own);
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/**
 * k3s-vm for what outlives a command, such as the start at login: an installation may be collected, as one in the Nix
 * store is, and its wrapper then says which path stays.
 *
 * @param bin folder of bin/k3s-vm
 */
export const lastingProgram = (env: Environment, bin: string): string =>
  env.K3S_VM_PROGRAM || programOnPath(env, bin) || `${bin}/k3s-vm`;

/**
 * The AppImage that we run from, if we do. Our own folder is then gone as soon as its window is closed
 * (https://docs.appimage.org/packaging-guide/environment-variables.html). Both variables may be another AppImage's that
 * started us.
 *
 * @param bin folder of bin/k3s-vm
 */
export const appImage = ({ APPIMAGE, APPDIR }: Environment, bin: string): string | undefined =>
  APPIMAGE && APPDIR && bin.startsWith(`${APPDIR}/`) ? APPIMAGE : undefined;

const wordsOf = (program: string): readonly string[] => (program.includes('/') ? [program] : program.split(' '));

/** How a wrapper is called for the caller's VM. */
function wrapper(tool: string, { program, wrappers, options }: Caller): string {
  const given = new Map(options);
  // The wrappers know projects only, and the VM of a name may have none any more
  if (given.has('--name') && tool === 'kubectl')
    return sh`${[...wordsOf(program), ...options.flat()]} shell -- sudo k3s kubectl`;
  // Where we are a name on PATH, the wrappers are commands of ours
  if (!program.includes('/')) return sh`${[...wordsOf(program), ...options.flat(), tool]}`;
  const path = sh`${`${wrappers}/${tool}`}`;
  const project = given.get('--project');
  return project === undefined ? path : sh`K3S_VM_PROJECT=${project} ${[`${wrappers}/${tool}`]}`;
}

/**
 * A command as the caller must type it. One that is complete stays as it is. What is quoted in it is somebody else's text,
 * and none of our commands.
 */
export function completeCommand(command: string, caller: Caller): string {
  let unquoted = '';
  outsideQuotes(command, (text) => (unquoted += text));
  const missing = caller.options.filter(([option]) => !unquoted.includes(`${option} `));
  const prefix = sh`${[...wordsOf(caller.program), ...missing.flat()]}`;
  return outsideQuotes(command, (text) =>
    text.replace(
      /(^|&& )(k3s-vm|kubectl|k9s)(?= |$)/g,
      (_, before: string, program: string) => before + (program === 'k3s-vm' ? prefix : wrapper(program, caller)),
    ),
  );
}

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

function completed(value: unknown, caller: Caller): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof K3sVmError) return withHints(value, complete(value.hints, caller));
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => completed(item, caller));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  if (!isPlain(value)) return value;
  const { text, command } = value as { text?: unknown; command?: unknown };
  if (typeof text === 'string' && typeof command === 'string') {
    return { ...value, command: completeCommand(command, caller) };
  }
  const entries = Object.entries(value).map(([key, part]) => [key, completed(part, caller)] as const);
  return entries.every(([key, part]) => part === (value as Record<string, unknown>)[key])
    ? value
    : Object.fromEntries(entries);
}

/**
 * The same error or data, in which the command of every remedy is complete, however deep it is.
 *
 * @param value an error, or plain data such as a status, a doctor's line or an event
 */
export const complete = <T>(value: T, caller: Caller): T => completed(value, caller) as T;
