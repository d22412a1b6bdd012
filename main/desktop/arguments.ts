/**
 * The desktop app's own options.
 */

export interface DesktopArguments {
  readonly project?: string;
  /** Begin in the tray: what a start at login does. */
  readonly hidden: boolean;
}

/**
 * Reads our options and leaves the others alone: Electron's and Chromium's switches stand among them, and so does the
 * path of the app where it is not packaged.
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
