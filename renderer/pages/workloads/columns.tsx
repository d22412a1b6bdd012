import type { ReactNode } from 'react';
import type { Condition, WorkloadKind, WorkloadRow } from '../../../preload/api';
import { Badge, type Tone } from '../../components/Badge';
import { age } from '../../state/format';
import type { workloads as strings } from '../../strings/workloads';
import type { Sort } from './table-state';

/** One column of a table. */
export interface Column<R extends WorkloadRow = WorkloadRow> {
  readonly key: keyof typeof strings.columns;
  /** What it is sorted by. */
  readonly value: (row: R) => string | number;
  /** What it shows. Default: its value. */
  readonly cell?: (row: R, now: number) => ReactNode;
  readonly look?: 'number' | 'mono' | 'wide';
  /** Hidden first when there is little room. The details show it too. */
  readonly minor?: true;
}

const tones: Readonly<Record<Condition, Tone>> = {
  good: 'good',
  busy: 'busy',
  bad: 'bad',
  ended: 'none',
  none: 'none',
};

export const StatusBadge = ({ row }: { readonly row: WorkloadRow }) => (
  <Badge tone={tones[row.condition]}>{row.status}</Badge>
);

const of = <R extends WorkloadRow>(...columns: readonly Column<R>[]): readonly Column[] =>
  // All rows of a table are of its kind
  columns as unknown as readonly Column[];

const name: Column = { key: 'name', value: ({ name }) => name };
const namespace: Column = { key: 'namespace', value: ({ namespace }) => namespace, minor: true };
const status: Column = { key: 'status', value: ({ status }) => status, cell: (row) => <StatusBadge row={row} /> };
/** The later the time, the smaller the age. */
const ageColumn: Column = {
  key: 'age',
  value: ({ createdAt }) => -Date.parse(createdAt),
  cell: ({ createdAt }, now) => age(createdAt, now),
  look: 'number',
};

type Of<K extends WorkloadKind> = Extract<WorkloadRow, { readonly kind: K }>;

export const columnsOf: Readonly<Record<WorkloadKind, readonly Column[]>> = {
  nodes: of<Of<'nodes'>>(
    name,
    status,
    { key: 'roles', value: ({ roles }) => roles.join(', ') },
    { key: 'version', value: ({ version }) => version },
    { key: 'address', value: ({ address }) => address, look: 'mono' },
    ageColumn,
  ),
  namespaces: [name, status, ageColumn],
  deployments: of<Of<'deployments'>>(
    name,
    namespace,
    status,
    { key: 'ready', value: ({ ready }) => ready, cell: ({ ready, desired }) => `${ready}/${desired}`, look: 'number' },
    { key: 'images', value: ({ images }) => images.join(', '), look: 'wide' },
    ageColumn,
  ),
  pods: of<Of<'pods'>>(
    name,
    namespace,
    status,
    {
      key: 'ready',
      value: (row) => readyContainers(row).ready,
      cell: (row) => `${readyContainers(row).ready}/${readyContainers(row).all}`,
      look: 'number',
    },
    { key: 'restarts', value: ({ restarts }) => restarts, look: 'number' },
    { key: 'ip', value: ({ ip }) => ip, look: 'mono', minor: true },
    ageColumn,
  ),
  services: of<Of<'services'>>(
    name,
    namespace,
    { key: 'type', value: ({ type }) => type },
    { key: 'clusterIp', value: ({ clusterIp }) => clusterIp, look: 'mono' },
    { key: 'ports', value: ({ ports }) => ports.join(', '), look: 'mono' },
    ageColumn,
  ),
  events: of<Of<'events'>>(
    {
      key: 'lastSeen',
      value: ({ lastSeen }) => -Date.parse(lastSeen),
      cell: ({ lastSeen }, now) => age(lastSeen, now),
      look: 'number',
    },
    status,
    { key: 'about', value: ({ about }) => about },
    { key: 'message', value: ({ message }) => message, look: 'wide' },
    { key: 'count', value: ({ count }) => count, look: 'number', minor: true },
    namespace,
  ),
};

function readyContainers({ containers }: Of<'pods'>): { readonly ready: number; readonly all: number } {
  const own = containers.filter(({ init }) => !init);
  return { ready: own.filter(({ ready }) => ready).length, all: own.length };
}

/** How a kind is sorted at first. */
export const firstSort = (kind: WorkloadKind): Sort =>
  kind === 'events' ? { by: 'lastSeen', descending: false } : { by: 'name', descending: false };
