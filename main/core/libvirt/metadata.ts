/**
 * What must be kept with a VM lives in its domain's <metadata>, under our own namespace: libvirt is the only truth.
 * https://libvirt.org/formatdomain.html#general-metadata
 */
import { escapeXml, type XmlElement } from './xml';

export const metadataNamespace = 'urn:k3s-vm:domain:1';

/**
 * `created`: disks and domain are there, the guest was never ready. `provisioned`: it was, so it may hold user data.
 * `removing`: a reset began; whatever is left goes, and nothing else is done with it.
 */
export type Phase = 'created' | 'provisioned' | 'removing';

export interface VmMetadata {
  readonly schema: 1;
  readonly phase: Phase;
  readonly project: string;
  readonly pool: string;
  readonly k3sVersion: string;
  readonly image: string;
  readonly imageDigest: string;
  /**
   * Shared volumes its disk is based on: the guest image and K3s, or a golden image, which itself stands on the guest
   * image.
   */
  readonly baseVolume: string;
  readonly payloadVolume?: string;
  readonly goldenVolume?: string;
  /** The golden image to be made of its disk, as long as its guest waits for that. */
  readonly makesGolden?: string;
  /** Digest of the settings it was created from: if they changed, an unfinished VM is created again. */
  readonly recipe: string;
  readonly mac: string;
  /** Where its SSH keys were put when it was made. VMs of earlier versions have theirs in the project, and do not say so. */
  readonly keysIn?: 'state';
  /** NAT: reserved address and the network it is on. User-mode: 127.0.0.1. */
  readonly address: string;
  readonly network?: string;
  /** Its guest takes its address from the seed at every boot. Left out: at its first boot alone, as older guests do. */
  readonly readsSeed?: 'yes';
  readonly sshPort: number;
  readonly apiPort: number;
  readonly nodePorts?: string;
  /** ISO 8601: the last start or stop by us, and the domain id it had then (empty when stopped). */
  readonly since?: string;
  readonly sinceId?: string;
  /** The domain id whose guest was asked to shut down, until it is off: it may take longer than stop waited. */
  readonly stoppingId?: string;
  /** Bytes of its saved memory on the host, while it is suspended. */
  readonly savedBytes?: number;
}

const numeric = new Set(['schema', 'sshPort', 'apiPort', 'savedBytes']);
const mandatory = ['schema', 'phase', 'project', 'pool', 'mac', 'address', 'sshPort', 'apiPort'];
/** Another program may have removed these attributes; the VM can still be shown and deleted. */
const informative = { k3sVersion: '', image: '', imageDigest: '', baseVolume: '', recipe: '' };

/** The element for `virsh metadata --set` and for the domain XML (prefix `k3svm` must be bound there). */
export function metadataXml(metadata: VmMetadata, prefix = ''): string {
  const attributes = Object.entries(metadata)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}='${escapeXml(value as string | number)}'`);
  return `<${prefix}cluster ${prefix ? `xmlns:${prefix.slice(0, -1)}='${metadataNamespace}' ` : ''}${attributes.join(' ')}/>`;
}

/** Our metadata of a parsed domain, or undefined for a domain that we did not make. */
export function metadataOf(domain: XmlElement): VmMetadata | undefined {
  const element = domain.at('metadata', 'cluster');
  if (element === undefined) return undefined;
  const { attributes } = element;
  if (mandatory.some((key) => attributes[key] === undefined)) return undefined;
  const entries = Object.entries(attributes)
    .filter(([key]) => !key.startsWith('xmlns'))
    .map(([key, value]) => [key, numeric.has(key) ? Number(value) : value]);
  return { ...informative, ...(Object.fromEntries(entries) as VmMetadata) };
}
