import { common } from './common';

export const diagnostics = {
  intro: 'What k3s-vm needs on this machine, and how to fix what is missing.',
  checking: 'Checking this machine. This takes a few seconds…',
  checkingAgain: 'Checking again…',

  // The headline
  ready: common.allPassed,
  readyText: 'This machine has everything k3s-vm needs.',
  withWarnings: (count: number): string => `Ready to run a cluster (${common.warnings(count)})`,
  withWarningsText: 'k3s-vm works. The warnings below show what could be better.',
  problems: (count: number): string => `${common.problems(count)} to fix before k3s-vm can run`,
  problemsText: 'Fix what is listed first, then check again.',
  nothing: 'No results',
  nothingText: 'No checks were run. Check again.',

  // The list
  groups: { failed: 'Problems', warning: 'Warnings', ok: 'Passed' },
  groupTitle: (group: string, count: number): string => `${group} (${count})`,
  states: { failed: 'Problem', warning: 'Warning', ok: 'Passed' },
  more: (title: string): string => `Suggestion for ${title}`,

  // Health
  health: 'VM health',
  healthText: 'The checks above are about this machine. Health is about the running VM.',
  healthy: 'Healthy',
  unhealthy: common.problems,
  notRunning: 'VM not running',
  notChecked: 'Not checked yet',
  checkHealth: 'Check health',
  showHealth: 'Show in Overview',

  // Support bundle
  bundle: 'Support bundle',
  bundleText: 'One zip file to attach to a bug report:',
  bundleContents: [
    'versions of k3s-vm, Node.js and the kernel',
    'all settings and where they come from',
    'the results of these checks',
    'the VM’s status and its latest log lines',
  ],
  bundleSecrets: 'Keys, tokens and passwords are removed. Review the file before you send it.',
  exportBundle: 'Export',
  bundleSaved: (file: string): string => `Saved as ${file}.`,
} as const;
