import { PageHeader } from '../../components/PageHeader';
import { common } from '../../strings/common';

export default function WorkloadsPage() {
  return <PageHeader title={common.pages.workloads} />;
}
