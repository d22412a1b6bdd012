/**
 * The web dashboard, a bundle of its own (dist/web.cjs) that the command line loads only when needed.
 */
import { createDashboard, type DashboardOptions } from '../dashboard';
import type { TokenScope } from './guard';
import { startWeb, type WebServer } from './server';

export interface WebDashboard {
  readonly port: number;
  /** A new link that opens the dashboard in one tab. `own-user`: for a browser that is given it on its command line. */
  link(scope: TokenScope): string;
  /** Cancels what runs and waits for it. */
  close(): Promise<void>;
}

export type StartWebDashboard = typeof startWebDashboard;

/**
 * Starts the dashboard of a project on a loopback port.
 *
 * @param rendererFolder folder of the built window
 * @throws WEB_PORT_IN_USE; USAGE when the folder cannot be a project
 */
export async function startWebDashboard(
  options: Omit<DashboardOptions, 'host' | 'tray'>,
  rendererFolder: string,
  port?: number,
): Promise<WebDashboard> {
  const dashboard = createDashboard({ ...options, host: 'web', tray: false });
  let server: WebServer;
  try {
    server = await startWeb({ dashboard, rendererFolder, ...(port === undefined ? {} : { port }) });
  } catch (error) {
    await dashboard.close();
    throw error;
  }
  return {
    port: server.port,
    link: server.link,
    async close() {
      await server.close();
      await dashboard.close();
    },
  };
}
