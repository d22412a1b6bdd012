import { createRoot } from 'react-dom/client';
import { webBridge } from './bridge/web';
import './index.css';
import { App } from './shell/App';
import { connect } from './state/store';

connect(window.k3sVm ?? webBridge());
createRoot(document.getElementById('app') as HTMLElement).render(<App />);
