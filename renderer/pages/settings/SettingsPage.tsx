import { useState } from 'react';
import type { Output } from '../../../preload/api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { EmptyState } from '../../components/EmptyState';
import { ErrorPanel } from '../../components/ErrorPanel';
import { SearchInput, Segmented } from '../../components/Field';
import { PageHeader } from '../../components/PageHeader';
import { Skeleton } from '../../components/Skeleton';
import { useStore } from '../../state/store';
import { useAsk } from '../../state/use';
import { useReturn } from '../../state/use-return';
import { common } from '../../strings/common';
import { settings as strings } from '../../strings/settings';
import { FilesCard } from './FilesCard';
import { groupsOf, isFound } from './entries';
import { PreferencesCard } from './PreferencesCard';
import { SettingRow, type Scope } from './SettingRow';

type Settings = Output<'settings.get'>;

function Editor({
  settings,
  onSettings,
}: {
  readonly settings: Settings;
  readonly onSettings: (settings: Settings) => void;
}) {
  const { entries, files } = settings;
  const [query, setQuery] = useState('');
  const [scope, setScope] = useState<Scope>('project');
  const [drafts, setDrafts] = useState<Readonly<Record<string, string | undefined>>>({});
  const isConnected = useStore((state) => state.connected);
  // What is being edited stays in sight, whatever is searched for
  const found = entries.filter((entry) => drafts[entry.key] !== undefined || isFound(entry, query));
  return (
    <>
      <div className="settings-bar">
        <SearchInput label={strings.search} value={query} onChange={(event) => setQuery(event.target.value)} />
        <span className="small muted numeric" role="status">
          {strings.found(found.length, entries.length)}
        </span>
        <span className="spacer" />
        <span className="row" title={strings.scopesText}>
          <span className="strong">{strings.saveTo}</span>
          <Segmented
            label={strings.saveTo}
            value={scope}
            choices={[
              { value: 'project', label: strings.scopes.project },
              { value: 'user', label: strings.scopes.user },
            ]}
            onChange={setScope}
          />
        </span>
      </div>
      {found.length === 0 && (
        <Card>
          <EmptyState
            icon="search"
            title={strings.nothingFound}
            actions={<Button onClick={() => setQuery('')}>{strings.clearSearch}</Button>}
          >
            {strings.nothingFoundText(query.trim())}
          </EmptyState>
        </Card>
      )}
      {groupsOf(found).map((group) => (
        <Card key={group.title} title={group.title} flush>
          <ul>
            {group.entries.map((entry) => (
              <SettingRow
                key={entry.key}
                entry={entry}
                draft={drafts[entry.key]}
                scope={scope}
                isConnected={isConnected}
                onDraft={(text) => setDrafts((before) => ({ ...before, [entry.key]: text }))}
                onEntries={(next, saved) => {
                  onSettings({ entries: next, files });
                  // What was typed while it was being saved is not saved yet
                  setDrafts((before) => (before[entry.key] === saved ? { ...before, [entry.key]: undefined } : before));
                }}
              />
            ))}
          </ul>
        </Card>
      ))}
      <FilesCard files={files} />
    </>
  );
}

/** As high as what comes, so that nothing jumps. */
const Loading = () => (
  <div className="stack" role="status" aria-busy="true" aria-label={common.loading}>
    <div className="settings-bar">
      <Skeleton height={34} />
    </div>
    <Card title={common.pages.settings} flush>
      <ul aria-hidden="true">
        {[1, 2, 3, 4, 5, 6].map((row) => (
          <li key={row} className="setting">
            <Skeleton lines={2} />
            <Skeleton height={34} />
          </li>
        ))}
      </ul>
    </Card>
  </div>
);

function ProjectSettings() {
  const asked = useAsk('settings.get', null);
  useReturn(asked.again);
  return (
    <>
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
      {asked.value !== null && <Editor settings={asked.value} onSettings={asked.replace} />}
      {asked.value === null && asked.error === null && <Loading />}
    </>
  );
}

export default function SettingsPage() {
  const project = useStore((state) => state.snapshot?.project);
  return (
    <>
      <PageHeader title={common.pages.settings} intro={strings.intro} />
      <div className="stack">
        <PreferencesCard />
        <ProjectSettings key={project} />
      </div>
    </>
  );
}
