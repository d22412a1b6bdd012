import { ErrorPanel } from '../../components/ErrorPanel';
import { Skeleton } from '../../components/Skeleton';
import { useStore } from '../../state/store';
import { overview } from '../../strings/overview';
import { FirstRun } from '../first-run/FirstRun';
import { ClusterFacts } from './ClusterFacts';
import { HealthCard } from './HealthCard';
import { OperationCard } from './OperationCard';
import { StateCard } from './StateCard';
import { UsageCharts } from './UsageCharts';

export default function OverviewPage() {
  const snapshot = useStore((state) => state.snapshot);
  if (snapshot === null || (snapshot.vm === null && snapshot.configError === undefined)) {
    const lost = snapshot?.link.state === 'lost';
    return lost ? null : (
      <div className="stack" role="status" aria-label={overview.checkingVm}>
        <Skeleton height={132} />
        <Skeleton height={260} />
      </div>
    );
  }
  const { vm, configError } = snapshot;
  if (configError !== undefined) return <ErrorPanel error={configError} />;
  if (vm === null) return null;
  const nothingYet = vm.state === 'absent' && vm.operation === undefined && snapshot.operation?.operation !== 'reset';
  if (nothingYet || (snapshot.operation?.operation === 'setup' && vm.state === 'absent')) return <FirstRun />;
  const isUp = vm.state === 'running';
  return (
    <div className="stack overview">
      <StateCard snapshot={snapshot} vm={vm} />
      <OperationCard snapshot={snapshot} vm={vm} />
      <div className="overview-columns">
        {isUp && <HealthCard snapshot={snapshot} />}
        <ClusterFacts snapshot={snapshot} vm={vm} />
      </div>
      {isUp && <UsageCharts />}
    </div>
  );
}
