/**
 * A stand-in for Electron's own files, which cannot be downloaded everywhere: as the app it only says how it was called,
 * in ELECTRON_RUN_AS_NODE it is the node of this machine.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { local } from '../bootstrap.mjs';

/** Files that electron-builder and a Linux user of Electron's archive count on; their content is not looked at. */
const electronFiles = [
  'LICENSE',
  'LICENSES.chromium.html',
  'version',
  'chrome-sandbox',
  'icudtl.dat',
  'resources.pak',
  'locales/de.pak',
  'locales/en-US.pak',
];

/** Electron's fuses as its releases have them: a mark, the version, how many there are, and each one's state. */
const fuses = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x0810110001');

/** `E2E_NODE` is the node that it is, `E2E_ELECTRON_LOG` a file that it writes its call to as well. */
const program = `#!/bin/sh
[ "$ELECTRON_RUN_AS_NODE" != 1 ] || exec "$E2E_NODE" "$@"
echo "electron $*" | tee -a "\${E2E_ELECTRON_LOG:-/dev/null}"
exit
`;

/** @param {string} folder */
function makeElectron(folder) {
  for (const file of electronFiles) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from(program), fuses]));
  chmodSync(join(folder, 'electron'), 0o755);
}

/**
 * How electron-builder packs around the stand-in, offline: what it would download must not be needed.
 *
 * @param {string} work a folder, to be deleted afterwards
 * @param {readonly string[]} targets such as `dir`
 * @returns the command, the variables it needs, and the folder that the packages come into
 */
export function packing(work, targets) {
  const electron = join(work, 'electron');
  const output = join(work, 'package');
  makeElectron(electron);
  const args = [
    '--linux',
    ...targets,
    process.arch === 'arm64' ? '--arm64' : '--x64',
    '--publish',
    'never',
    `-c.electronDist=${electron}`,
    `-c.directories.output=${output}`,
    // A release gets it from its repository (package.json names none, so that forks can build theirs)
    '-c.extraMetadata.homepage=https://k3s-vm.example',
  ];
  const env = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };
  return { command: local('electron-builder'), args, env, output };
}
