export const firstRun = {
  title: 'A Kubernetes cluster of your own',
  intro: (project: string): string =>
    `One K3s cluster in one virtual machine, for ${project} alone. It takes a few minutes, and one command removes it again.`,
  setup: 'Set up the cluster',
  makes: 'What will be made',
  cpus: 'CPUs',
  memory: 'Memory',
  disk: 'Disk',
  diskNote: 'grows as it is used',
  change: 'Change',
  keeps: 'Your own ~/.kube/config is neither read nor changed: the cluster’s kubeconfig stays in the project.',
  machine: 'This machine',
  looking: 'Looking at this machine …',
  ready: (count: number): string => `Ready: ${count} checks passed`,
  warnings: (count: number): string => (count === 1 ? '1 thing to know' : `${count} things to know`),
  failures: (count: number): string => (count === 1 ? '1 problem to solve first' : `${count} problems to solve first`),
  again: 'Look again',
} as const;
