import { PageHeader } from '../../components/PageHeader';
import { common } from '../../strings/common';

export default function DiagnosticsPage() {
  return <PageHeader title={common.pages.diagnostics} />;
}
