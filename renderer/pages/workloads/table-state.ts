/**
 * What the workloads page knows of the cluster, from the changes that the host tells.
 */
import type { ErrorData, WorkloadChange, WorkloadKind, WorkloadRow } from '../../../preload/api';

export const kinds = ['nodes', 'namespaces', 'deployments', 'pods', 'services', 'events'] as const;

export interface KindState {
  readonly rows: Map<string, WorkloadRow>;
  /** Whether its rows are all there is: not before its first list. */
  readonly listed: boolean;
  /** Why its watch is being taken up again, and since when; null while it is live. */
  readonly lost: { readonly error: ErrorData; readonly at: number } | null;
}
export type Known = Record<WorkloadKind, KindState>;

const nothing = (): KindState => ({ rows: new Map(), listed: false, lost: null });

export const nothingKnown = (): Known => Object.fromEntries(kinds.map((kind) => [kind, nothing()])) as unknown as Known;

const unknownLoss: ErrorData = { code: 'API_UNREACHABLE', message: '', hints: [], exitStatus: 1 };

/**
 * Takes one change in. The rows are changed in place: thousands may come at once.
 *
 * @param at when it came, in milliseconds since the epoch
 */
export function applyChange(known: Known, change: WorkloadChange, at: number): void {
  switch (change.type) {
    case 'replace':
      known[change.kind] = {
        ...known[change.kind],
        rows: new Map(change.rows.map((row) => [row.uid, row])),
        listed: true,
      };
      break;
    case 'upsert':
      known[change.row.kind].rows.set(change.row.uid, change.row);
      break;
    case 'remove':
      known[change.kind].rows.delete(change.uid);
      break;
    case 'watch':
      known[change.kind] = {
        ...known[change.kind],
        // Every failed attempt is told; what is shown is from before the first
        lost:
          change.state === 'live'
            ? null
            : { error: change.error ?? unknownLoss, at: known[change.kind].lost?.at ?? at },
      };
  }
}

export interface Filter {
  /** '' for all. */
  readonly namespace: string;
  /** Leaves out what Kubernetes itself runs, unless its namespace is the chosen one. */
  readonly hideSystem: boolean;
  readonly search: string;
  readonly onlyProblems: boolean;
}
export const noFilter: Filter = { namespace: '', hideSystem: false, search: '', onlyProblems: false };

/**
 * Namespaces with this prefix are Kubernetes' own
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/).
 */
const systemPrefix = 'kube-';

/** What a search looks at, in the words that are shown. */
function words(row: WorkloadRow): string {
  const own = [row.name, row.namespace, row.status];
  switch (row.kind) {
    case 'nodes':
      return [...own, ...row.roles, row.version, row.address, ...row.taints].join('\n');
    case 'namespaces':
      return own.join('\n');
    case 'deployments':
      return [...own, ...row.images].join('\n');
    case 'pods':
      return [...own, row.node, row.ip, row.message ?? '', ...row.containers.map(({ name }) => name)].join('\n');
    case 'services':
      return [...own, row.clusterIp, ...row.ports].join('\n');
    case 'events':
      return [...own, row.about, row.message].join('\n');
  }
}

/** Whether a row is in sight by its namespace. A namespace is in itself; nodes are in none, and always in sight. */
function inScope(row: WorkloadRow, { namespace, hideSystem }: Filter): boolean {
  const own = row.kind === 'namespaces' ? row.name : row.namespace;
  if (own === '') return true;
  return namespace === '' ? !(hideSystem && own.startsWith(systemPrefix)) : own === namespace;
}

/** Rows that a filter leaves. */
export function filtered(rows: Iterable<WorkloadRow>, filter: Filter): WorkloadRow[] {
  const needle = filter.search.trim().toLowerCase();
  return [...rows].filter(
    (row) =>
      inScope(row, filter) &&
      (!filter.onlyProblems || row.condition === 'bad') &&
      (needle === '' || words(row).toLowerCase().includes(needle)),
  );
}

export interface Sort {
  /** A column's key. */
  readonly by: string;
  readonly descending: boolean;
}

/**
 * Sorts rows, in place. Rows that are equal keep one order whatever comes in between, so that nothing jumps.
 *
 * @param valueOf what a row is compared by
 */
export function sorted<R extends WorkloadRow>(
  rows: R[],
  valueOf: (row: R) => string | number,
  descending: boolean,
): R[] {
  const sign = descending ? -1 : 1;
  const compare = (a: string | number, b: string | number): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return rows.sort(
    (a, b) =>
      sign * compare(valueOf(a), valueOf(b)) ||
      collator.compare(a.namespace, b.namespace) ||
      collator.compare(a.name, b.name) ||
      (a.uid < b.uid ? -1 : 1),
  );
}
const collator = new Intl.Collator(undefined, { numeric: true });

/** Namespaces to choose from: those that there are, and those that rows are in should they not be known. */
export function namespacesOf(known: Known): string[] {
  const names = new Set([...known.namespaces.rows.values()].map(({ name }) => name));
  for (const kind of ['deployments', 'pods', 'services'] as const)
    for (const { namespace } of known[kind].rows.values()) names.add(namespace);
  return [...names].sort(collator.compare);
}

/** What the events say of a row, the latest first. */
export const eventsAbout = (known: Known, row: WorkloadRow) =>
  [...known.events.rows.values()]
    .flatMap((event) =>
      event.kind === 'events' &&
      event.about === `${row.kind.slice(0, -1)}/${row.name}` &&
      (row.namespace === '' || event.namespace === row.namespace)
        ? [event]
        : [],
    )
    .sort((a, b) => b.lastSeen.localeCompare(a.lastSeen));
