/**
 * What `k3s-vm init` writes into a project, to be committed: wrappers in bin/, k3s-vm.yaml, lines of .gitignore and .envrc.
 * A project folder may hold anything, so each file is reached through files/folder.ts, and what is not ours is left alone.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import program from '../../resources/project/k3s-vm.sh';
import { settingGroups, settingNames, settings, type SettingGroup, type SettingName } from './config/settings';
import { defaultText, toText } from './config/text';
import { withFolder, type Folder } from './files/folder';

/** `foreign`: somebody else's file of that name, which was left as it is. `kept`: the user's settings. */
export type FileState = 'created' | 'updated' | 'unchanged' | 'kept' | 'foreign';

export interface ProjectFile {
  readonly path: string;
  readonly state: FileState;
}

const mark = '# Written by k3s-vm init';
const ignored = ['.kube/', '.k3s-vm/'];

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Adds the line that says whose file it is, and by its digest whether it still is as we wrote it. */
function marked(first: string, body: string): string {
  return `${first}${mark} (${digest(first + body)}). Run it again to update this file.\n${body}`;
}

/** Whether a text is what some version of us wrote, without a change. */
function isOurs(text: string): boolean {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(mark));
  if (at !== 0 && at !== 1) return false;
  const [line = ''] = lines.splice(at, 1);
  return line.includes(`(${digest(lines.join('\n'))})`);
}

const script = (last: string): string => marked('#!/bin/sh\n', `${program}${last}\n`);
/** Continues in this very shell where it can: starting another one takes as long as all the rest. */
const runTool = (tool: string): string => `bin=\${program%/*}
self=$0
tool=${tool}
[ -L "$program" ] || [ ! -f "$bin/cluster-tool.sh" ] || . "$bin/cluster-tool.sh"
exec "$program" ${tool} "$@"`;
const wrappers: Readonly<Record<string, string>> = {
  'k3s-vm': script('exec "$program" "$@"'),
  kubectl: script(runTool('kubectl')),
  k9s: script(runTool('k9s')),
};

/** As the wrappers find the kubeconfig: in the user's state folder. One that the project brings is not used. */
const envrc = marked(
  '',
  `PATH_add bin
case \${XDG_STATE_HOME:-} in
/*) state=$XDG_STATE_HOME/k3s-vm ;;
*) state=$HOME/.local/state/k3s-vm ;;
esac
link=$state/projects$(pwd -P)/.k3s-vm-uuid
watch_file "$link"
uuid=
[ ! -f "$link" ] || read -r uuid <"$link" || :
case $uuid in
'' | *[!0-9a-f-]*) export KUBECONFIG=/dev/null ;;
*) export KUBECONFIG=$state/vms/$uuid/kubeconfig ;;
esac
`,
);

/** k3s-vm.yaml with every setting that a project may have, as comments. */
export function commentedSettings(): string {
  const lines = [
    '# Settings of this project for k3s-vm. To change one, remove the # before it and before the name of its group.',
  ];
  const parents = new Set<string>();
  for (const group of Object.keys(settingGroups) as SettingGroup[]) {
    const keys = settingNames.filter((key) => settings[key].group === group && settings[key].scope !== 'user');
    if (keys.length > 0) lines.push('', `# --- ${settingGroups[group]}`);
    for (const key of keys) {
      const [parent = '', child] = key.split('.');
      const indent = child === undefined ? '' : '  ';
      if (child !== undefined && !parents.has(parent)) lines.push(`#${parent}:`);
      parents.add(parent);
      lines.push(`# ${indent}${settings[key].description} Default: ${defaultText(key)}`);
      lines.push(`#${indent}${child ?? key}: ${exampleOf(key)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A value in YAML: the default, or an example where the default is not a value. */
function exampleOf(key: SettingName): string {
  const { kind, example, default: value, defaultText: words } = settings[key];
  const text = value === null || words !== undefined ? example : toText(key, value);
  if (kind === 'components' || kind === 'ports') return `[${text.replaceAll(',', ', ')}]`;
  return text.includes('<') ? `'${text}'` : text;
}

/**
 * Writes them. A second call updates what the first one wrote.
 *
 * @param project real path of a project that was checked
 * @param options.envrc also writes .envrc
 * @throws FOLDER_REFUSED when the project or its bin/ is a link or another user's
 */
export async function writeProjectFiles(
  project: string,
  options: { readonly envrc: boolean },
): Promise<readonly ProjectFile[]> {
  return (
    (await withFolder(project, { create: false }, async (folder) => {
      const bin = join(project, 'bin');
      // As any folder that is committed, so not with withFolder's mode
      await mkdir(bin).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const written = await withFolder(bin, { create: false }, async (inBin) => {
        const files: ProjectFile[] = [];
        for (const [name, text] of Object.entries(wrappers)) files.push(await place(inBin, name, text, 0o755));
        return files;
      });
      return [
        ...(written ?? []),
        await placeSettings(folder),
        await placeIgnored(folder),
        ...(options.envrc ? [await place(folder, '.envrc', envrc, 0o644)] : []),
      ];
    })) ?? []
  );
}

/**
 * Whether the kubectl in a project's bin/ is the one that we would write. Anybody can write our mark and its digest, and
 * users are told to run this file.
 */
export async function hasWrappers(project: string): Promise<boolean> {
  const found = await withFolder(join(project, 'bin'), { create: false }, ({ read }) => read('kubectl')).catch(
    () => undefined,
  );
  return found === wrappers.kubectl;
}

async function place(folder: Folder, name: string, text: string, mode: number): Promise<ProjectFile> {
  const path = join(folder.path, name);
  const there = await folder.read(name);
  if (there === text) return { path, state: 'unchanged' };
  if (there === undefined ? (await folder.names()).includes(name) : !isOurs(there)) return { path, state: 'foreign' };
  await folder.write(name, text, mode);
  return { path, state: there === undefined ? 'created' : 'updated' };
}

async function placeSettings(folder: Folder): Promise<ProjectFile> {
  const path = join(folder.path, 'k3s-vm.yaml');
  if ((await folder.names()).includes('k3s-vm.yaml')) return { path, state: 'kept' };
  await folder.write('k3s-vm.yaml', commentedSettings(), 0o644);
  return { path, state: 'created' };
}

async function placeIgnored(folder: Folder): Promise<ProjectFile> {
  const name = '.gitignore';
  const path = join(folder.path, name);
  const there = await folder.read(name);
  if (there === undefined && (await folder.names()).includes(name)) return { path, state: 'foreign' };
  const lines = (there ?? '').split('\n').map((line) => line.trim().replace(/^\/|\/$/g, ''));
  const missing = ignored.filter((line) => !lines.includes(line.replace(/\/$/, '')));
  if (missing.length === 0) return { path, state: 'unchanged' };
  const before = there === undefined || there === '' || there.endsWith('\n') ? (there ?? '') : `${there}\n`;
  await folder.write(name, `${before}${missing.join('\n')}\n`, 0o644);
  return { path, state: there === undefined ? 'created' : 'updated' };
}
