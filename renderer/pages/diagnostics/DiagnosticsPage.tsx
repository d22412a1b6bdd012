import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { ErrorPanel } from '../../components/ErrorPanel';
import { PageHeader } from '../../components/PageHeader';
import { Skeleton } from '../../components/Skeleton';
import { Spinner } from '../../components/Spinner';
import { useStore } from '../../state/store';
import { useAsk } from '../../state/use';
import { common } from '../../strings/common';
import { diagnostics as strings } from '../../strings/diagnostics';
import { DoctorReport } from './DoctorReport';
import { HealthCard } from './HealthCard';
import { SupportCard } from './SupportCard';

/** As many lines as the doctor has, so that nothing jumps. */
const Checking = () => (
  <div className="stack" aria-busy="true">
    <div className="doctor-headline tone-busy">
      <span className="doctor-mark">
        <Spinner />
      </span>
      <p role="status" className="strong">
        {strings.checking}
      </p>
    </div>
    <Card flush>
      <ul aria-hidden="true">
        {Array.from({ length: 12 }, (_, index) => (
          <li key={index} className="doctor-passed doctor-waiting">
            <Skeleton height={14} />
            <Skeleton height={14} />
            <Skeleton height={14} />
          </li>
        ))}
      </ul>
    </Card>
  </div>
);

function ProjectDiagnostics() {
  const connected = useStore((state) => state.connected);
  const doctor = useAsk('doctor.run', null);
  return (
    <>
      <PageHeader
        title={common.pages.diagnostics}
        intro={strings.intro}
        actions={
          <Button icon="restart" busy={doctor.loading} disabled={!connected} onClick={doctor.again}>
            {common.checkAgain}
          </Button>
        }
      />
      <div className="stack">
        {doctor.error !== null && <ErrorPanel error={doctor.error} />}
        {doctor.value !== null && (
          <DoctorReport lines={doctor.value} isChecking={doctor.loading} onFixed={doctor.again} />
        )}
        {doctor.value === null && doctor.error === null && <Checking />}
        <div className="diagnostics-tools">
          <HealthCard isDisabled={!connected} />
          <SupportCard isDisabled={!connected} />
        </div>
      </div>
    </>
  );
}

export default function DiagnosticsPage() {
  const project = useStore((state) => state.snapshot?.project);
  return <ProjectDiagnostics key={project} />;
}
