import { expect, test } from 'vitest';
import { appFiles } from './files';

test('in a checkout everything is beside the bundle', () => {
  expect(appFiles('/src/k3s-vm/dist')).toEqual({
    preload: '/src/k3s-vm/dist/preload.cjs',
    renderer: '/src/k3s-vm/dist/renderer',
    icon: '/src/k3s-vm/resources/icons/256x256.png',
    trayIcons: '/src/k3s-vm/resources/icons/tray',
    bin: '/src/k3s-vm/bin',
  });
});

test('in a package a shell finds bin/ outside of the archive, and Electron the rest in it', () => {
  const files = appFiles('/opt/k3s-vm/resources/app.asar/dist');
  expect(files.bin).toBe('/opt/k3s-vm/resources/app.asar.unpacked/bin');
  expect(files.renderer).toBe('/opt/k3s-vm/resources/app.asar/dist/renderer');
});

test('a folder that is only called alike is left alone', () => {
  expect(appFiles('/home/u/app.asar.d/k3s-vm/dist').bin).toBe('/home/u/app.asar.d/k3s-vm/bin');
});
