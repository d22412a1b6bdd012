/**
 * `config set` and `unset`: edits a configuration file in place. Comments and order stay; a file that would not load
 * is never written.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMap, isNode, isScalar, type Document } from 'yaml';
import { k3sVmError } from '../errors';
import { replaceFile } from '../files/replace-file';
import { userConfigFile } from '../paths';
import { isSettingName, type SettingName } from './settings';
import { readConfigFile } from './read-file';
import { assertScope, isUnpinned, isWithin, scopeHints, scopeProblem, unpinned, type FileScope } from './scope';
import { fromText } from './text';
import { checkValue, unknownKeyMessage } from './validation';
import { parseConfigFile } from './yaml-file';

const header = ' Settings of k3s-vm. See them all: k3s-vm config show';

/**
 * The key, if there is such a setting.
 *
 * @throws USAGE naming the nearest one
 */
export function knownKey(key: string): SettingName {
  if (isSettingName(key)) return key;
  throw k3sVmError('USAGE', { problem: `Config: ${unknownKeyMessage(key)}`, help: 'k3s-vm config show' });
}

/**
 * Sets a key in a file, which is made if it is not there.
 *
 * @param text the value as the user typed it
 * @throws USAGE for an unknown key; CONFIG_INVALID for a value that is not valid or not for this file, or a file that is
 * broken
 */
export async function setInFile(file: string, scope: FileScope, key: string, text: string): Promise<void> {
  const name = knownKey(key);
  const value = fromText(name, text);
  const checked = checkValue(name, value);
  if ('problem' in checked) throw k3sVmError('CONFIG_INVALID', { where: key, problems: [checked.problem] });
  const folder = dirname(file);
  const misplaced = scopeProblem(name, checked.value, scope, folder);
  if (misplaced !== undefined) {
    const hints = scopeHints(name, checked.value, { folder, userFile: userConfigFile(), own: true });
    throw k3sVmError('CONFIG_INVALID', { where: key, problems: [misplaced], hints });
  }
  await edit(file, scope, name, (document) => {
    const path = name.split('.');
    // setIn cannot go through a group that is there but empty ("k3s:")
    const [group] = path;
    if (path.length > 1 && !isMap(document.get(group, true))) document.set(group, document.createNode({}));
    const before: unknown = document.getIn(path, true);
    const after = document.createNode(value, { flow: Array.isArray(value) });
    if (isScalar(before) && isScalar(after)) before.value = after.value;
    else {
      if (isNode(before) && before.comment) after.comment = before.comment;
      document.setIn(path, after);
    }
  });
}

/**
 * Removes a key from a file, so that the next source's value holds. Nothing happens where it is not set.
 *
 * @throws as setInFile
 */
export async function unsetInFile(file: string, scope: FileScope, key: string): Promise<boolean> {
  const name = knownKey(key);
  const path = name.split('.');
  if ((await readConfigFile(file)) === undefined) return false;
  let removed = false;
  await edit(file, scope, name, (document) => {
    removed = document.hasIn(path);
    if (!removed) return;
    document.deleteIn(path);
    const group: unknown = path.length > 1 ? document.get(path[0], true) : undefined;
    if (isMap(group) && group.items.length === 0) document.delete(path[0]);
  });
  return removed;
}

/** @param name the key that is changed. That a file may not hold another one is no reason not to remove this one. */
async function edit(
  file: string,
  scope: FileScope,
  name: SettingName,
  change: (document: Document) => void,
): Promise<void> {
  const source = await readConfigFile(file);
  const { document } = parseConfigFile(file, source ?? '');
  if (document.contents === null || !isMap(document.contents)) {
    if (source === undefined || source === '') document.commentBefore = header;
    document.contents = document.createNode({});
  }
  change(document);
  const empty = isMap(document.contents) && document.contents.items.length === 0;
  // An empty mapping would print as "{}"
  if (empty) document.contents = null;
  const text = document.toString({ lineWidth: 0 });
  const written = empty ? text.replace(/^null\n?$/m, '') : text;
  const result = parseConfigFile(file, written);
  if (result.values.has(name)) assertScope(result, scope, file, userConfigFile());
  if (scope === 'project' && ['image', 'imageDigest'].includes(name)) {
    const [image, digest] = (['image', 'imageDigest'] as const).map((key) => result.values.get(key)?.value);
    if (isUnpinned(image, digest)) throw unpinned(file);
  }
  await replaceConfigFile(file, scope, written);
}

/** Replaces a file in one step, through symlinks, with its mode kept. A project's symlink is not followed out of it. */
async function replaceConfigFile(path: string, scope: FileScope, content: string): Promise<void> {
  if (scope === 'project' && !isWithin(path, dirname(path))) {
    throw k3sVmError('CONFIG_INVALID', { where: path, problems: ['is a symlink to a file outside the project'] });
  }
  const target = await realpath(path).catch(() => path);
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => undefined,
  );
  await replaceFile(target, content, mode);
}
