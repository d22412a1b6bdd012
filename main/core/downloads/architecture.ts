/** Architectures as libvirt names them. */
export type MachineArch = 'x86_64' | 'aarch64';
/** The same as Debian and K3s name them. */
export type ReleaseArch = 'amd64' | 'arm64';

/** An architecture by the name that Debian and K3s use in their file names. */
export const releaseArch = (arch: MachineArch): ReleaseArch => (arch === 'aarch64' ? 'arm64' : 'amd64');
