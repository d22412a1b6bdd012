import type { Preferences } from '../../../preload/api';
import { Card } from '../../components/Card';
import { Segmented, Switch } from '../../components/Field';
import { call } from '../../state/host';
import { useStore } from '../../state/store';
import { useAction } from '../../state/use';
import { settings as strings } from '../../strings/settings';

/** The dashboard's own preferences. They take effect at once. */
export function PreferencesCard() {
  const { theme, startAtLogin } = useStore((state) => state.preferences);
  const isDesktop = useStore((state) => state.app?.host === 'desktop');
  const isConnected = useStore((state) => state.connected);
  const change = useAction(async (wanted: Partial<Preferences>) => {
    useStore.setState({ preferences: await call('app.setPreferences', wanted) });
  });
  return (
    <Card title={strings.dashboard}>
      <div className="preferences">
        <div className="row">
          <span className="strong">{strings.theme}</span>
          <Segmented
            label={strings.theme}
            value={theme}
            choices={[
              { value: 'system', label: strings.themes.system, icon: 'system' },
              { value: 'light', label: strings.themes.light, icon: 'sun' },
              { value: 'dark', label: strings.themes.dark, icon: 'moon' },
            ]}
            onChange={(next) => change.run({ theme: next })}
          />
        </div>
        {isDesktop && (
          <div className="row row-wrap">
            <Switch
              label={strings.startAtLogin}
              checked={startAtLogin}
              disabled={change.busy || !isConnected}
              onChange={(next) => change.run({ startAtLogin: next })}
            />
            <span className="muted small">{strings.startAtLoginText}</span>
          </div>
        )}
      </div>
    </Card>
  );
}
