/** The page that a browser tab without access to the web dashboard shows. */
export const access = {
  title: 'Open the dashboard with a new link',
  text: 'Each link opens the dashboard in one tab. If the link was already used, or the dashboard was restarted, run this command in the project folder and open the link it prints.',
  command: 'bin/k3s-vm dashboard --web',
} as const;
