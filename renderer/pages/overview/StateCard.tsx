import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { actionsOf, type Input, type Snapshot, type VmInfo } from '../../../preload/api';
import { Button } from '../../components/Button';
import { Confirm } from '../../components/Dialog';
import { Icon, type IconName } from '../../components/Icon';
import { age, bytes, duration } from '../../state/format';
import { call } from '../../state/host';
import { isSettingUp, vmTone } from '../../state/tone';
import { useAction } from '../../state/use';
import { useNow } from '../../state/use-now';
import { common } from '../../strings/common';
import { overview } from '../../strings/overview';

type Asking = 'reset' | 'force' | 'discard' | null;

function meaning(snapshot: Snapshot, vm: VmInfo): string {
  if (vm.state === 'running' && snapshot.health?.healthy === false) return overview.unhealthy;
  if (vm.state === 'provisioning' && isSettingUp(snapshot)) return overview.settingUp;
  return vm.error?.message ?? overview.meaning[vm.state];
}

function sinceText(vm: VmInfo, now: number): string {
  if (vm.state === 'suspended' && vm.savedBytes !== undefined && vm.since !== undefined) {
    return overview.suspendedSince(age(vm.since, now), bytes(vm.savedBytes));
  }
  return vm.since === undefined ? '' : overview.since(duration(Math.max(0, now - Date.parse(vm.since))));
}

/** The VM's state in large type, and the actions that it allows. */
export function StateCard({ snapshot, vm }: { readonly snapshot: Snapshot; readonly vm: VmInfo }) {
  const [asking, setAsking] = useState<Asking>(null);
  const now = useNow(1000);
  const can = actionsOf(snapshot);
  const { tone, word } = vmTone(snapshot);
  const operation = useAction((input: Input<'operation.run'>) => call('operation.run', input));
  const saves = snapshot.stopMode === 'save';
  const askedFor = (which: Asking) => ({
    open: asking === which,
    onOpenChange: (open: boolean) => setAsking(open ? which : null),
  });
  return (
    <section className={`card state-card tone-${tone}`} aria-label={word}>
      <div className="state-text">
        <h1 className="state-word">
          <span className="state-name">
            <span className="dot state-dot" aria-hidden="true" />
            {word}
          </span>
          <span className="muted state-since numeric">{sinceText(vm, now)}</span>
        </h1>
        <p className="muted">{meaning(snapshot, vm)}</p>
      </div>
      <div className="row row-wrap state-actions">
        {can.start !== null && (
          <div className="split">
            <Button
              look="primary"
              icon="play"
              busy={operation.busy}
              onClick={() => operation.run({ operation: can.start === 'finish-setup' ? 'setup' : 'start' })}
            >
              {can.start === 'finish-setup'
                ? overview.finishSetup
                : can.start === 'resume'
                  ? overview.resume
                  : overview.start}
            </Button>
            {vm.state === 'suspended' && (
              <More label={overview.moreStartOptions} look="primary">
                <DropdownMenu.Item className="menu-item menu-item-danger" onSelect={() => setAsking('discard')}>
                  {overview.discardSuspended}
                </DropdownMenu.Item>
              </More>
            )}
          </div>
        )}
        {(can.stop || vm.state === 'running') && (
          <div className="split">
            <Button
              icon={saves ? 'save' : 'stop'}
              busy={operation.busy}
              disabled={!can.stop}
              onClick={() => operation.run({ operation: 'stop' })}
            >
              {saves ? overview.suspend : overview.stop}
            </Button>
            <More label={overview.moreStopOptions} disabled={!can.stop}>
              <DropdownMenu.Item
                className="menu-item"
                onSelect={() => operation.run({ operation: 'stop', mode: saves ? 'shutdown' : 'save' })}
              >
                {saves ? overview.stop : overview.suspend}
              </DropdownMenu.Item>
              <DropdownMenu.Item className="menu-item menu-item-danger" onSelect={() => setAsking('force')}>
                {overview.forceStop}
              </DropdownMenu.Item>
            </More>
          </div>
        )}
        {can.force && !can.stop && (
          <Button icon="stop" onClick={() => setAsking('force')}>
            {overview.forceStop}
          </Button>
        )}
        <Button
          icon="restart"
          busy={operation.busy}
          disabled={!can.restart}
          onClick={() => operation.run({ operation: 'restart' })}
        >
          {overview.restart}
        </Button>
        <More label={overview.moreActions} look="quiet" icon="more" disabled={!can.reset}>
          <DropdownMenu.Item className="menu-item menu-item-danger" onSelect={() => setAsking('reset')}>
            {overview.reset}
          </DropdownMenu.Item>
        </More>
      </div>
      <Confirm
        {...askedFor('reset')}
        title={overview.resetTitle(vm.name)}
        action={overview.resetAction}
        danger
        typed={vm.name}
        onConfirm={() => operation.run({ operation: 'reset', confirm: vm.name })}
      >
        <p>{overview.resetGoes}</p>
        <p className="muted">{overview.resetStays}</p>
      </Confirm>
      <Confirm
        {...askedFor('force')}
        title={overview.forceTitle}
        action={overview.forceAction}
        danger
        onConfirm={() => operation.run({ operation: 'stop', force: true })}
      >
        <p>{overview.forceText}</p>
      </Confirm>
      <Confirm
        {...askedFor('discard')}
        title={overview.discardTitle}
        action={overview.discardAction}
        danger
        onConfirm={() => operation.run({ operation: 'start', discardSaved: true })}
      >
        <p>{overview.discardText}</p>
      </Confirm>
      <span className="visually-hidden" role="status">
        {common.product}: {word}
      </span>
    </section>
  );
}

const More = ({
  label,
  look = 'plain',
  icon = 'chevron',
  disabled = false,
  children,
}: {
  readonly label: string;
  readonly look?: 'plain' | 'primary' | 'quiet';
  readonly icon?: IconName;
  readonly disabled?: boolean;
  readonly children: React.ReactNode;
}) => (
  <DropdownMenu.Root>
    <DropdownMenu.Trigger className={`button button-${look} button-icon`} aria-label={label} disabled={disabled}>
      <Icon name={icon} size={16} />
    </DropdownMenu.Trigger>
    <DropdownMenu.Portal>
      <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  </DropdownMenu.Root>
);
