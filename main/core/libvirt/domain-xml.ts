/**
 * The domain XML of a cluster VM, and what we read back from one.
 * https://libvirt.org/formatdomain.html
 */
import { metadataOf, metadataXml, type VmMetadata } from './metadata';
import { bytesOf, escapeXml as e, parseXml, required, type XmlElement } from './xml';

export interface PortForward {
  readonly hostPort: number;
  readonly guestPort: number;
}

export interface DomainSpec {
  readonly name: string;
  readonly uuid: string;
  readonly arch: 'x86_64' | 'aarch64';
  readonly acceleration: 'kvm' | 'tcg';
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Absolute paths of the volumes, as libvirt names them. */
  readonly systemDisk: string;
  readonly seed: string;
  /** undefined: its disk is based on a golden image, which has K3s already. */
  readonly payload?: string;
  /** A libvirt network, or QEMU's user-mode network with loopback forwards. */
  readonly nic: { readonly network: string } | { readonly forwards: readonly PortForward[] };
  readonly consoleLog: string;
  readonly metadata: VmMetadata;
}

const disk = (path: string, type: 'qcow2' | 'raw', target: string, readonly: boolean): string => `
    <disk type='file' device='disk'>
      <driver name='qemu' type='${type}'${readonly ? '' : " discard='unmap' detect_zeroes='unmap'"}/>
      <source file='${e(path)}'/>
      <target dev='${target}' bus='virtio'/>${readonly ? '\n      <readonly/>' : ''}
    </disk>`;

/**
 * PCI slot of the user-mode network card. libvirt does not know of the card, fills the slots of pcie.0 from 1 up (and has 0x1f
 * for the chipset's own), and QEMU would give the card the first free one before libvirt's devices are there.
 */
const userNicSlot = '0x1e';

/**
 * Builds the domain XML.
 *
 * Seed and payload are virtio disks: Debian's cloud kernel has no AHCI driver, so a SATA CD-ROM on q35 is never seen.
 * User-mode networking goes through qemu:commandline because libvirt before 9.2 has no <portForward>
 * (https://libvirt.org/formatdomain.html#userspace-connection-using-passt).
 * Disks are named by path, not by pool: virt-aa-helper on Ubuntu gives type='volume' disks no AppArmor rule
 * (https://bugs.launchpad.net/bugs/1677398).
 */
export function domainXml(spec: DomainSpec): string {
  const x86 = spec.arch === 'x86_64';
  const { nic } = spec;
  const userNet =
    'forwards' in nic
      ? `
  <qemu:commandline>
    <qemu:arg value='-netdev'/>
    <qemu:arg value='user,id=k3svm0${nic.forwards.map((f) => `,hostfwd=tcp:127.0.0.1:${f.hostPort}-:${f.guestPort}`).join('')}'/>
    <qemu:arg value='-device'/>
    <qemu:arg value='virtio-net-pci,netdev=k3svm0,mac=${e(spec.metadata.mac)},bus=pcie.0,addr=${userNicSlot}'/>
  </qemu:commandline>`
      : '';
  const libvirtNet =
    'network' in nic
      ? `
    <interface type='network'>
      <mac address='${e(spec.metadata.mac)}'/>
      <source network='${e(nic.network)}'/>
      <model type='virtio'/>
    </interface>`
      : '';
  return `<domain type='${spec.acceleration === 'kvm' ? 'kvm' : 'qemu'}'${userNet ? " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'" : ''}>
  <name>${e(spec.name)}</name>
  <uuid>${e(spec.uuid)}</uuid>
  <title>K3s cluster of ${e(spec.metadata.project)}</title>
  <metadata>
    ${metadataXml(spec.metadata, 'k3svm:')}
  </metadata>
  <memory unit='b'>${spec.memoryBytes}</memory>
  <vcpu>${spec.cpus}</vcpu>
  <os${x86 ? '' : " firmware='efi'"}>
    <type arch='${spec.arch}' machine='${x86 ? 'q35' : 'virt'}'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features><acpi/>${x86 ? '<apic/>' : ''}</features>
  <cpu mode='${spec.acceleration === 'kvm' ? 'host-passthrough' : 'maximum'}'/>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>${disk(spec.systemDisk, 'qcow2', 'vda', false)}${disk(spec.seed, 'raw', 'vdb', true)}${spec.payload === undefined ? '' : disk(spec.payload, 'raw', 'vdc', true)}${libvirtNet}
    <serial type='pty'>
      <log file='${e(spec.consoleLog)}' append='on'/>
      <target port='0'/>
    </serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <controller type='usb' model='none'/>
    <memballoon model='virtio' freePageReporting='on'>
      <stats period='5'/>
    </memballoon>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>${x86 ? "\n    <panic model='isa'/>" : ''}
  </devices>${userNet}
</domain>
`;
}

/** What a domain's XML tells. */
export interface DomainFacts {
  readonly name: string;
  readonly uuid: string;
  /** undefined when the domain is not running. */
  readonly id?: string;
  readonly acceleration: 'kvm' | 'tcg';
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Paths of its disks, in order. */
  readonly disks: readonly string[];
  /** undefined: not made by this tool. */
  readonly metadata?: VmMetadata;
}

/**
 * Reads a `virsh dumpxml`.
 *
 * @throws Error when a required part is missing
 */
export function parseDomain(text: string): DomainFacts {
  const domain = parseXml(text, 'domain');
  const metadata = metadataOf(domain);
  const id = domain.attributes.id;
  return {
    name: required(domain.at('name'), '<name>').text,
    uuid: required(domain.at('uuid'), '<uuid>').text,
    acceleration: domain.attributes.type === 'kvm' ? 'kvm' : 'tcg',
    cpus: Number(required(domain.at('vcpu'), '<vcpu>').text),
    memoryBytes: required(bytesOf(domain.at('memory'), 'KiB'), '<memory>'),
    disks: diskPaths(domain),
    ...(id === undefined ? {} : { id }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function diskPaths(domain: XmlElement): string[] {
  const disks = domain.at('devices')?.all('disk') ?? [];
  return disks.map((d) => d.at('source')?.attributes.file).filter((path) => path !== undefined);
}
