/**
 * A host that is not there: answers every call of the contract from a scenario, and tells what a test makes it tell.
 */
import {
  streamWindow,
  type Answer,
  type Bridge,
  type CallName,
  type DoctorLine,
  type ErrorData,
  type Input,
  type Output,
  type Push,
  type Resources,
  type SettingEntry,
  type Snapshot,
  type Stats,
} from '../../preload/api';
import { k3sLog, now, scenarios, workloads, type ScenarioName } from './scenarios';

type Overrides = { readonly [C in CallName]?: (input: Input<C>) => Output<C> | Promise<Output<C>> };

export interface FakeBridge extends Bridge {
  /** The calls that were made, in order. */
  readonly calls: readonly { readonly name: CallName; readonly input: unknown }[];
  push(push: Push): void;
  /** Pushes the last snapshot with this part changed. */
  change(part: Partial<Snapshot>): void;
  link(connected: boolean): void;
}

export interface FakeOptions {
  readonly scenario?: ScenarioName;
  /** Answers that replace the scenario's. To make a call fail, throw `{ data: ErrorData }`. */
  readonly answers?: Overrides;
  readonly theme?: 'system' | 'light' | 'dark';
  readonly pods?: number;
  readonly host?: 'desktop' | 'web';
}

const GiB = 2 ** 30;

const stats: readonly Stats[] = Array.from({ length: 150 }, (_, index) => {
  const wave = (period: number): number => (1 + Math.sin((index / period) * Math.PI)) / 2;
  return {
    at: now - (150 - index) * 2000,
    cpuPercent: 12 + 40 * wave(22) * wave(5),
    memoryUsedBytes: (2.1 + 0.5 * wave(70)) * GiB,
    memoryTotalBytes: 8 * GiB,
    diskReadBytesPerSecond: 2 ** 20 * 3 * wave(13) ** 4,
    diskWriteBytesPerSecond: 2 ** 20 * 1.6 * wave(9) ** 2,
    networkReceiveBytesPerSecond: 90_000 * wave(17) ** 3,
    networkSendBytesPerSecond: 31_000 * wave(11) ** 2,
  };
});

const doctor: readonly DoctorLine[] = [
  { id: 'virsh', title: 'virsh', state: 'ok', detail: '10.0.0', hints: [] },
  { id: 'connection', title: 'libvirt', state: 'ok', detail: 'connected to qemu:///system', hints: [] },
  { id: 'qemu', title: 'QEMU', state: 'ok', detail: '8.2.2 for x86_64', hints: [] },
  { id: 'acceleration', title: 'Acceleration', state: 'ok', detail: 'KVM works', hints: [] },
  {
    id: 'network',
    title: 'Network',
    state: 'warning',
    detail: '"default" (192.168.122.0/24 on virbr0) is active, but does not start at boot',
    hints: [
      {
        text: 'Start the network "default" at boot:',
        command: 'virsh -c qemu:///system net-autostart default',
        fixId: 'autostart-network',
      },
    ],
  },
  { id: 'pool', title: 'Storage pool', state: 'ok', detail: '"default", 212 GiB free', hints: [] },
  { id: 'memory', title: 'Memory', state: 'ok', detail: '21 GiB of 32 GiB available', hints: [] },
  {
    id: 'k9s',
    title: 'k9s',
    state: 'warning',
    detail: 'not installed; bin/k9s needs it',
    hints: [{ text: 'Install it:', command: 'nix-env -iA nixpkgs.k9s' }],
  },
];

const resources: Resources = {
  configured: { cpus: 4, memoryBytes: 8 * GiB, diskBytes: 40 * GiB },
  actual: { cpus: 4, memoryBytes: 8 * GiB, diskBytes: 40 * GiB },
  limits: {
    cpus: { min: 1, max: 12 },
    memoryBytes: { min: GiB, max: 32 * GiB },
    diskBytes: { min: 40 * GiB, max: 240 * GiB },
  },
  host: {
    cpus: 12,
    memoryBytes: 32 * GiB,
    memoryAvailableBytes: 21 * GiB,
    poolFreeBytes: 212 * GiB,
    othersCpus: 2,
    othersMemoryBytes: 4 * GiB,
  },
  pending: [],
  fixedBy: {},
};

