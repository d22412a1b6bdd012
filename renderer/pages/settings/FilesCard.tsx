import type { Output } from '../../../preload/api';
import { Card } from '../../components/Card';
import { Command } from '../../components/Command';
import { settings as strings } from '../../strings/settings';

/** Where the settings are kept. Paths are shown whole: they are there to be copied. */
export const FilesCard = ({ files }: { readonly files: Output<'settings.get'>['files'] }) => (
  <Card title={strings.files}>
    <p className="muted">{strings.filesText}</p>
    <dl className="setting-files">
      {(['project', 'user'] as const).map((scope) => (
        <div key={scope}>
          <dt className="strong">{strings.scopeFiles[scope]}</dt>
          <dd>
            <Command command={files[scope]} />
          </dd>
        </div>
      ))}
    </dl>
  </Card>
);
