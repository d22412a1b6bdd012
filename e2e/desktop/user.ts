/**
 * A user with a home of its own and hardly any programs: neither libvirt nor a terminal, and a tray only if asked for.
 */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface User {
  readonly home: string;
  /** A project folder of the user's. */
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  /** Puts a program on the user's PATH. */
  install(name: string, script: string): void;
  makeProject(name: string): string;
  remove(): void;
}

export function createUser({ tray }: { readonly tray: boolean }): User {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-desktop-')));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  const install = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const makeProject = (name: string): string => {
    const folder = join(home, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'k3s-vm.yaml'), `name: ${name}\n`);
    return folder;
  };
  install('gdbus', `echo '(<${tray}>,)'`);
  install('virsh', "echo 'error: failed to connect to the hypervisor' >&2; exit 1");
  return {
    home,
    project: makeProject('k3s-vm-demo'),
    env: { HOME: home, PATH: bin, LANG: 'C.UTF-8', XDG_RUNTIME_DIR: home },
    install,
    makeProject,
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
