import { Tabs } from 'radix-ui';
import { useMemo, useState } from 'react';
import type { Snapshot, WorkloadKind, WorkloadRow } from '../../../preload/api';
import { Button } from '../../components/Button';
import { Command } from '../../components/Command';
import { EmptyState } from '../../components/EmptyState';
import { ErrorPanel } from '../../components/ErrorPanel';
import { SearchInput, Select, Switch } from '../../components/Field';
import { Icon } from '../../components/Icon';
import { PageHeader } from '../../components/PageHeader';
import { Skeleton } from '../../components/Skeleton';
import { Spinner } from '../../components/Spinner';
import { number, timeOfDay } from '../../state/format';
import { useStore } from '../../state/store';
import { common } from '../../strings/common';
import { workloads as strings } from '../../strings/workloads';
import { columnsOf, firstSort } from './columns';
import { NoCluster } from './NoCluster';
import { filtered, kinds, namespacesOf, noFilter, sorted, type Filter, type Known, type Sort } from './table-state';
import { useWorkloads, type Workloads } from './use-workloads';
import { WorkloadSheet } from './WorkloadSheet';
import { WorkloadsTable } from './WorkloadsTable';

/** What stands for all namespaces in the choice, whose values cannot be empty. */
const all = '*';

/** The cluster to ask, or null where none runs. */
const clusterOf = (snapshot: Snapshot | null): string | null =>
  snapshot?.vm?.state === 'running' || snapshot?.vm?.state === 'starting' ? snapshot.project : null;

export default function WorkloadsPage() {
  const snapshot = useStore((state) => state.snapshot);
  const cluster = clusterOf(snapshot);
  const workloads = useWorkloads(cluster);
  if (cluster === null && snapshot !== null && (snapshot.vm !== null || snapshot.configError !== undefined)) {
    return (
      <div className="fill workloads">
        <PageHeader title={common.pages.workloads} />
        {snapshot.configError !== undefined ? (
          <ErrorPanel error={snapshot.configError} />
        ) : (
          <NoCluster snapshot={snapshot} />
        )}
      </div>
    );
  }
  return <Live key={snapshot?.project} workloads={workloads} isStarting={snapshot?.vm?.state === 'starting'} />;
}

