/**
 * What each of the two configuration files may say. A cloned repository is a stranger's: its k3s-vm.yaml shapes a VM, but
 * never names a program on the host, where programs come from, or a file outside of the project.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { k3sVmError, type Remedy, type K3sVmError } from '../errors';
import { operand, sh } from '../shell-quote';
import { settings, type Setting, type SettingName } from './settings';
import { toText } from './text';
import type { ParsedFile } from './yaml-file';

export type FileScope = 'project' | 'user';

/** Whether a project's file may set a key to a value, apart from what `image` needs. */
export function isForProjects(key: SettingName, value: unknown): boolean {
  const { scope, projectValues }: Setting = settings[key];
  return scope !== 'user' || (projectValues?.includes(toText(key, value)) ?? false);
}

/** Whether a project's file may never set a key, whatever the value. */
export const isReserved = (key: SettingName): boolean => {
  const { scope, projectValues }: Setting = settings[key];
  return scope === 'user' && projectValues === undefined;
};

/** Why a file may not set a key to a (validated) value; undefined: it may. @param folder the project folder */
export function scopeProblem(key: SettingName, value: unknown, scope: FileScope, folder: string): string | undefined {
  if (scope === 'user') {
    return settings[key].scope === 'project-only' ? `belongs to one project; set it in its k3s-vm.yaml` : undefined;
  }
  if (!isForProjects(key, value)) return reservedProblem(key);
  return key === 'image' ? imageProblem(String(value), folder) : undefined;
}

/** Why a value of a `user` setting is not for a project's file. */
export const reservedProblem = (key: SettingName): string => {
  const { risk = '', projectValues }: Setting = settings[key];
  const allowed = projectValues === undefined ? '' : ` (a project can choose ${projectValues.join(', ')})`;
  return `only you can set this, not a project: it ${risk}${allowed}`;
};

export interface HintContext {
  /** The project folder. */
  readonly folder: string;
  readonly userFile: string;
  /** Whether the user typed the value. What a stranger's file says is not offered for pasting where it starts a program. */
  readonly own: boolean;
}

/** How a value that a file may not hold can be set nevertheless. */
export function scopeHints(
  key: SettingName,
  value: unknown,
  { folder, userFile, own }: HintContext,
): readonly Remedy[] {
  const text = key === 'image' ? imagePath(String(value), folder) : toText(key, value);
  if (settings[key].scope === 'project-only') {
    return [{ text: 'Set it for the project you are in:', command: sh`k3s-vm config set ${key} ${operand(text)}` }];
  }
  const forUser: Remedy = {
    text: `Set it for yourself, in all your projects (${userFile}):`,
    command: sh`k3s-vm config set --user ${key} ${operand(text)}`,
  };
  if (own) return [forUser];
  const remove: Remedy = { text: "Remove it from the project's file:", command: sh`k3s-vm config unset ${key}` };
  if (key === 'image') {
    return [{ text: 'If you want this image, name it yourself:', command: sh`k3s-vm setup --image ${text}` }, remove];
  }
  if (key === 'connection' && /[?]|\+ext:/.test(text)) {
    return [{ text: `It may start a program. If you know what it does, write it into ${userFile}.` }, remove];
  }
  return [{ ...forUser, text: `If you want it, set it for yourself, in all your projects (${userFile}):` }, remove];
}

/**
 * Refuses a file that sets what it may not.
 *
 * @param path of the file; a project's is in the project folder
 * @throws CONFIG_INVALID with the line of each, why, and where it can be set
 */
export function assertScope(
  { values, locate }: Pick<ParsedFile, 'values' | 'locate'>,
  scope: FileScope,
  path: string,
  userFile: string,
): void {
  const folder = dirname(path);
  const misplaced = [...values].flatMap(([key, { value, line }]) => {
    const problem = scopeProblem(key, value, scope, folder);
    return problem === undefined ? [] : [{ key, value, line, problem }];
  });
  if (misplaced.length === 0) return;
  misplaced.sort((a, b) => a.line - b.line);
  throw k3sVmError('CONFIG_INVALID', {
    where: path,
    problems: misplaced.map(({ key, problem }) => locate(key, `${key}: ${problem}`)),
    hints: misplaced.flatMap(({ key, value }) => scopeHints(key, value, { folder, userFile, own: false })),
  });
}

/** Whether a project names an image by its URL, without the digest that makes it the same image tomorrow. */
export const isUnpinned = (image: unknown, digest: unknown): boolean =>
  typeof image === 'string' && isImageUrl(image) && typeof digest !== 'string';

/** @param where file, or file:line */
export const unpinned = (where: string): K3sVmError =>
  k3sVmError('CONFIG_INVALID', {
    where,
    problems: ["image: a URL in a project's file needs imageDigest too"],
    hints: [
      {
        text: 'Pin the image (sha256sum prints the digits of a file that you trust):',
        command: 'k3s-vm config set imageDigest sha256:DIGITS',
      },
    ],
  });

const isImageUrl = (image: string): boolean => /^https?:\/\//.test(image);
const isImageName = (image: string): boolean => ['debian-12', 'debian-13'].includes(image);

function imageProblem(image: string, folder: string): string | undefined {
  if (isImageName(image)) return undefined;
  if (isImageUrl(image)) return image.startsWith('https:') ? undefined : `an image URL in a project's file needs https`;
  const path = imagePath(image, folder);
  return isWithin(path, folder)
    ? undefined
    : `"${image}" is outside the project folder; a project cannot use your files`;
}

/** What an image is called in a file of `base`: a path is relative to it; names and URLs stay as they are. */
export function imagePath(image: string, base: string): string {
  if (isImageName(image) || isImageUrl(image)) return image;
  return image.startsWith('~/') ? join(homedir(), image.slice(2)) : resolve(base, image);
}

/** Whether a path, through all symlinks, lies in a folder. It need not exist. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(realpathSync(folder), realPathOf(path));
  return way !== '' && way !== '..' && !way.startsWith('../');
}

/** The real path of what exists of a path, with the rest as it is. A symlink that leads nowhere yet leads out. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return '/';
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}
