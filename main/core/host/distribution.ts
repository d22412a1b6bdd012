/**
 * Which Linux this is, as far as it matters for telling people what to do. Every start of the command line loads this
 * file, so it needs nothing but node, and reads nothing before it is asked.
 */
import { readFileSync } from 'node:fs';

export type DistributionId = 'nixos' | 'debian' | 'fedora' | 'arch' | 'opensuse' | 'unknown';

export interface Distribution {
  /** The family whose package manager and habits it shares. */
  readonly id: DistributionId;
  /** For people, e.g. `Debian GNU/Linux`. */
  readonly name: string;
  /** ID and ID_LIKE, nearest first: what tells Ubuntu from Debian, or Rocky Linux from Fedora. */
  readonly ids: readonly string[];
  /** VERSION_ID, e.g. `12`; '' on rolling releases. */
  readonly version: string;
}

const families: readonly (readonly [DistributionId, RegExp])[] = [
  ['nixos', /^nixos$/],
  ['debian', /^(debian|ubuntu)$/],
  ['fedora', /^(fedora|rhel|centos)$/],
  ['arch', /^(arch|archlinux|manjaro)$/],
  ['opensuse', /^(opensuse.*|suse|sles|sled)$/],
];

/** The value of a line of os-release, which follows the shell's quoting. */
function unquote(value: string): string {
  const [, single, double] = /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)")$/.exec(value) ?? [];
  if (single !== undefined) return single;
  return (double ?? value).replace(/\\(.)/g, '$1');
}

/**
 * Reads an os-release file. Unknown distributions are told by what they say they are like.
 * https://www.freedesktop.org/software/systemd/man/latest/os-release.html
 */
export function parseOsRelease(text: string): Distribution {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, unquote(value));
  }
  const ids = `${values.get('ID') ?? 'linux'} ${values.get('ID_LIKE') ?? ''}`
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean);
  const family = (id: string): DistributionId | undefined => families.find(([, pattern]) => pattern.test(id))?.[0];
  return {
    id: ids.map(family).find((found) => found !== undefined) ?? 'unknown',
    name: values.get('NAME') ?? 'Linux',
    ids,
    version: values.get('VERSION_ID') ?? '',
  };
}

let known: Distribution | undefined;

/** This machine's distribution; read once. Never throws: a machine without the file is just `unknown`. */
export function distribution(): Distribution {
  known ??= parseOsRelease(readFirst(['/etc/os-release', '/usr/lib/os-release']));
  return known;
}

function readFirst(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // the next one, or none
    }
  }
  return '';
}
