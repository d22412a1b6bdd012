/**
 * XML in and out: escaping for the builders, and a typed walk over libvirt's answers for the parsers.
 */
import { XMLParser } from 'fast-xml-parser';

const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };

/** Text made safe for an XML attribute or element. A parser makes a blank of a line end or a tab in an attribute. */
export const escapeXml = (text: string | number): string =>
  String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", '&apos;')
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);

/**
 * The text behind XML's references: its five names and numbers. libxml2, and so libvirt, writes everything beyond ASCII as
 * a number (`Pr&#xF8;jekt`). All in one go: what a reference stands for is text, and no reference again.
 */
export const unescapeXml = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([\da-f]+)|(amp|lt|gt|apos|quot));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return names[String(name)] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/** An element: its attributes, its children by name (namespace prefixes dropped), its text. */
export interface XmlElement {
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  /** Direct children of that name. */
  all(name: string): readonly XmlElement[];
  /** The first element along a path of names, or undefined. */
  at(...path: string[]): XmlElement | undefined;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  alwaysCreateTextNode: true,
  // A path may end with a blank, and unescapeXml reads the references
  trimValues: false,
  processEntities: false,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
});

type Node = Record<string, unknown>;

function wrap(node: Node): XmlElement {
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(node))
    if (key.startsWith('@')) attributes[key.slice(1)] = unescapeXml(String(value));
  const all = (name: string): XmlElement[] => {
    const children = node[name];
    return Array.isArray(children) ? children.map((child) => wrap(child as Node)) : [];
  };
  return {
    attributes,
    text: unescapeXml(Array.isArray(node['#text']) ? node['#text'].join('') : String(node['#text'] ?? '')),
    all,
    at: (first, ...rest) =>
      first === undefined ? undefined : rest.reduce<XmlElement | undefined>((e, n) => e?.all(n)[0], all(first)[0]),
  };
}

/**
 * Parses a document of libvirt's.
 *
 * @param root name of the root element
 * @throws Error when the text is not XML with that root
 */
export function parseXml(text: string, root: string): XmlElement {
  const found = wrap(parser.parse(text) as Node).all(root)[0];
  if (found === undefined) throw new Error(`not a <${root}> document: ${text.slice(0, 200)}`);
  return found;
}

/** A required part; throws with its name when libvirt left it out. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`libvirt's XML lacks ${what}`);
  return value;
}

const units: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  k: 1024,
  KiB: 1024,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Bytes of an element such as `<memory unit='KiB'>4194304</memory>`; the default unit differs by element. */
export function bytesOf(element: XmlElement | undefined, defaultUnit: string): number | undefined {
  if (element === undefined) return undefined;
  const scale = units[element.attributes.unit ?? defaultUnit];
  const value = Number(element.text);
  return scale === undefined || !Number.isFinite(value) ? undefined : value * scale;
}
