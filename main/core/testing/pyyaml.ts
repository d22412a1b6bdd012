/**
 * PyYAML, which is what cloud-init reads its files with, for tests of what we write for it.
 */
import { spawnSync } from 'node:child_process';

/** A Python that has it: the first on PATH may be one of the user's own, without Debian's packages. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import yaml']).status === 0,
);

export const hasPyYaml = python !== undefined;

/** What PyYAML reads in each of some documents, all in one process. */
export function readByPyYaml(documents: readonly string[]): readonly unknown[] {
  const script = 'import json, sys, yaml; print(json.dumps([yaml.safe_load(text) for text in json.load(sys.stdin)]))';
  const { stdout, stderr, status } = spawnSync(python ?? 'python3', ['-c', script], {
    input: JSON.stringify(documents),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly unknown[];
}
