/**
 * Installs a fake host before the window's own script runs: `#scenario=stopped&theme=dark`.
 */
import { fakeBridge, type FakeOptions } from './fake-bridge';

const wanted = new URLSearchParams(location.hash.slice(1));
const options = Object.fromEntries(wanted) as Pick<FakeOptions, 'scenario' | 'theme'>;
Object.assign(window, { k3sVm: fakeBridge({ ...options, pods: Number(wanted.get('pods') ?? 6) }) });
