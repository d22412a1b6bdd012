/**
 * Where releases come from unless the configuration says otherwise. Every URL that is asked for is one of these bases
 * plus a path, so that a mirror is a plain copy of the originals.
 */
import type { Config } from '../config/schema';

export const defaultSources: Config['sources'] = {
  /** `<base>/bookworm/latest/debian-12-genericcloud-amd64.qcow2` */
  images: 'https://cloud.debian.org/images/cloud',
  /** `<base>/v1.33.4%2Bk3s1/k3s` */
  k3sReleases: 'https://github.com/k3s-io/k3s/releases/download',
  /** Answers with JSON; https://docs.k3s.io/upgrades/manual#release-channels */
  k3sChannels: 'https://update.k3s.io/v1-release/channels',
  /** `<base>/v1.33.4+k3s1/install.sh`: the script as it was at that release, so that both fit together. */
  k3sInstall: 'https://raw.githubusercontent.com/k3s-io/k3s',
};
