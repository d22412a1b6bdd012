/**
 * The seed disk of a VM: what its guest is told at its first boot.
 */
import { iso9660 } from '../guest/iso9660';
import type { SeedFiles, SeedSpec } from '../guest/seed';
import { disabledComponents } from '../k3s/packaged-components';
import { macFor, userModeAddress, type NetworkFacts } from '../libvirt/networks';
import type { Environment } from './environment';

/** K3s' configuration file in the guest. https://docs.k3s.io/installation/configuration#configuration-file */
function k3sConfig(env: Environment, address: string): Record<string, unknown> {
  const { name, k3s } = env.config;
  const own = k3s.config['tls-san'];
  const sans = [
    name,
    address,
    '127.0.0.1',
    ...(Array.isArray(own) ? own.map(String) : own === undefined ? [] : [String(own)]),
  ];
  const disable = [...new Set(disabledComponents(env.config))];
  return {
    'write-kubeconfig-mode': '0600',
    'node-name': name,
    ...k3s.config,
    'tls-san': [...new Set(sans)],
    ...(disable.length > 0 ? { disable } : {}),
  };
}

/** The seed of a VM: its network half depends on the connection. */
export function seedSpecOf(
  env: Environment,
  parts: Pick<SeedSpec, 'clientPublicKey' | 'hostKey' | 'instanceId' | 'offersGolden'> & {
    readonly address: string;
    readonly network?: NetworkFacts;
  },
): SeedSpec {
  const { network, address, ...identity } = parts;
  return {
    ...identity,
    name: env.config.name,
    mac: macFor(env.config.name),
    k3sConfig: k3sConfig(env, address),
    address:
      network === undefined ? userModeAddress : { ip: address, prefix: network.prefix, gateway: network.gateway },
  };
}

/** Lays out the seed disk. */
export const seedImage = (files: SeedFiles): ReturnType<typeof iso9660> =>
  iso9660(
    'cidata',
    Object.entries(files).map(([name, content]) => ({ name, content: content as string | Buffer })),
  );
