import { common } from './common';

export const firstRun = {
  title: 'Your own Kubernetes cluster',
  intro: (project: string): string =>
    `One K3s cluster in one virtual machine, just for ${project}. Setup takes a few minutes, and one command deletes everything again.`,
  setup: 'Set up cluster',
  makes: 'Your cluster',
  cpus: 'CPUs',
  memory: 'Memory',
  disk: 'Disk',
  diskNote: 'grows as needed',
  change: 'Change',
  keeps: 'Your own ~/.kube/config is not touched. The cluster’s kubeconfig stays in the project.',
  machine: 'This machine',
  checking: 'Checking this machine…',
  ready: (passed: number): string => `Ready to run a cluster (${common.checks(passed)} passed)`,
  warnings: common.warnings,
} as const;
