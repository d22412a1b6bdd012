/**
 * The desktop app's own options.
 */

export interface DesktopArguments {
  readonly project?: string;
  /** Start in the tray, as at login. */
  readonly hidden: boolean;
}

/**
 * Reads our options and ignores the others: Electron's and Chromium's switches are among them, and the path of the app if
 * it is not packaged.
 *
 * @param argv the whole command line
 */
export function parseArguments(argv: readonly string[]): DesktopArguments {
  let project: string | undefined;
  let hidden = false;
  argv.forEach((word, index) => {
    if (word === '--hidden') hidden = true;
    else if (word.startsWith('--project=')) project = word.slice('--project='.length);
    else if (word === '--project') project = argv[index + 1];
  });
  return { hidden, ...(project ? { project } : {}) };
}