const setting = (
  key: string,
  [group, title, control]: readonly [group: string, title: string, control: SettingEntry['control']],
  value: string,
  description: string,
  more: Partial<SettingEntry> = {},
): SettingEntry => ({
  key,
  title,
  group,
  control,
  value,
  defaultValue: value,
  description,
  example: value,
  effect: 'start',
  source: { kind: 'default', where: 'default' },
  projectOnly: false,
  ...more,
});

const settings: readonly SettingEntry[] = [
  setting('name', ['VM', 'Name', 'input'], 'k3s-shop-3f9a1c', 'Name of the VM and its node.', {
    projectOnly: true,
    source: { kind: 'default', where: 'from the project folder' },
  }),
  setting('connection', ['VM', 'libvirt connection', 'suggest'], 'auto', 'libvirt connection.', {
    choices: ['auto', 'qemu:///system', 'qemu:///session'],
  }),
  setting('cpus', ['VM', 'CPUs', 'input'], '4', 'Virtual CPUs.', {
    defaultValue: '2',
    source: { kind: 'project', where: '/home/ada/src/shop/k3s-vm.yaml:2' },
  }),
  setting('memory', ['VM', 'Memory', 'input'], '8GiB', 'Memory of the VM.', {
    defaultValue: '4GiB',
    source: { kind: 'environment', where: 'K3S_VM_MEMORY' },
  }),
  setting('disk', ['VM', 'Disk', 'input'], '40GiB', 'Size of the disk. It takes up only what is written to it.', {
    defaultValue: '20GiB',
    source: { kind: 'user', where: '/home/ada/.config/k3s-vm/config.yaml:1' },
  }),
  setting('k3s.version', ['K3s', 'Version', 'suggest'], 'stable', 'K3s channel or exact version.', {
    choices: ['stable', 'latest'],
    effect: 'setup',
  }),
  setting(
    'k3s.airgap',
    ['K3s', 'Include K3s images', 'switch'],
    'true',
    "Hand K3s' own container images to the VM, so that it needs no internet to come up.",
    { effect: 'setup' },
  ),
  setting('ports.nodePorts', ['Network', 'Forwarded NodePorts', 'input'], '', 'NodePorts to forward to 127.0.0.1.', {
    example: '30080,30443',
  }),
  setting('timeout', ['Start and stop', 'Start timeout', 'input'], '10m', 'How long setup, start and restart wait.'),
  setting('stopMode', ['Start and stop', 'Stop mode', 'select'], 'shutdown', 'What stop does.', {
    choices: ['shutdown', 'save'],
    effect: 'use',
  }),
  setting(
    'terminal',
    ['Dashboard', 'Terminal', 'input'],
    'auto',
    'Terminal in which the dashboard opens k9s and shells.',
    {
      setBy: {
        text: 'This decides which programs run on your machine, so only the command line can change it. Example:',
        command: 'k3s-vm config set --user terminal alacritty',
      },
      source: { kind: 'user', where: '/home/ada/.config/k3s-vm/config.yaml:2' },
    },
  ),
];

