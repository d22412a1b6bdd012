/**
 * The folders that files are written to. A setup would notice only after minutes that one of them is read-only: its
 * downloads come first.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { k3sVmError } from '../../errors';
import { cacheDir, kubeconfigFile, stateDir } from '../../paths';
import { failed, ok, type Check } from '../check';

/** Folders by what they are for; those below are looked at too, as they may belong to somebody else. */
function folders(
  project: string,
): readonly (readonly [use: 'project' | 'cache' | 'state' | 'temporary', path: string])[] {
  const below = (path: string, names: readonly string[]): string[] => [path, ...names.map((name) => join(path, name))];
  const [cache, state] = [cacheDir(), stateDir()];
  return [
    ...[project, join(kubeconfigFile(project), '..')].map((path) => ['project', path] as const),
    ...below(cache, ['blobs', 'index', 'texts', 'partial', 'locks', 'tmp']).map((path) => ['cache', path] as const),
    ...below(state, ['locks', 'operations', 'projects', 'vms']).map((path) => ['state', path] as const),
    ['temporary', tmpdir()],
  ];
}

export const foldersCheck: Check = {
  id: 'folders',
  title: 'Folders',
  run({ config, machine }) {
    for (const [use, path] of folders(config.project)) {
      const why = machine.writeProblem(path);
      if (why !== undefined) return Promise.resolve(failed(k3sVmError('NOT_WRITABLE', { use, path, why })));
    }
    return Promise.resolve(ok('project, cache, state and temporary files can be written'));
  },
};
