/**
 * Checks values against the table of settings. Loaded only when there is something to check.
 */
import { nameProblem } from './naming';
import { nearest } from './nearest';
import {
  isSettingName,
  settingNames,
  settings,
  type KindTypes,
  type Setting,
  type SettingKind,
  type SettingName,
} from './settings';
import { formatDuration, formatSize, parseDuration, parseSize } from './units';

/** One thing that is wrong, and where in the input. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** The unknown key, when that is the problem; it stands in the mapping at `path`. */
  readonly unknownKey?: string;
}

/** @throws Error with what is wrong with a value, for people */
const wrong = (problem: string): never => {
  throw new Error(problem);
};

const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : JSON.stringify(value));

const text = (value: unknown): string => {
  if (typeof value === 'string') {
    // No setting has a use for one, and wherever it is shown a terminal would take it for an order
    return /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(value)
      ? wrong(`${JSON.stringify(value)} contains a control character`)
      : value;
  }
  if (typeof value === 'number') return wrong(`${shown(value)} is read as a number here; put it in quotes`);
  return wrong(`${shown(value)} is not text`);
};

const oneOf = (value: unknown, choices: readonly string[] = []): string => {
  const word = text(value);
  if (choices.includes(word)) return word;
  const meant = nearest(word, choices);
  return wrong(
    meant === undefined
      ? `"${word}" is not one of ${choices.join(', ')}`
      : `"${word}" is unknown; did you mean "${meant}"?`,
  );
};

const within = (value: number, { min, max }: Setting, format: (n: number) => string): number => {
  if (min !== undefined && value < min) wrong(`${format(value)} is too small; the minimum is ${format(min)}`);
  if (max !== undefined && value > max) wrong(`${format(value)} is too large; the maximum is ${format(max)}`);
  return value;
};

const integer = (value: unknown, setting: Setting): number =>
  Number.isInteger(value) ? within(value as number, setting, String) : wrong(`${shown(value)} is not a whole number`);

const list = <T>(value: unknown, item: (value: unknown) => T): T[] => {
  if (!Array.isArray(value)) return wrong(`${shown(value)} is not a list; write [a, b]`);
  return [...new Set(value.map(item))];
};

/** Whether a value is what JSON can hold. YAML has dates, sets and binary data as well. */
const isData = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isData);
  if (plain(value)) return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isData);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
};

const plain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const connections: Readonly<Record<string, string>> = {
  auto: 'auto',
  system: 'qemu:///system',
  session: 'qemu:///session',
};

