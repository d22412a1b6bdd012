/**
 * Values as text, the way Electron's IPC carries them: whatever structured cloning takes, and nothing else. Runs in node
 * and in the page.
 */

type Tagged =
  | { readonly tag: 'undefined' | 'nan' | 'infinity' | '-infinity' }
  | { readonly tag: 'date'; readonly text: string }
  | { readonly tag: 'array' | 'set'; readonly items: readonly Wire[] }
  | { readonly tag: 'map'; readonly entries: readonly (readonly [Wire, Wire])[] }
  | { readonly tag: 'object'; readonly fields: readonly (readonly [string, Wire])[] }
  | { readonly tag: 'bytes'; readonly bytes: readonly number[] }
  | { readonly tag: 'error'; readonly name: string; readonly message: string };
type Wire = string | number | boolean | null | Tagged;

/**
 * The text of some values.
 *
 * @throws Error "An object could not be cloned.", as Electron does, for a function, a symbol, a promise …
 */
export function toWire(values: readonly unknown[]): string {
  let cloned: readonly unknown[];
  try {
    cloned = structuredClone(values);
  } catch {
    throw new Error('An object could not be cloned.');
  }
  return JSON.stringify(cloned.map((value) => write(value, [])));
}

/** The values of a text that `toWire` made. */
export const fromWire = (text: string): unknown[] => (JSON.parse(text) as Wire[]).map(read);

function write(value: unknown, parents: readonly object[]): Wire {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === undefined) return { tag: 'undefined' };
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    return { tag: Number.isNaN(value) ? 'nan' : value > 0 ? 'infinity' : '-infinity' };
  }
  if (typeof value !== 'object' || parents.includes(value))
    throw new Error('electron stand-in: not modelled on the wire');
  const inner = [...parents, value];
  const write_ = (item: unknown): Wire => write(item, inner);
  if (Array.isArray(value)) return { tag: 'array', items: Array.from(value, write_) };
  if (value instanceof Date) return { tag: 'date', text: value.toISOString() };
  if (value instanceof Set) return { tag: 'set', items: [...value].map(write_) };
  if (value instanceof Map) return { tag: 'map', entries: [...value].map(([k, v]) => [write_(k), write_(v)] as const) };
  if (value instanceof Error) return { tag: 'error', name: value.name, message: value.message };
  if (value instanceof Uint8Array) return { tag: 'bytes', bytes: [...value] };
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object Object]') throw new Error(`electron stand-in: ${kind} is not modelled on the wire`);
  return { tag: 'object', fields: Object.entries(value).map(([key, field]) => [key, write_(field)] as const) };
}

function read(wire: Wire): unknown {
  if (wire === null || typeof wire !== 'object') return wire;
  switch (wire.tag) {
    case 'undefined':
      return undefined;
    case 'nan':
      return NaN;
    case 'infinity':
      return Infinity;
    case '-infinity':
      return -Infinity;
    case 'date':
      return new Date(wire.text);
    case 'array':
      return wire.items.map(read);
    case 'set':
      return new Set(wire.items.map(read));
    case 'map':
      return new Map(wire.entries.map(([key, value]) => [read(key), read(value)]));
    case 'object':
      return Object.fromEntries(wire.fields.map(([key, value]) => [key, read(value)]));
    case 'bytes':
      return new Uint8Array(wire.bytes);
    case 'error':
      return Object.assign(new Error(wire.message), { name: wire.name });
  }
}
