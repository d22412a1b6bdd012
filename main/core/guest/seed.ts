/**
 * The seed disk of a guest: what makes it itself. Its first three files are a cloud-init seed (NoCloud, found by the label
 * `cidata`), which a plain cloud image starts from and which holds no secret; the others are what guest.sh puts in place
 * once no golden image can be made of the disk any more, or at the first boot from one.
 * https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
 */
import { createHash } from 'node:crypto';
import { yaml11 } from '../yaml-1-1';
import { guestUser, type KeyPair } from './identity';
import { tar } from './tar';

/** A static address: no DHCP round trip at boot and no lease left behind. */
export interface GuestAddress {
  readonly ip: string;
  readonly prefix: number;
  /** Also its DNS server, unless there is another. */
  readonly gateway: string;
  readonly nameserver?: string;
}

export interface SeedSpec {
  readonly name: string;
  /** Changes with every VM made, so that cloud-init knows a new instance. */
  readonly instanceId: string;
  readonly clientPublicKey: string;
  readonly hostKey: KeyPair;
  readonly mac: string;
  readonly address: GuestAddress;
  /** Content of /etc/rancher/k3s/config.yaml. */
  readonly k3sConfig: Readonly<Record<string, unknown>>;
  /** The guest waits for the host to keep its disk as a golden image, before it takes on its identity. */
  readonly offersGolden?: boolean;
}

export interface SeedFiles {
  readonly 'user-data': string;
  readonly 'meta-data': string;
  readonly 'network-config': string;
  /** What guest.sh unpacks over the root folder. */
  readonly 'identity.tar': Buffer;
  /** What the guest may need before that. */
  readonly ssh_host_ed25519_key: string;
  readonly 'ssh_host_ed25519_key.pub': string;
  readonly authorized_keys: string;
  /** The address, for guest.sh to look at in every boot. */
  readonly network: string;
  readonly golden?: string;
}

/** Label of the payload disk; what user-data mounts. */
export const payloadLabel = 'K3SVM';
const payloadMount = '/run/k3s-vm/payload';

/** Content of K3s' configuration file. */
export const k3sConfigFile = ({ k3sConfig }: Pick<SeedSpec, 'k3sConfig'>): string => yaml11(k3sConfig);

/** Builds the files of a seed. */
export function seedFiles(spec: SeedSpec): SeedFiles {
  const { name, hostKey } = spec;
  const keys = {
    ssh_host_ed25519_key: hostKey.privateKey,
    'ssh_host_ed25519_key.pub': `${hostKey.publicKey}\n`,
    authorized_keys: `${spec.clientPublicKey}\n`,
  };
  const ssh = `home/${guestUser}/.ssh/`;
  return {
    'user-data': `#cloud-config\n${yaml11(userData(spec))}`,
    'meta-data': yaml11({ 'instance-id': spec.instanceId, 'local-hostname': name }),
    'network-config': yaml11(networkConfig(spec)),
    'identity.tar': tar([
      { path: 'etc/hostname', mode: 0o644, content: `${name}\n` },
      { path: 'etc/hosts', mode: 0o644, content: hosts(name) },
      { path: 'etc/ssh/ssh_host_ed25519_key', mode: 0o600, content: keys.ssh_host_ed25519_key },
      { path: 'etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644, content: keys['ssh_host_ed25519_key.pub'] },
      { path: ssh, mode: 0o700, owner: guestUser },
      { path: `${ssh}authorized_keys`, mode: 0o600, owner: guestUser, content: keys.authorized_keys },
      { path: 'etc/systemd/network/05-k3s-vm.network', mode: 0o644, content: networkFile(spec) },
      { path: 'etc/rancher/k3s/config.yaml', mode: 0o600, content: k3sConfigFile(spec) },
    ]),
    ...keys,
    network: networkFile(spec),
    ...(spec.offersGolden === true ? { golden: 'yes\n' } : {}),
  };
}

/** What is left of the seed of a guest that has its identity and gets another address. */
export const addressSeedFiles = (spec: Pick<SeedSpec, 'mac' | 'address'>): Pick<SeedFiles, 'network'> => ({
  network: networkFile(spec),
});

const hosts = (name: string): string => `127.0.0.1 localhost
127.0.1.1 ${name}
::1 localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;

const userData = ({ name, clientPublicKey }: Pick<SeedSpec, 'name' | 'clientPublicKey'>): object => ({
  hostname: name,
  manage_etc_hosts: true,
  users: [
    {
      name: guestUser,
      gecos: 'k3s-vm',
      shell: '/bin/bash',
      sudo: 'ALL=(ALL) NOPASSWD:ALL',
      lock_passwd: true,
      ssh_authorized_keys: [clientPublicKey],
    },
  ],
  disable_root: true,
  ssh_pwauth: false,
  // The host key is first-boot.sh's to place, and the only one.
  ssh_deletekeys: false,
  ssh_genkeytypes: [],
  package_update: false,
  package_upgrade: false,
  bootcmd: [
    ['mkdir', '-p', payloadMount],
    ['mount', '-o', 'ro', `LABEL=${payloadLabel}`, payloadMount],
    ['sh', `${payloadMount}/first-boot.sh`],
  ],
});

/** Digest of what is the same in all seeds: a golden image holds what it did to a guest. */
export const seedRecipe = (): string =>
  createHash('sha256')
    .update(JSON.stringify(userData({ name: '', clientPublicKey: '' })))
    .digest('hex');

/**
 * `gateway4` would be shorter, but netplan deprecates it. Without IPv6, as nothing here has any: systemd-networkd would
 * wait 13 s for a router's word before the network counts as online, and K3s with it.
 */
const networkConfig = ({ mac, address }: SeedSpec): object => ({
  version: 2,
  ethernets: {
    primary: {
      match: { macaddress: mac },
      dhcp4: false,
      addresses: [`${address.ip}/${address.prefix}`],
      routes: [{ to: '0.0.0.0/0', via: address.gateway }],
      nameservers: { addresses: [address.nameserver ?? address.gateway] },
      'link-local': [],
      'accept-ra': false,
    },
  },
});

/** The same for systemd-networkd itself. https://www.freedesktop.org/software/systemd/man/systemd.network.html */
const networkFile = ({ mac, address }: Pick<SeedSpec, 'mac' | 'address'>): string =>
  [
    '[Match]',
    `MACAddress=${mac}`,
    '[Network]',
    `Address=${address.ip}/${address.prefix}`,
    `Gateway=${address.gateway}`,
    `DNS=${address.nameserver ?? address.gateway}`,
    'LinkLocalAddressing=no',
    'IPv6AcceptRA=no',
    '',
  ].join('\n');