/** One reader a kind: the checked value, from what YAML or `fromText` made of it. */
const readers: { readonly [K in SettingKind]: (value: unknown, setting: Setting) => KindTypes[K] } = {
  name(value) {
    const name = text(value);
    const problem = nameProblem(name);
    return problem === undefined ? name : wrong(`"${name}" ${problem}`);
  },
  connection(value) {
    const uri = text(value);
    if (connections[uri] !== undefined) return connections[uri];
    // https://libvirt.org/uri.html; the driver called test is libvirt's own, for trying things out
    if (/^(qemu(\+(unix|ssh|libssh2?|tls|tcp|ext))?|test):\/\//.test(uri) && URL.canParse(uri)) return uri;
    return wrong(`"${uri}" is not a connection; use auto, qemu:///system, qemu:///session or a libvirt URI of QEMU`);
  },
  count: integer,
  size(value, setting) {
    if (typeof value === 'number' || (typeof value === 'string' && /^\s*\d+\s*$/.test(value))) {
      return wrong(`${value} needs a unit, as in ${value}MiB or 4GiB`);
    }
    const bytes = parseSize(text(value)) ?? wrong(`"${String(value)}" is not a size; write it as 4GiB or 4096MiB`);
    return within(bytes, setting, formatSize);
  },
  duration(value, setting) {
    const input = typeof value === 'number' ? String(value) : text(value);
    const ms = parseDuration(input) ?? wrong(`"${input}" is not a duration; write it as 90s or 5m`);
    return within(ms, setting, formatDuration);
  },
  image(value) {
    const image = text(value);
    if (image === 'debian-12' || image === 'debian-13' || /^https?:\/\/\S+$/.test(image)) return image;
    if (image.includes('/') || /\.(qcow2|img|raw)$/.test(image)) return image;
    const meant = nearest(image, ['debian-12', 'debian-13']);
    return wrong(
      meant === undefined
        ? `"${image}" is not an image; use debian-12, debian-13, a URL, or a path (with a /)`
        : `"${image}" is unknown; did you mean "${meant}"?`,
    );
  },
  probe(value) {
    const probe = text(value);
    if (/^[a-z0-9_][a-z0-9._-]*:\d{1,5}$/i.test(probe)) return probe;
    return wrong(`"${probe}" is not host:port; write it as get.k3s.io:443, or off`);
  },
  digest(value) {
    const digest = text(value);
    if (/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/i.test(digest)) return digest.toLowerCase();
    return wrong(`"${digest}" is not a digest; write sha256: and 64 hex digits, or sha512: and 128`);
  },
  word(value) {
    const word = text(value);
    return /^[^\s/-][^\s/]*$/.test(word) ? word : wrong(`"${word}" is not a libvirt name`);
  },
  program(value) {
    const program = text(value);
    return /^(\/.+|[^\s/-][^\s/]*)$/.test(program)
      ? program
      : wrong(`"${program}" is not a program; give its name or its absolute path`);
  },
  choice: (value, setting) => oneOf(value, setting.choices),
  version(value) {
    const version = text(value).replace(/^(?=\d)/, 'v');
    if (/^([a-z][a-z-]*|v\d+\.\d+|v\d+\.\d+\.\d+[\w.+-]*)$/.test(version)) return version;
    return wrong(`"${version}" is not a K3s version; use stable, latest, v1.36 or v1.36.1+k3s1`);
  },
  boolean: (value) => (typeof value === 'boolean' ? value : wrong(`${shown(value)} is not true or false`)),
  components: (value, setting) => list(value, (item) => oneOf(item, setting.choices)),
  map(value) {
    if (!plain(value)) return wrong(`${shown(value)} is not a mapping of keys to values`);
    return isData(value) ? value : wrong('contains a value that JSON cannot express');
  },
  port: integer,
  ports: (value, setting) => list(value, (item) => integer(item, setting)),
  url(value) {
    const url = text(value);
    return /^https?:\/\/[^/\s]+/.test(url) ? url.replace(/\/+$/, '') : wrong(`"${url}" is not an http(s) URL`);
  },
};

/** @throws Error with what is wrong with it */
function read(key: SettingName, value: unknown): unknown {
  const setting = settings[key];
  // `off` is a boolean to some YAML writers
  if (setting.none !== undefined && (value === setting.none || (value === false && setting.none === 'off')))
    return null;
  return readers[setting.kind](value, setting);
}

/** What there is to a key of a file that is no setting but has settings below it, such as `k3s`. */
const isGroup = (key: string): boolean => settingNames.some((name) => name.startsWith(`${key}.`));

function unknownKey(path: readonly PropertyKey[], key: string): Problem {
  const group = path.join('.');
  const full = group === '' ? key : `${group}.${key}`;
  const siblings = settingNames.filter((name) => (group === '' ? true : name.startsWith(`${group}.`)));
  // "version" alone is most likely k3s.version, so the last part of a key counts as well
  const leaf = settingNames.find((name) => name.split('.').at(-1)?.toLowerCase() === key.toLowerCase());
  const groups = [
    ...new Set(settingNames.filter((name) => name.includes('.')).map((name) => name.split('.')[0] ?? '')),
  ];
  const meant = nearest(full, siblings) ?? leaf ?? (group === '' ? nearest(full, groups) : undefined);
  const suggestion = meant === undefined ? `; known keys: ${siblings.join(', ')}` : `; did you mean "${meant}"?`;
  return { path, message: `unknown key "${full}"${suggestion}`, unknownKey: key };
}

export interface Checked {
  readonly values: ReadonlyMap<SettingName, unknown>;
  readonly problems: readonly Problem[];
}

/**
 * Checks the content of a configuration file: the dotted keys as nested mappings, each of them optional.
 *
 * @param content what YAML made of the file
 * @returns what is set in it; nothing where there is a problem
 */
export function checkFile(content: unknown): Checked {
  const values = new Map<SettingName, unknown>();
  const problems: Problem[] = [];
  const visit = (node: unknown, path: readonly string[]): void => {
    const name = path.join('.');
    if (node === null || node === undefined) return;
    if (!plain(node)) {
      const what = name === '' ? 'the file' : `${name}:`;
      problems.push({ path, message: `${what} is not a mapping of keys to values` });
      return;
    }
    for (const [key, value] of Object.entries(node)) {
      const full = [...path, key].join('.');
      // A dotted key stands for nothing: k3s.version is version in k3s
      if (path.length === 0 && isGroup(key)) visit(value, [key]);
      else if (key.includes('.') || !isSettingName(full)) problems.push(unknownKey(path, key));
      else checkOne(full, value);
    }
  };
  const checkOne = (key: SettingName, value: unknown): void => {
    if (value === null || value === undefined) {
      // "Not set"; where null is the default as well, a file can so give up what another one set
      if (settings[key].none !== undefined && settings[key].default === null) values.set(key, null);
      return;
    }
    const checked = checkValue(key, value);
    if ('value' in checked) values.set(key, checked.value);
    else problems.push({ path: key.split('.'), message: `${key}: ${checked.problem}` });
  };
  visit(content, []);
  return problems.length > 0 ? { values: new Map(), problems } : { values, problems };
}

/**
 * Checks one value, as YAML or `fromText` makes it.
 *
 * @returns the checked value (bytes, milliseconds, null for `auto` or `off`), or what is wrong with it
 */
export function checkValue(
  key: SettingName,
  value: unknown,
): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: read(key, value) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** The error text for a key that does not exist, with the nearest one. */
export const unknownKeyMessage = (key: string): string => unknownKey([], key).message;
