/**
 * The cloud-init seed: NoCloud, on a disk labelled `cidata`.
 * https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
 */
import { stringify } from 'yaml';
import { guestUser, type KeyPair } from './identity';

export interface SeedSpec {
  readonly name: string;
  /** Changes with every VM made, so that cloud-init knows a new instance. */
  readonly instanceId: string;
  readonly clientPublicKey: string;
  readonly hostKey: KeyPair;
  readonly mac: string;
  /** Static address of NAT mode; undefined: DHCP of QEMU's user-mode network. */
  readonly address?: { readonly ip: string; readonly prefix: number; readonly gateway: string };
  /** Content of /etc/rancher/k3s/config.yaml. */
  readonly k3sConfig: Readonly<Record<string, unknown>>;
}

export interface SeedFiles {
  readonly 'user-data': string;
  readonly 'meta-data': string;
  readonly 'network-config': string;
}

/** Label of the payload disk; what user-data mounts. */
export const payloadLabel = 'K3SVM';
const payloadMount = '/run/k3s-vm/payload';

const yaml = (value: unknown): string => stringify(value, { lineWidth: 0 });

/** Builds the three files of a NoCloud seed. */
export function seedFiles(spec: SeedSpec): SeedFiles {
  const userData = {
    hostname: spec.name,
    manage_etc_hosts: true,
    users: [
      {
        name: guestUser,
        gecos: 'k3s-vm',
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ssh_authorized_keys: [spec.clientPublicKey],
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: spec.hostKey.privateKey, ed25519_public: spec.hostKey.publicKey },
    package_update: false,
    package_upgrade: false,
    write_files: [
      { path: '/etc/rancher/k3s/config.yaml', permissions: '0600', content: yaml(spec.k3sConfig) },
      // A container whose first process ignores SIGTERM keeps a shutdown waiting for systemd's 90 s: nothing stops the pods
      // when K3s stops (https://docs.k3s.io/upgrades/killall), so systemd's last round does. Read at the daemon-reload of
      // K3s' install script.
      { path: '/etc/systemd/system.conf.d/k3s-vm.conf', content: '[Manager]\nDefaultTimeoutStopSec=10s\n' },
      { path: '/etc/systemd/system/k3s.service.d/k3s-vm.conf', content: '[Service]\nTimeoutStopSec=30s\n' },
      // The guest's own software is made anew with the guest; jobs at boot would only delay the cluster.
      { path: '/etc/apt/apt.conf.d/99k3s-vm', content: 'APT::Periodic::Enable "0";\n' },
    ],
    runcmd: [
      ['mkdir', '-p', payloadMount],
      ['mount', '-o', 'ro', `LABEL=${payloadLabel}`, payloadMount],
      ['sh', `${payloadMount}/provision.sh`],
      ['umount', payloadMount],
    ],
  };
  return {
    'user-data': `#cloud-config\n${yaml(userData)}`,
    'meta-data': yaml({ 'instance-id': spec.instanceId, 'local-hostname': spec.name }),
    'network-config': yaml(networkConfig(spec)),
  };
}

/**
 * A reserved address is configured statically: no DHCP round trip at boot and no lease left behind. `gateway4` would be
 * shorter, but netplan deprecates it.
 */
function networkConfig({ mac, address }: SeedSpec): unknown {
  const nic = { match: { macaddress: mac } };
  if (address === undefined) return { version: 2, ethernets: { primary: { ...nic, dhcp4: true } } };
  return {
    version: 2,
    ethernets: {
      primary: {
        ...nic,
        dhcp4: false,
        addresses: [`${address.ip}/${address.prefix}`],
        routes: [{ to: '0.0.0.0/0', via: address.gateway }],
        nameservers: { addresses: [address.gateway] },
      },
    },
  };
}

/** The same files with secrets masked, for `setup --dry-run`. */
export function maskedSeed(files: SeedFiles): SeedFiles {
  const masked = files['user-data']
    .replace(/-----BEGIN[\s\S]*?-----END OPENSSH PRIVATE KEY-----/g, '(masked)')
    .replace(/^(\s*(?:token|agent-token|[\w-]*(?:password|secret)[\w-]*):\s*).+$/gim, '$1(masked)');
  return { ...files, 'user-data': masked };
}
