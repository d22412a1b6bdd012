import { describe, expect, it } from 'vitest';
import { seeded } from '../testing/random';
import { metadataOf, metadataXml, type VmMetadata } from './metadata';
import { parsePool } from './volumes';
import { escapeXml, parseXml } from './xml';

/** What libxml2 makes of it: everything beyond ASCII as a number, and so much else as XML obliges it to. */
const asLibxml2 = (xml: string): string =>
  xml
    .replace(/='([^']*)'/g, '="$1"')
    .replaceAll('&apos;', "'")
    .replace(/[^\x00-\x7f]/gu, (char) => `&#x${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()};`);

const alphabet = `abc &<>'"=;#x%\t\n\r/.-&amp;&#65;&lt;øÄß漢字😀é\u0301\u202e\u00a0\u2028\ufffd`;

describe('XML that libvirt writes', () => {
  it('is read as it was meant', () => {
    const xml = '<pool><target><path>/home/J&#xF6;rg &amp;#xF6; &#246;&quot;&apos;&lt;&gt;</path></target></pool>';
    expect(parsePool(xml).path).toBe(`/home/Jörg &#xF6; ö"'<>`);
  });

  it('holds any text, as an element and as an attribute', () => {
    const random = seeded(11);
    for (let i = 0; i < 2000; i++) {
      const text = random.text(alphabet, 20);
      const xml = asLibxml2(`<a b='${escapeXml(text)}'><c>${escapeXml(text)}</c></a>`);
      const found = parseXml(xml, 'a');
      expect([found.attributes.b, found.at('c')?.text], xml).toEqual([text, text]);
    }
  });

  it('of a VM says no more than it must, and is whole all the same', () => {
    const bare = `<cluster schema='1' phase='created' project='/p' pool='default' mac='m' address='a' sshPort='1' apiPort='2'/>`;
    expect(metadataOf(parseXml(`<domain><metadata>${bare}</metadata></domain>`, 'domain'))).toMatchObject({
      image: '',
      k3sVersion: '',
    });
  });

  it('keeps the project of a VM, whatever its path', () => {
    const random = seeded(12);
    for (let i = 0; i < 500; i++) {
      const metadata = { ...known, project: `/${random.text(alphabet, 200)}` };
      const xml = `<domain><metadata>${metadataXml(metadata, 'k3svm:')}</metadata></domain>`;
      expect(metadataOf(parseXml(asLibxml2(xml), 'domain'))).toEqual(metadata);
    }
  });

  it('with nonsense in it is text', () =>
    expect(parseXml('<a>&#x110000; &#0; &nbsp; &#xZZ; &</a>', 'a').text).toBe('&#x110000; &#0; &nbsp; &#xZZ; &'));
});

const known: VmMetadata = {
  schema: 1,
  phase: 'provisioned',
  project: '/p',
  pool: 'default',
  k3sVersion: 'v1.36.1+k3s1',
  image: 'debian-12',
  imageDigest: 'sha256:0',
  baseVolume: 'b',
  recipe: 'r',
  mac: '52:54:00:00:00:01',
  address: '192.168.122.2',
  sshPort: 22,
  apiPort: 6443,
};
