import { Tooltip } from 'radix-ui';
import {
  Component,
  lazy,
  Suspense,
  useEffect,
  useRef,
  type ComponentType,
  type LazyExoticComponent,
  type ReactNode,
} from 'react';
import type { ErrorData, Page } from '../../preload/api';
import { Button } from '../components/Button';
import { ErrorPanel } from '../components/ErrorPanel';
import { Skeleton } from '../components/Skeleton';
import { Toasts } from '../components/Toasts';
import { errorData } from '../state/host';
import { useStore } from '../state/store';
import { common } from '../strings/common';
import { LinkBanner } from './LinkBanner';
import { Sidebar } from './Sidebar';
import { useTheme } from './theme';

const pages: Readonly<Record<Page, LazyExoticComponent<ComponentType>>> = {
  overview: lazy(() => import('../pages/overview/OverviewPage')),
  resources: lazy(() => import('../pages/resources/ResourcesPage')),
  workloads: lazy(() => import('../pages/workloads/WorkloadsPage')),
  logs: lazy(() => import('../pages/logs/LogsPage')),
  diagnostics: lazy(() => import('../pages/diagnostics/DiagnosticsPage')),
  settings: lazy(() => import('../pages/settings/SettingsPage')),
};

/** A page that fails does not take the others with it. */
class PageBoundary extends Component<{ readonly children: ReactNode }, { readonly error: ErrorData | null }> {
  override state: { readonly error: ErrorData | null } = { error: null };
  static getDerivedStateFromError(thrown: unknown): { readonly error: ErrorData } {
    return { error: errorData(thrown) };
  }
  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <ErrorPanel
        error={this.state.error}
        actions={<Button onClick={() => this.setState({ error: null })}>{common.tryAgain}</Button>}
      />
    );
  }
}

export function App() {
  const page = useStore((state) => state.page);
  const Current = pages[page];
  const main = useRef<HTMLElement>(null);
  useTheme();
  useEffect(() => {
    document.title = `${common.pages[page]} · ${common.product}`;
    main.current?.scrollTo(0, 0);
  }, [page]);
  return (
    <Tooltip.Provider delayDuration={400}>
      <a className="skip-link" href="#page" onClick={() => main.current?.focus()}>
        {common.skipToContent}
      </a>
      <div className="shell">
        <Sidebar />
        <main id="page" className="page" ref={main} tabIndex={-1}>
          <LinkBanner />
          <PageBoundary key={page}>
            <Suspense fallback={<Skeleton lines={4} />}>
              <Current />
            </Suspense>
          </PageBoundary>
        </main>
      </div>
      <Toasts />
    </Tooltip.Provider>
  );
}
