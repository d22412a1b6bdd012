import { useState, type ReactNode } from 'react';
import type { Resources } from '../../../preload/api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { ErrorPanel } from '../../components/ErrorPanel';
import { Icon } from '../../components/Icon';
import { PageHeader } from '../../components/PageHeader';
import { Skeleton } from '../../components/Skeleton';
import { call, errorData } from '../../state/host';
import { go, toast, useStore } from '../../state/store';
import { useAction, useAsk } from '../../state/use';
import { useReturn } from '../../state/use-return';
import { common } from '../../strings/common';
import { resources as strings } from '../../strings/resources';
import { AmountCard } from './AmountCard';
import { ApplyBar } from './ApplyBar';
import { linesOf, wantedAmounts, type Draft } from './draft';
import { changeInWords, effect, notes, operationUnderWay, pendingChanges } from './effects';
import { legendOf } from './legend';
import { resourceKeys } from './scale';

const Notice = ({
  tone,
  children,
  action,
}: {
  readonly tone: 'busy' | 'none' | 'warn';
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) => (
  <div className={`resources-notice tone-${tone}`} role="status">
    <Icon name="info" />
    <div className="resources-notice-text">{children}</div>
    {action}
  </div>
);

/** Why the amounts cannot be changed now, and what waits for the next start. */
function Notices({ resources }: { readonly resources: Resources }) {
  const snapshot = useStore((state) => state.snapshot);
  const restart = useAction(() => call('operation.run', { operation: 'restart' }));
  const operation = operationUnderWay(snapshot);
  const pending = pendingChanges(resources);
  const toOverview = (text: string): ReactNode => <Button onClick={() => go('overview')}>{text}</Button>;
  if (operation !== null) {
    return (
      <Notice tone="busy" action={operation.isOurs && toOverview(strings.showProgress)}>
        {strings.underWay(operation.name, operation.isOurs)}
      </Notice>
    );
  }
  if (snapshot?.vm?.state === 'absent') {
    return (
      <Notice tone="none" action={toOverview(common.toOverview)}>
        {strings.noVm}
      </Notice>
    );
  }
  if (pending.length === 0) return null;
  return (
    <Notice
      tone="busy"
      action={
        snapshot?.vm?.state === 'running' && (
          <Button icon="restart" busy={restart.busy} onClick={() => restart.run()}>
            {strings.restartNow}
          </Button>
        )
      }
    >
      <p className="strong">{strings.pending}</p>
      <p className="numeric">{strings.pendingText(pending)}</p>
    </Notice>
  );
}

function Editor({
  resources,
  onAnswer,
}: {
  readonly resources: Resources;
  readonly onAnswer: (resources: Resources) => void;
}) {
  const [draft, setDraft] = useState<Draft>({});
  const [busy, setBusy] = useState<'apply' | 'restart' | null>(null);
  const connected = useStore((state) => state.connected);
  const snapshot = useStore((state) => state.snapshot);
  const vm = snapshot?.vm ?? null;
  const lines = linesOf(resources, draft);
  const changed = lines.filter(({ isChanged, problem }) => isChanged && problem === null);
  const operation = operationUnderWay(snapshot);
  const blocked = !connected
    ? strings.hostLost
    : operation === null
      ? null
      : strings.underWay(operation.name, operation.isOurs);

  const apply = async (restart: boolean): Promise<void> => {
    setBusy(restart ? 'restart' : 'apply');
    try {
      onAnswer(await call('resources.apply', { ...wantedAmounts(resources, lines), restart }));
      setDraft({});
      toast('good', restart ? strings.appliedRestarting : strings.applied);
    } catch (thrown) {
      const error = errorData(thrown);
      toast('bad', error.message, error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      {lines.map((line) => (
        <AmountCard
          key={line.key}
          line={line}
          legend={legendOf(line.key, resources, vm)}
          notes={notes(line, resources, vm)}
          isDisabled={operation !== null || busy !== null}
          onChange={(text) => setDraft((before) => ({ ...before, [line.key]: text }))}
        />
      ))}
      <ApplyBar
        changes={changed.map(({ key, base, value }) => changeInWords(key, base, value))}
        effect={effect(vm)}
        hasProblem={lines.some(({ problem }) => problem !== null)}
        blocked={blocked}
        canRestart={vm?.state === 'running'}
        busy={busy}
        onUndo={() => setDraft({})}
        onApply={(restart) => void apply(restart)}
      />
    </>
  );
}

/** As high as what comes, so that nothing jumps. */
const Loading = () => (
  <div className="stack" aria-busy="true" aria-label={common.loading} role="status">
    {resourceKeys.map((key) => (
      <Card key={key} title={strings.titles[key]} className="amount" actions={<span className="amount-placeholder" />}>
        <Skeleton height={21} />
        <Skeleton height={28} />
        <Skeleton height={19} />
      </Card>
    ))}
  </div>
);

function ProjectResources() {
  // What the VM has and what others take changes with the VMs
  const facts = useStore(({ snapshot, projects }) =>
    JSON.stringify([
      snapshot?.vm?.state,
      snapshot?.vm?.cpus,
      snapshot?.vm?.memoryBytes,
      snapshot?.vm?.diskBytes,
      projects.map(({ name, state }) => [name, state]),
    ]),
  );
  const asked = useAsk('resources.get', null, facts);
  useReturn(asked.again);
  return (
    <div className="stack">
      {asked.error !== null && (
        <ErrorPanel
          error={asked.error}
          actions={
            <Button icon="restart" busy={asked.loading} onClick={asked.again}>
              {common.tryAgain}
            </Button>
          }
        />
      )}
      {asked.value !== null && (
        <>
          <Notices resources={asked.value} />
          <Editor resources={asked.value} onAnswer={asked.replace} />
        </>
      )}
      {asked.value === null && asked.error === null && <Loading />}
    </div>
  );
}

export default function ResourcesPage() {
  const project = useStore((state) => state.snapshot?.project);
  return (
    <>
      <PageHeader title={common.pages.resources} intro={strings.intro} />
      <ProjectResources key={project} />
    </>
  );
}
