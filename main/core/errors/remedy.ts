/**
 * What to do about a problem: the one form of it, for errors, checks of the host and checks of the cluster alike.
 */

/**
 * What can be put right automatically: safe, and without harm when it is done twice. host/fixes.ts and core/index.ts
 * say how; `doctor --fix`, setup and the dashboard's buttons run them.
 */
export const hostFixIds = [
  'start-libvirt',
  'start-network',
  'autostart-network',
  'define-default-network',
  'turn-off-stp',
  'move-network',
  'start-pool',
] as const;
export const clusterFixIds = ['refresh-kubeconfig', 'set-clock'] as const;

/** Puts this machine right. */
export type HostFixId = (typeof hostFixIds)[number];
/** Puts the running cluster right. */
export type ClusterFixId = (typeof clusterFixIds)[number];
export type FixId = HostFixId | ClusterFixId;

/** Options of a NixOS configuration: true, or what a list has besides, each item a Nix expression. */
export type NixOptions = Readonly<Record<string, true | readonly string[]>>;

/** One step towards a solution. */
export interface Remedy {
  /** What it does; ends with a colon where a command follows. */
  readonly text: string;
  /** Can be pasted as it stands, once complete (caller.ts): whatever comes from elsewhere is quoted in it (sh`…`). */
  readonly command?: string;
  /** Does the same automatically. */
  readonly fixId?: FixId;
  /** Where more is written about it: an https address. */
  readonly page?: string;
  /** The options that the command sets, where it is a module for NixOS: the doctor makes one module of them all. */
  readonly nixos?: NixOptions;
}

/**
 * A remedy that is a command.
 *
 * @param command a fixed text, or made with sh`…`
 * @param fixId does the same automatically
 */
export const run = (command: string, text: string, fixId?: FixId): Remedy => ({
  text,
  command,
  ...(fixId === undefined ? {} : { fixId }),
});

/** The kubeconfig of the project, made again from what the VM says. */
export const regenerateKubeconfig = run(
  'k3s-vm kubeconfig --refresh',
  'Regenerate the kubeconfig:',
  'refresh-kubeconfig',
);

/** The same remedies, of which the first can be carried out automatically. */
export const withFix = ([first, ...others]: readonly Remedy[], fixId: FixId): readonly Remedy[] =>
  first === undefined ? [] : [{ ...first, fixId }, ...others];

/** Whether a fix is one of this machine, not of a cluster. */
export const isHostFix = (id: FixId): id is HostFixId => (hostFixIds as readonly FixId[]).includes(id);

/** The remedy that can be carried out automatically, where there is one. */
export const automatic = (remedies: readonly Remedy[]): (Remedy & { readonly fixId: FixId }) | undefined =>
  remedies.find((remedy): remedy is Remedy & { readonly fixId: FixId } => remedy.fixId !== undefined);

/** What a remedy does, for a button or a list: its text, which may lead up to a command, without the colon. */
export const titleOf = ({ text }: Remedy): string => text.replace(/:$/, '');
