/** The two IPC channels there are between the window and Electron's main process. */
export const channels = { call: 'k3s-vm:call', push: 'k3s-vm:push' } as const;
