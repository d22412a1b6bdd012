import { Tooltip } from 'radix-ui';
import { Command } from '../components/Command';
import { EmptyState } from '../components/EmptyState';
import { Toasts } from '../components/Toasts';
import { access } from '../strings/access';

/** Shown in a browser tab that has no access to the dashboard: how to get access. */
export const AccessPage = () => (
  <Tooltip.Provider>
    <main className="access-page">
      <EmptyState icon="terminal" title={access.title} actions={<Command command={access.command} />}>
        {access.text}
      </EmptyState>
    </main>
    <Toasts />
  </Tooltip.Provider>
);
