/**
 * What can be configured: the shape of `k3s-vm.yaml`, of the user's file, of K3S_VM_* and of the flags.
 */

export type Acceleration = 'auto' | 'kvm' | 'tcg';
/** What `stop` does: an ACPI shutdown, or libvirt's managed save. */
export type StopMode = 'shutdown' | 'save';
export type WaitFor = 'none' | 'api' | 'node' | 'all';

/** The resolved configuration of one project. Sizes in bytes, times in milliseconds. */
export interface Config {
  /** Absolute path of the project folder. */
  readonly project: string;
  /** Name of the VM (libvirt domain) and of its node. */
  readonly name: string;
  /** `auto`, `qemu:///system`, `qemu:///session` or any libvirt URI. */
  readonly connection: string;
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  /** `debian-12`, `debian-13`, a URL or a path. */
  readonly image: string;
  /** `sha256:…` or `sha512:…` of the image; null: taken from the image's published digests. */
  readonly imageDigest: string | null;
  /** Whether VMs are made from a golden image, which the first setup leaves behind. */
  readonly goldenImage: boolean;
  /** `auto`: k3s-vm's own; else the name of a libvirt network (qemu:///system). */
  readonly network: string;
  /** Name of the storage pool. */
  readonly pool: string;
  readonly acceleration: Acceleration;
  readonly k3s: {
    /** Channel (`stable`, `latest`, `v1.33`) or exact version (`v1.33.4+k3s1`). */
    readonly version: string;
    /** Whether K3s' own container images are carried into the guest. */
    readonly airgap: boolean;
    /** Packaged components to leave out: traefik, servicelb, metrics-server, local-storage, coredns. */
    readonly disable: readonly string[];
    /** Anything else for /etc/rancher/k3s/config.yaml. */
    readonly config: Readonly<Record<string, unknown>>;
  };
  /** Loopback ports of qemu:///session; null: a free one is chosen. */
  readonly ports: {
    readonly ssh: number | null;
    readonly api: number | null;
    /** NodePorts forwarded to the same port on 127.0.0.1, e.g. [30080]. */
    readonly nodePorts: readonly number[];
  };
  /** What setup, start and restart wait for. */
  readonly wait: WaitFor;
  /** How long they wait. */
  readonly timeoutMs: number;
  /** How long stop waits for the guest to shut down. */
  readonly stopTimeoutMs: number;
  readonly stopMode: StopMode;
  /** After how long without traffic the VM is saved to disk; null: never. */
  readonly autoSuspendMs: number | null;
  /** `host:port` by which status looks whether host and guest reach the internet; null: it does not look. */
  readonly egressProbe: string | null;
  /** Program by which the dashboard opens terminal windows; null: the desktop's own. */
  readonly terminal: string | null;
  /** Where releases come from; for mirrors and machines behind a proxy. */
  readonly sources: {
    /** Base of Debian's cloud images. */
    readonly images: string;
    /** Base of K3s releases: `<base>/<version>/k3s`. */
    readonly k3sReleases: string;
    /** K3s channel server. */
    readonly k3sChannels: string;
    /** Base of install.sh: `<base>/<version>/install.sh`. */
    readonly k3sInstall: string;
  };
}
