import { PageHeader } from '../../components/PageHeader';
import { common } from '../../strings/common';

export default function SettingsPage() {
  return <PageHeader title={common.pages.settings} />;
}
