export const diagnostics = {
  intro: 'Whether this machine has what k3s-vm needs, and what to do where it has not.',
  runAgain: 'Run again',
  checking: 'Checking this machine. It takes a few seconds …',
  checkingAgain: 'Checking again …',

  // The headline
  ready: (passed: number): string => `Ready: ${passed === 1 ? '1 check' : `${passed} checks`} passed`,
  readyText: 'This machine has everything k3s-vm needs.',
  withWarnings: (count: number): string => `Ready, with ${count === 1 ? '1 warning' : `${count} warnings`}`,
  withWarningsText: 'k3s-vm works. What is listed first could be better.',
  problems: (count: number): string =>
    count === 1 ? '1 problem stops k3s-vm from working' : `${count} problems stop k3s-vm from working`,
  problemsText: 'Solve what is listed first, then run the checks again.',
  nothing: 'Nothing was checked',
  nothingText: 'The doctor had nothing to say. Run it again.',

  // The list
  groups: { failed: 'Problems', warning: 'Warnings', ok: 'In order' },
  states: { failed: 'Problem', warning: 'Warning', ok: 'In order' },
  more: (title: string): string => `Suggestion for ${title}`,

  // Health
  health: 'Health of the VM',
  healthText: 'The checks above are about this machine. Health looks into the running VM.',
  healthy: 'Healthy',
  unhealthy: (count: number): string => (count === 1 ? '1 problem' : `${count} problems`),
  notRunning: 'The VM is not running',
  notChecked: 'Not checked yet',
  healthSince: (age: string): string => `checked ${age} ago`,
  checkHealth: 'Check now',
  showHealth: 'Show on Overview',

  // Support bundle
  bundle: 'Support bundle',
  bundleText: 'One zip file for a bug report:',
  bundleContents: [
    'versions of k3s-vm, Node and the kernel',
    'all settings and where they come from',
    'the result of these checks',
    'the VM’s status and the end of its logs',
  ],
  bundleSecrets: 'Keys, tokens and passwords are taken out. Look through it before you send it.',
  exportBundle: 'Export',
  bundleSaved: (file: string): string => `${file} is saved.`,
} as const;
