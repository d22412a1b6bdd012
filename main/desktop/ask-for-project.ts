/**
 * Asks for the project folder at a first start from the desktop's menu.
 */
import { dialog } from 'electron';
import { problemWith, type StartQuery } from './start-project';
import { strings } from './strings';

/** Asks until the chosen folder can be a project. undefined: the user cancelled. */
export async function askForProject(env: StartQuery['env']): Promise<string | undefined> {
  const { title, choose, unusable } = strings.askForProject;
  for (;;) {
    const { filePaths } = await dialog.showOpenDialog({
      title,
      buttonLabel: choose,
      properties: ['openDirectory', 'createDirectory'],
    });
    const [folder] = filePaths;
    if (folder === undefined) return undefined;
    const problem = problemWith(folder, env);
    if (problem === undefined) return folder;
    dialog.showErrorBox(unusable, problem);
  }
}