function Live({ workloads, isStarting }: { readonly workloads: Workloads; readonly isStarting: boolean }) {
  const { known, version } = workloads;
  const [kind, setKind] = useState<WorkloadKind>('pods');
  const [filter, setFilter] = useState<Filter>(noFilter);
  const [sorts, setSorts] = useState<Partial<Record<WorkloadKind, Sort>>>({});
  const [opened, setOpened] = useState<WorkloadRow | null>(null);
  const { lost, listed } = known[kind];
  const sort = sorts[kind] ?? firstSort(kind);
  const namespaces = useMemo(() => namespacesOf(known), [known, version]);
  const rows = useMemo(() => {
    const column = columnsOf[kind].find(({ key }) => key === sort.by);
    const left = filtered(known[kind].rows.values(), filter);
    return column === undefined ? left : sorted(left, column.value, sort.descending);
  }, [known, version, kind, filter, sort.by, sort.descending]);
  const change = (part: Partial<Filter>): void => setFilter((before) => ({ ...before, ...part }));
  return (
    <div className="fill workloads">
      <PageHeader title={common.pages.workloads} />
      <Tabs.Root className="workload-tabs" value={kind} onValueChange={(next) => setKind(next as WorkloadKind)}>
        <Tabs.List className="tabs" aria-label={common.pages.workloads}>
          {kinds.map((each) => (
            <Tabs.Trigger key={each} value={each} className="tab">
              {strings.kinds[each]}
              <Counts known={known} kind={each} filter={filter} />
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <div className="workload-bar">
          <span className="workload-search">
            <SearchInput
              label={strings.search}
              value={filter.search}
              onChange={(event) => change({ search: event.target.value })}
            />
          </span>
          <Select
            label={strings.namespace}
            value={filter.namespace === '' ? all : filter.namespace}
            choices={[
              { value: all, label: strings.allNamespaces },
              ...namespaces.map((value) => ({ value, label: value })),
            ]}
            onChange={(value) => change({ namespace: value === all ? '' : value })}
          />
          <Switch
            label={strings.hideSystem}
            checked={filter.hideSystem}
            onChange={(hideSystem) => change({ hideSystem })}
          />
          <Switch
            label={strings.onlyProblems}
            checked={filter.onlyProblems}
            onChange={(onlyProblems) => change({ onlyProblems })}
          />
        </div>
        <Tabs.Content value={kind} className="card workload-card" tabIndex={-1}>
          {lost !== null && listed && (
            <p className="workload-lost tone-warn" role="status" title={lost.error.message}>
              <Icon name="warning" size={16} />
              {strings.retrying(timeOfDay(lost.at, true))}
            </p>
          )}
          {rows.length > 0 ? (
            <WorkloadsTable
              key={kind}
              kind={kind}
              rows={rows}
              sort={sort}
              onSort={(next) => setSorts((before) => ({ ...before, [kind]: next }))}
              onOpen={setOpened}
            />
          ) : (
            <NoRows workloads={workloads} kind={kind} isStarting={isStarting} clear={() => setFilter(noFilter)} />
          )}
        </Tabs.Content>
      </Tabs.Root>
      {opened !== null && <WorkloadSheet key={opened.uid} row={opened} known={known} onClose={() => setOpened(null)} />}
    </div>
  );
}

/** How many there are, and how many of them are not well. */
function Counts({
  known,
  kind,
  filter: { namespace, hideSystem },
}: {
  readonly known: Known;
  readonly kind: WorkloadKind;
  readonly filter: Filter;
}) {
  if (!known[kind].listed) return null;
  const rows = filtered(known[kind].rows.values(), { ...noFilter, namespace, hideSystem });
  const problems = rows.filter(({ condition }) => condition === 'bad').length;
  return (
    <>
      <span className="tab-count numeric">{number(rows.length)}</span>
      {problems > 0 && (
        <span className="tab-problems tone-bad" title={strings.problems(problems)}>
          <span className="dot" aria-hidden="true" />
          <span className="visually-hidden">{strings.problems(problems)}</span>
        </span>
      )}
    </>
  );
}

const Waiting = ({ children }: { readonly children: string }) => (
  <span className="row muted">
    <Spinner />
    {children}
  </span>
);

/** Why there is nothing to see. */
function NoRows({
  workloads: { known, error, again },
  kind,
  isStarting,
  clear,
}: {
  readonly workloads: Workloads;
  readonly kind: WorkloadKind;
  readonly isStarting: boolean;
  readonly clear: () => void;
}) {
  const bin = useStore((state) => state.app?.bin);
  const { rows, listed, lost } = known[kind];
  if (error !== null) {
    return (
      <div className="workload-problem">
        <ErrorPanel error={error} actions={<Button onClick={again}>{common.tryAgain}</Button>} />
      </div>
    );
  }
  if (!listed) {
    // That a cluster does not answer while it starts is no failure
    return lost !== null && lost.error.message !== '' && !isStarting ? (
      <div className="workload-problem">
        <ErrorPanel error={lost.error} actions={<Waiting>{strings.retryingFirst}</Waiting>} />
      </div>
    ) : (
      <div className="workload-problem stack" role="status">
        <Waiting>{isStarting ? strings.starting : strings.loading}</Waiting>
        <Skeleton lines={8} />
      </div>
    );
  }
  if (rows.size > 0) {
    return (
      <EmptyState icon="search" title={strings.noMatch} actions={<Button onClick={clear}>{strings.clear}</Button>}>
        {strings.noMatchText(rows.size)}
      </EmptyState>
    );
  }
  const example = bin !== undefined && (kind === 'deployments' || kind === 'pods') ? bin : undefined;
  return (
    <EmptyState
      icon="workloads"
      title={strings.nothing[kind]}
      actions={example !== undefined && <Command command={strings.tryCommand(example)} />}
    >
      {example !== undefined && strings.nothingText}
    </EmptyState>
  );
}
