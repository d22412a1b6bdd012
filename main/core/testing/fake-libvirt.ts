/**
 * A libvirt in memory for unit tests: one pool, and domains by their XML. It knows the virsh commands that the product
 * uses on them, takes domains as virsh does (an id first, then a UUID, then a name), and refuses what libvirt refuses.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { metadataXml, type VmMetadata } from '../libvirt/metadata';
import { classifyFault, type Virsh, type VirshOutcome } from '../libvirt/virsh';

const GiB = 1024 ** 3;

export interface FakeVolume {
  content: string;
  mtime: number;
  /** Name of the volume that it is an overlay on. */
  backing?: string | undefined;
}

interface FakeDomain {
  readonly name: string;
  readonly uuid: string;
  readonly id?: string;
  xml: string;
}

class Refusal extends Error {}

/** Metadata of a VM that was set up; `more` is what matters to a test. */
export const someMetadata = (more: Partial<VmMetadata> = {}): VmMetadata => ({
  schema: 1,
  phase: 'provisioned',
  project: '/p',
  pool: 'default',
  k3sVersion: 'v1',
  image: 'debian-12',
  imageDigest: '',
  baseVolume: '',
  recipe: '',
  mac: 'm',
  address: 'a',
  sshPort: 1,
  apiPort: 2,
  ...more,
});

/** A domain's XML, as far as anything reads it. @param disks paths @param extra more devices */
export const domainText = (
  name: string,
  uuid: string,
  options: { metadata?: VmMetadata; disks?: readonly string[]; extra?: string; id?: string } = {},
): string => `<domain type='kvm'${options.id === undefined ? '' : ` id='${options.id}'`}><name>${name}</name>
  <uuid>${uuid}</uuid><vcpu>1</vcpu><memory unit='KiB'>1048576</memory>
  <metadata>${options.metadata === undefined ? '' : metadataXml(options.metadata, 'k3svm:')}</metadata>
  <devices>${(options.disks ?? []).map((path) => `<disk type='file'><source file='${path}'/></disk>`).join('')}
  ${options.extra ?? ''}</devices></domain>`;

export class FakeLibvirt {
  readonly volumes = new Map<string, FakeVolume>();
  /** By UUID. */
  readonly domains = new Map<string, FakeDomain>();
  readonly calls: string[] = [];
  /** What a block copy fails with. */
  onCopy: () => string | undefined = () => undefined;
  private clock = 1;

  put(name: string, content = '', backing?: string): void {
    this.volumes.set(name, { content, mtime: this.clock++, backing });
  }

  /** Defines a domain. @returns its UUID */
  domain(name: string, options: Parameters<typeof domainText>[2] & { uuid?: string } = {}): string {
    const { uuid = `00000000-0000-4000-8000-${String(this.domains.size + 1).padStart(12, '0')}`, id } = options;
    this.domains.set(uuid, { name, uuid, xml: domainText(name, uuid, options), ...(id === undefined ? {} : { id }) });
    return uuid;
  }

  private find(key: string): FakeDomain {
    const all = [...this.domains.values()];
    const found =
      (/^\d+$/.test(key) ? all.find(({ id }) => id !== undefined && Number(id) === Number(key)) : undefined) ??
      (key.length === 36 ? all.find(({ uuid }) => uuid.replaceAll('-', '') === key.replaceAll('-', '')) : undefined) ??
      all.find(({ name }) => name === key);
    if (found === undefined) throw new Refusal(`error: failed to get domain '${key}'`);
    return found;
  }

  private volume(name: string): FakeVolume {
    const found = this.volumes.get(name);
    if (found === undefined) throw new Refusal(`error: failed to get vol '${name}'`);
    return found;
  }

