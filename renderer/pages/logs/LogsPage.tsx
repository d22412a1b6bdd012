import { PageHeader } from '../../components/PageHeader';
import { common } from '../../strings/common';

export default function LogsPage() {
  return <PageHeader title={common.pages.logs} />;
}
