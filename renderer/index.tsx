import { createRoot } from 'react-dom/client';
import { forgetSecret, requestSecret } from './bridge/access';
import { webBridge } from './bridge/web';
import './index.css';
import { AccessPage } from './shell/AccessPage';
import { App } from './shell/App';
import { connect } from './state/store';

const root = createRoot(document.getElementById('app') as HTMLElement);

/** The desktop app brings its bridge; a browser needs access to the server first. */
async function start(): Promise<void> {
  const refused = (): void => {
    forgetSecret();
    root.render(<AccessPage />);
  };
  if (window.k3sVm === undefined) {
    const secret = await requestSecret();
    if (secret === undefined) return refused();
    connect(webBridge({ secret, refused }));
  } else connect(window.k3sVm);
  root.render(<App />);
}

void start();