  private answer([command = '', ...args]: readonly string[]): string {
    const [first = '', , third = '', fourth = ''] = args;
    const last = args.at(-1) ?? '';
    switch (command) {
      case 'vol-list':
        return [...this.volumes.keys()].map((name) => ` ${name}   /pool/${name}`).join('\n');
      case 'vol-path':
        this.volume(last);
        return `/pool/${last}`;
      case 'vol-dumpxml':
        return this.volumeText(last);
      case 'vol-download':
        writeFileSync(fourth, this.volume(third).content);
        return '';
      case 'vol-upload':
        this.put(third, readFileSync(fourth, 'utf8'), this.volume(third).backing);
        return '';
      case 'vol-delete':
        this.volume(last);
        this.volumes.delete(last);
        return '';
      case 'vol-create': {
        const xml = readFileSync(last, 'utf8');
        const name = /<name>([^<]+)/.exec(xml)?.[1] ?? '';
        if (this.volumes.has(name)) throw new Refusal(`error: storage volume '${name}' exists already`);
        this.put(name, '', /<backingStore><path>\/pool\/([^<]+)/.exec(xml)?.[1]);
        return '';
      }
      case 'list':
        return [...this.domains.keys()].join('\n');
      case 'domstate':
        return this.find(last).id === undefined ? 'shut off (shutdown)' : 'running (booted)';
      case 'dumpxml':
        return this.find(first).xml;
      case 'define': {
        const xml = readFileSync(first, 'utf8');
        const [name = '', uuid = ''] = ['name', 'uuid'].map((tag) => new RegExp(`<${tag}>([^<]+)`).exec(xml)?.[1]);
        const taken = [...this.domains.values()].find((each) => each.name === name && each.uuid !== uuid);
        if (taken !== undefined) throw new Refusal(`error: domain '${name}' already exists with uuid ${taken.uuid}`);
        this.domains.set(uuid, { name, uuid, xml });
        return '';
      }
      case 'undefine':
        this.domains.delete(this.find(first).uuid);
        return '';
      case 'destroy': {
        const { id: _, ...off } = this.find(first);
        if (_ === undefined) throw new Refusal('error: Requested operation is not valid: domain is not running');
        this.domains.set(off.uuid, off);
        return '';
      }
      case 'metadata': {
        const domain = this.find(first);
        domain.xml = domain.xml.replace(/<metadata>.*<\/metadata>/s, `<metadata>${args[5] ?? ''}</metadata>`);
        return '';
      }
      case 'blockcopy': {
        const failure = this.onCopy();
        if (failure !== undefined) throw new Refusal(failure);
        const target = fourth.replace('/pool/', '');
        this.put(target, 'copied', this.volume(target).backing);
        return '';
      }
      case 'net-dumpxml':
        throw new Refusal('error: Network not found');
      default:
        return '';
    }
  }

  private volumeText(name: string): string {
    const { mtime, backing } = this.volume(name);
    const below =
      backing === undefined ? '' : `<backingStore><path>/pool/${backing}</path><format type='qcow2'/></backingStore>`;
    return `<volume><name>${name}</name><capacity unit='bytes'>${5 * GiB}</capacity><allocation unit='bytes'>7</allocation>
      <target><path>/pool/${name}</path><timestamps><mtime>${mtime}.5</mtime></timestamps></target>${below}</volume>`;
  }

  private outcome(args: readonly string[]): VirshOutcome {
    this.calls.push(args.join(' '));
    try {
      return { stdout: this.answer(args), stderr: '' };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { stdout: '', stderr: error.message, fault: classifyFault(error.message) };
    }
  }

  /**
   * A runner of one user's.
   *
   * @param turn waited for before each call, so that a test can say who is when
   */
  connect(turn: () => Promise<void> = () => Promise.resolve()): Virsh {
    const attempt: Virsh['attempt'] = async (args) => {
      await turn();
      return this.outcome(args);
    };
    const expect: Virsh['expect'] = async (faults, args) => {
      const { fault, stdout, stderr } = await attempt(args);
      if (fault === undefined) return stdout;
      if (faults.includes(fault)) return undefined;
      throw new Error(stderr);
    };
    return {
      uri: 'qemu:///system',
      attempt,
      expect,
      run: async (args) => (await expect([], args)) ?? '',
      async batch(commands) {
        const outcomes: VirshOutcome[] = [];
        for (const command of commands) outcomes.push(await attempt(command));
        return {
          outputs: outcomes.map(({ stdout }) => stdout.trim()),
          stderr: outcomes.map(({ stderr }) => stderr).join('\n'),
        };
      },
    };
  }
}
