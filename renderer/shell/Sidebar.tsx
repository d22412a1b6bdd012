import type { Page } from '../../preload/api';
import { Icon } from '../components/Icon';
import { go, useStore } from '../state/store';
import { vmTone } from '../state/tone';
import { common } from '../strings/common';
import { ProjectSwitcher } from './ProjectSwitcher';

const order: readonly Page[] = ['overview', 'resources', 'workloads', 'logs', 'diagnostics', 'settings'];

export function Sidebar() {
  const page = useStore((state) => state.page);
  const version = useStore((state) => state.app?.version);
  const { tone, word } = vmTone(useStore((state) => state.snapshot));
  return (
    <header className="sidebar">
      <ProjectSwitcher />
      <p className={`sidebar-state tone-${tone}`}>
        <span className="dot" aria-hidden="true" />
        {word}
      </p>
      <nav aria-label={common.navigation}>
        <ul>
          {order.map((name) => (
            <li key={name}>
              <button
                type="button"
                className="nav-item"
                aria-current={name === page ? 'page' : undefined}
                onClick={() => go(name)}
              >
                <Icon name={name} />
                <span>{common.pages[name]}</span>
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <span className="spacer" />
      <p className="sidebar-foot muted small">
        {common.product} {version}
      </p>
    </header>
  );
}
