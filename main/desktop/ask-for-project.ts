/**
 * The question a first start from the desktop's menu begins with.
 */
import { dialog } from 'electron';
import { problemWith, type StartQuery } from './start-project';
import { strings } from './strings';

/** Asks for a folder until it can be a project. undefined: the user wants none. */
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
