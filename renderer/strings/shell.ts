export const shell = {
  switchProject: (name: string): string => `Project ${name}: switch to another`,
  projects: 'Projects with a VM',
  thisOne: 'shown',
  folderGone: (path: string): string => `${path} (folder is gone)`,
  hostLost: 'The dashboard lost its server. What you see is from before; it reconnects by itself.',
  hostLostHint: 'Was it ended in its terminal? Start it again:',
  hostLostCommand: 'bin/k3s-vm dashboard --web',
  libvirtLost: 'libvirt cannot be asked at the moment. What you see is from before.',
} as const;
