import type { ReactNode } from 'react';
import type { Snapshot, VmInfo } from '../../../preload/api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { Command, CopyButton } from '../../components/Command';
import { bytes, tilde } from '../../state/format';
import { call } from '../../state/host';
import { toast, useStore } from '../../state/store';
import { useAction } from '../../state/use';
import { overview } from '../../strings/overview';

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div className="fact">
    <dt className="muted">{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** Where the cluster is and what it is made of. */
export function ClusterFacts({ snapshot, vm }: { readonly snapshot: Snapshot; readonly vm: VmInfo }) {
  const home = useStore((state) => state.app?.home);
  const bin = useStore((state) => state.app?.bin);
  const open = useAction(async (what: 'k9s' | 'shell') => {
    const { terminal } = await call('terminal.open', { what });
    toast('good', overview.opened(terminal));
  });
  const { kubeconfig } = snapshot;
  const isUp = vm.state === 'running';
  const api = vm.address === undefined ? undefined : `https://${vm.address}:${vm.apiPort ?? 6443}`;
  return (
    <Card
      title={overview.cluster}
      actions={
        <>
          <Button look="quiet" icon="terminal" disabled={!isUp} onClick={() => open.run('k9s')}>
            {overview.k9s}
          </Button>
          <Button look="quiet" icon="terminal" disabled={!isUp} onClick={() => open.run('shell')}>
            {overview.shell}
          </Button>
        </>
      }
    >
      <div className="stack">
        <dl className="facts">
          {api !== undefined && (
            <Fact name={overview.api}>
              <span className="mono truncate">{api}</span>
              <CopyButton text={api} />
            </Fact>
          )}
          {kubeconfig !== null && (
            <Fact name={overview.kubeconfig}>
              <span className="mono truncate" title={kubeconfig.path}>
                {kubeconfig.exists ? tilde(kubeconfig.path, home) : overview.noKubeconfig}
              </span>
              {kubeconfig.exists && <CopyButton text={kubeconfig.path} />}
            </Fact>
          )}
          {vm.k3sVersion !== undefined && <Fact name={overview.version}>{vm.k3sVersion}</Fact>}
          {vm.image !== undefined && (
            <Fact name={overview.image}>
              <span className="truncate">{vm.image}</span>
            </Fact>
          )}
          {vm.cpus !== undefined && vm.memoryBytes !== undefined && (
            <Fact name={overview.size}>
              <span>
                {overview.sizes(
                  vm.cpus,
                  bytes(vm.memoryBytes),
                  vm.diskBytes === undefined ? undefined : bytes(vm.diskBytes),
                )}
                {vm.diskUsedBytes !== undefined && (
                  <span className="muted"> ({overview.onHost(bytes(vm.diskUsedBytes))})</span>
                )}
              </span>
            </Fact>
          )}
          {vm.acceleration !== undefined && (
            <Fact name={overview.acceleration}>{overview.accelerations[vm.acceleration]}</Fact>
          )}
          <Fact name={overview.connection}>
            <span className="mono">{vm.connection}</span>
          </Fact>
        </dl>
        {isUp && bin !== undefined && (
          <div>
            <p className="muted small try-it">{overview.tryIt}</p>
            <Command command={overview.tryCommand(tilde(bin, home))} />
          </div>
        )}
      </div>
    </Card>
  );
}
