/**
 * Options of NixOS, written as modules: what modules say of an option is merged, while the bare lines, pasted beside an
 * `extraGroups` or `systemPackages` that is there already, would be "attribute already defined".
 * https://nixos.org/manual/nixos/stable/#sec-modularity
 */
import type { NixOptions, Remedy } from '../errors/remedy';

const lines = (options: NixOptions): string[] =>
  Object.entries(options).map(([name, value]) => `${name} = ${value === true ? 'true' : `[ ${value.join(' ')} ]`};`);

const needsPackages = (options: NixOptions): boolean =>
  Object.values(options).some((value) => value !== true && value.some((item) => item.startsWith('pkgs.')));

/** A module on one line, to be pasted into the list `imports`. */
export const nixModule = (options: NixOptions): string => {
  const set = `{ ${lines(options).join(' ')} }`;
  return needsPackages(options) ? `({ pkgs, ... }: ${set})` : set;
};

/** A module as a file of its own. */
export const nixFile = (options: NixOptions): string =>
  [`{ ${needsPackages(options) ? 'pkgs, ' : ''}... }:`, '{', ...lines(options).map((line) => `  ${line}`), '}'].join(
    '\n',
  );

/** Everything that remedies would set, each option once; undefined where there is none. */
export function mergeNixOptions(remedies: readonly Remedy[]): NixOptions | undefined {
  const merged: Record<string, true | readonly string[]> = {};
  for (const [name, value] of remedies.flatMap(({ nixos = {} }) => Object.entries(nixos))) {
    const known = merged[name] ?? [];
    merged[name] = known === true || value === true ? true : [...new Set([...known, ...value])];
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}
