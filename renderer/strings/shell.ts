import { access } from './access';

export const shell = {
  switchProject: (name: string): string => `Project ${name}. Switch project`,
  projects: 'Projects with a VM',
  thisOne: 'current',
  folderGone: (path: string): string => `${path} (folder missing)`,
  hostLost: 'Connection to the dashboard lost. What you see may be out of date. Reconnecting…',
  hostLostHint: 'If the dashboard was stopped in its terminal, start it again:',
  hostLostCommand: access.command,
  /** The failure of a call while the connection is lost. */
  hostUnreachable: 'The dashboard cannot reach its server.',
  httpStatus: (call: string, status: number): string => `${call}: HTTP ${status}`,
  libvirtLost: 'Connection to libvirt lost. What you see may be out of date.',
} as const;
