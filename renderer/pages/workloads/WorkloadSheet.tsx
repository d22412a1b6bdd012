import { Dialog } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import type { WorkloadRow } from '../../../preload/api';
import { Badge } from '../../components/Badge';
import { Button, IconButton } from '../../components/Button';
import { Confirm } from '../../components/Dialog';
import { age, dateAndTime, number } from '../../state/format';
import { call } from '../../state/host';
import { toast, useStore } from '../../state/store';
import { useAction } from '../../state/use';
import { useNow } from '../../state/use-now';
import { common } from '../../strings/common';
import { workloads as strings } from '../../strings/workloads';
import { StatusBadge } from './columns';
import { PodLog } from './PodLog';
import { eventsAbout, type Known } from './table-state';

/** All that is known of a row, and what can be done with it. */
export function WorkloadSheet({
  row,
  known,
  onClose,
}: {
  /** As it was when it was opened. */
  readonly row: WorkloadRow;
  readonly known: Known;
  readonly onClose: () => void;
}) {
  const now = known[row.kind].rows.get(row.uid);
  const [latest, setLatest] = useState(row);
  if (now !== undefined && now !== latest) setLatest(now);
  const isGone = now === undefined && known[row.kind].listed;
  const connected = useStore((state) => state.connected);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="sheet"
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // On the first button it would open that one's tooltip
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
        >
          <header className="sheet-header">
            <div>
              <Dialog.Title asChild>
                <h2>{latest.kind === 'events' ? latest.about : latest.name}</h2>
              </Dialog.Title>
              <p className="row muted">
                <StatusBadge row={latest} />
                {[strings.kind(latest.kind), latest.namespace].filter(Boolean).join(' · ')}
              </p>
            </div>
            <Dialog.Close asChild>
              <IconButton icon="cross" label={common.close} />
            </Dialog.Close>
          </header>
          <div className="sheet-body stack">
            {isGone && (
              <p className="sheet-note tone-warn" role="alert">
                {strings.gone(latest.kind)}
              </p>
            )}
            <Actions row={latest} disabled={isGone || !connected} />
            {'message' in latest && latest.message !== undefined && <p className="sheet-message">{latest.message}</p>}
            <dl className="sheet-facts">
              {factsOf(latest).map(([name, value]) => (
                <div key={name} className="sheet-fact">
                  <dt className="muted">{strings.columns[name]}</dt>
                  <dd>{value === '' ? <span className="muted">{strings.none}</span> : value}</dd>
                </div>
              ))}
            </dl>
            {latest.kind === 'pods' && (
              <>
                <Section title={strings.containers}>
                  <ul className="sheet-list">
                    {latest.containers.map(({ name, ready, init }) => (
                      <li key={name} className="row">
                        <Badge tone={ready ? 'good' : 'none'}>
                          {ready ? strings.containerReady : strings.containerNotReady}
                        </Badge>
                        <span className="mono">{name}</span>
                        {init && <span className="muted">{strings.initContainer}</span>}
                      </li>
                    ))}
                  </ul>
                </Section>
                <PodLog pod={latest} />
              </>
            )}
            {latest.kind !== 'events' && latest.kind !== 'namespaces' && <Events row={latest} known={known} />}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const Section = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className="sheet-section">
    <h3>{title}</h3>
    {children}
  </section>
);

function Events({ row, known }: { readonly row: WorkloadRow; readonly known: Known }) {
  const now = useNow(1000);
  const events = eventsAbout(known, row);
  return (
    <Section title={strings.events}>
      {events.length === 0 ? (
        <p className="muted">{strings.noEvents}</p>
      ) : (
        <ul className="sheet-list">
          {events.slice(0, 20).map((event) => (
            <li key={event.uid}>
              <p className="row">
                <StatusBadge row={event} />
                <span className="muted numeric">{strings.seen(age(event.lastSeen, now), event.count)}</span>
              </p>
              <p className="sheet-event">{event.message}</p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

type Fact = readonly [keyof typeof strings.columns, string];

function factsOf(row: WorkloadRow): readonly Fact[] {
  const created: Fact = ['created', dateAndTime(row.createdAt)];
  switch (row.kind) {
    case 'nodes':
      return [
        ['roles', row.roles.join(', ')],
        ['version', row.version],
        ['address', row.address],
        ['taints', row.taints.join(', ')],
        created,
      ];
    case 'namespaces':
      return [created];
    case 'deployments':
      return [
        ['ready', strings.of(row.ready, row.desired)],
        ['upToDate', strings.of(row.upToDate, row.desired)],
        ['images', row.images.join(', ')],
        created,
      ];
    case 'pods':
      return [['node', row.node], ['ip', row.ip], ['restarts', number(row.restarts)], created];
    case 'services':
      return [['type', row.type], ['clusterIp', row.clusterIp], ['ports', row.ports.join(', ')], created];
    case 'events':
      return [
        ['type', row.type],
        ['count', number(row.count)],
        ['lastSeen', dateAndTime(row.lastSeen)],
      ];
  }
}

function Actions({ row, disabled }: { readonly row: WorkloadRow; readonly disabled: boolean }) {
  const [asking, setAsking] = useState<'restart' | 'delete' | null>(null);
  const { kind, namespace, name } = row;
  const restart = useAction(async () => {
    await call('workloads.restart', { namespace, name });
    toast('good', strings.restarted(name));
  });
  const remove = useAction(async (of: 'deployments' | 'pods' | 'services') => {
    await call('workloads.delete', { kind: of, namespace, name });
    toast('good', strings.deleted(name));
  });
  if (kind !== 'deployments' && kind !== 'pods' && kind !== 'services') return null;
  const askedFor = (which: 'restart' | 'delete') => ({
    open: asking === which,
    onOpenChange: (open: boolean) => setAsking(open ? which : null),
  });
  return (
    <div className="row">
      {kind === 'deployments' && (
        <Button icon="restart" busy={restart.busy} disabled={disabled} onClick={() => setAsking('restart')}>
          {strings.restart}
        </Button>
      )}
      <Button icon="reset" busy={remove.busy} disabled={disabled} onClick={() => setAsking('delete')}>
        {strings.delete}
      </Button>
      <Confirm
        {...askedFor('restart')}
        title={strings.restartTitle(name)}
        action={strings.restartAction}
        onConfirm={() => restart.run()}
      >
        <p>{strings.restartText}</p>
      </Confirm>
      <Confirm
        {...askedFor('delete')}
        title={strings.deleteTitle(kind, name)}
        action={strings.deleteAction(kind)}
        danger
        onConfirm={() => remove.run(kind)}
      >
        <p>{strings.deleteText[kind]}</p>
      </Confirm>
    </div>
  );
}