/** Creates a fake host. */
export function fakeBridge(options: FakeOptions = {}): FakeBridge {
  const { scenario = 'running', answers = {}, theme = 'system', pods = 6, host = 'desktop' } = options;
  const calls: { name: CallName; input: unknown }[] = [];
  const listeners = new Set<(push: Push) => void>();
  const links = new Set<(connected: boolean) => void>();
  let snapshot: Snapshot = scenarios[scenario];
  let streams = 0;

  const push = (told: Push): void => {
    for (const listener of [...listeners]) listener(told);
  };
  const stream = (
    items: Push & { readonly name: 'stream' } extends never ? never : readonly object[],
  ): { stream: string } => {
    const id = `stream-${(streams += 1)}`;
    setTimeout(
      () => push({ name: 'stream', payload: { stream: id, items: items.slice(0, streamWindow) as never } }),
      0,
    );
    return { stream: id };
  };
  const hasVm = snapshot.vm !== null && snapshot.vm.state !== 'absent';
  const nothing = (): null => null;
  const own: { readonly [C in CallName]: (input: Input<C>) => Output<C> } = {
    'app.info': () => ({ version: '0.1.0', host, tray: true, home: '/home/ada', bin: '/home/ada/src/k3s-vm/bin' }),
    'app.preferences': () => ({ theme, startAtLogin: false }),
    'app.setPreferences': (change) => ({ theme, startAtLogin: false, ...change }),
    'projects.list': () => [
      {
        project: snapshot.project,
        name: snapshot.name,
        state: snapshot.vm?.state ?? 'absent',
        connection: 'qemu:///system',
        exists: true,
      },
      {
        project: '/home/ada/src/blog',
        name: 'k3s-blog-91ce02',
        state: 'suspended',
        connection: 'qemu:///system',
        exists: true,
      },
    ],
    'projects.select': ({ project }) => ({ ...snapshot, project }),
    'snapshot.get': () => snapshot,
    'snapshot.refresh': nothing,
    'stats.history': () => (snapshot.vm?.state === 'running' ? stats : []),
    'operation.run': nothing,
    'operation.cancel': nothing,
    'operation.dismiss': nothing,
    'fix.run': nothing,
    'doctor.run': () => doctor,
    'resources.get': () => (hasVm ? resources : { ...resources, actual: null }),
    'resources.apply': ({ restart: _, ...configured }) => ({ ...resources, configured }),
    'settings.get': () => ({
      entries: settings,
      files: { project: '/home/ada/src/shop/k3s-vm.yaml', user: '/home/ada/.config/k3s-vm/config.yaml' },
    }),
    'settings.check': ({ text }) => ({ problem: text.includes('!') ? `"${text}" is not valid` : null }),
    'settings.set': ({ key, text, scope }) =>
      settings.map((entry) =>
        entry.key === key ? { ...entry, value: text, source: { kind: scope, where: `${scope} file` } } : entry,
      ),
    'settings.unset': ({ key }) =>
      settings.map((entry) => (entry.key === key ? { ...entry, value: entry.defaultValue } : entry)),
    'logs.open': () => stream(k3sLog(400).map((text) => ({ text }))),
    'logs.openPod': () => stream(k3sLog(40).map((text) => ({ text }))),
    'workloads.open': () => {
      const rows = workloads(pods);
      const kinds = ['nodes', 'namespaces', 'deployments', 'pods', 'services', 'events'] as const;
      return stream(
        kinds.flatMap((kind) => [
          { type: 'replace', kind, rows: rows.filter((row) => row.kind === kind) },
          { type: 'watch', kind, state: 'live' },
        ]),
      );
    },
    'workloads.restart': nothing,
    'workloads.delete': nothing,
    'stream.ack': nothing,
    'stream.close': nothing,
    'support.bundle': () => ({ fileName: 'k3s-shop-support.zip', base64: 'UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==' }),
    'terminal.open': () => ({ terminal: 'foot' }),
  };
  return {
    calls,
    push,
    change(part) {
      snapshot = { ...snapshot, ...part, sequence: snapshot.sequence + 1 };
      push({ name: 'snapshot', payload: snapshot });
    },
    link: (connected) => [...links].forEach((listener) => listener(connected)),
    async call<C extends CallName>(name: C, input: Input<C>): Promise<Answer<C>> {
      calls.push({ name, input });
      try {
        const answer =
          (answers[name] as ((given: Input<C>) => Output<C> | Promise<Output<C>>) | undefined) ?? own[name];
        return { ok: true, value: await answer(input) };
      } catch (thrown) {
        return { ok: false, error: (thrown as { readonly data: ErrorData }).data };
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onLink(listener) {
      links.add(listener);
      listener(true);
      return () => links.delete(listener);
    },
  };
}
