/**
 * What the dashboard's host says by itself, in whichever window. Errors of the catalogue have their words in
 * main/core/errors; some of these stand inside them.
 */
type Kind = 'deployments' | 'pods' | 'services';

export const strings = {
  // Calls that are refused
  noCall: (name: string): string => `There is no call "${name}".`,
  projectGone: (path: string): string => `The project folder ${path} no longer exists.`,
  nameToReset: (name: string): string => `Enter the VM's name, "${name}", to confirm the deletion.`,
  desktopOnly: 'Only the desktop app can start at login.',
  setBy: (name: string, where: string): string => `${name} is set by ${where}.`,
  notHere: (why: string): string => `cannot be changed in the dashboard: ${why}`,
  onlyCommandLine: 'This decides which programs run on your machine, so only the command line can change it. Example:',
  useCommandLine: 'Use the command line:',
  anOperation: 'an operation',

  // Why the cluster cannot be asked, or what it refused: parts of the sentences of API_UNREACHABLE and API_REFUSED
  theCluster: 'the cluster',
  noKubeconfig: 'its kubeconfig has not been created yet',
  vmStopped: 'the VM stopped',
  watchFailed: 'the watch failed',
  httpStatus: (status: number): string => `HTTP status ${status}`,
  restartDeployment: (which: string): string => `restart the deployment ${which}`,
  deleteWorkload: (kind: Kind, which: string): string => `delete the ${kind.slice(0, -1)} ${which}`,
  listKind: (kind: string): string => `list ${kind}`,
  showLog: (which: string): string => `show the log of ${which}`,

  // Elsewhere
  tookTooLong: 'timed out',
  scaledToZero: 'Scaled to 0',
  pressEnter: 'Press Enter to close this window. ',
} as const;
