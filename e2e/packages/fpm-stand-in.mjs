#!/usr/bin/env node
/**
 * A stand-in for fpm, which electron-builder downloads: makes the deb from the same arguments with dpkg-deb, scripts
 * included. Of an rpm it writes down what would be in it, as JSON. An argument that it does not know is an error.
 * As fpm does it: https://fpm.readthedocs.io/en/latest/packages/dir.html
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const text = /** @type {const} */ ({ type: 'string' });
const list = /** @type {const} */ ({ type: 'string', multiple: true, default: [] });
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    source: { ...text, short: 's' },
    target: { ...text, short: 't' },
    depends: { ...list, short: 'd' },
    force: { type: 'boolean' },
    ...Object.fromEntries(
      [
        ...['name', 'version', 'architecture', 'maintainer', 'vendor', 'url', 'license', 'description', 'package'],
        ...['after-install', 'after-remove', 'deb-priority', 'deb-compression'],
        ...['rpm-os', 'rpm-compression', 'rpm-summary'],
      ].map((name) => [name, text]),
    ),
    'deb-recommends': list,
    'deb-suggests': list,
    'rpm-tag': list,
  },
});
/** @param {string} name */
const given = (name) => String(options[name]);

const stage = mkdtempSync(join(tmpdir(), 'k3s-vm-fpm-'));
chmodSync(stage, 0o755);
try {
  for (const mapping of positionals) {
    const [from = '', to = ''] = mapping.split('=');
    const target = join(stage, to);
    // A folder with a slash at its end is its content; a file's target is a folder if it ends in one
    const isFile = !lstatSync(from).isDirectory();
    if (!isFile && !from.endsWith('/')) throw new Error(`${mapping}: only the content of a folder is mapped here`);
    const path = isFile && to.endsWith('/') ? join(target, basename(from)) : target;
    mkdirSync(isFile ? dirname(path) : path, { recursive: true });
    cpSync(from, path, { recursive: true, verbatimSymlinks: true });
  }
  if (options.target === 'deb') deb();
  else
    writeFileSync(
      given('package'),
      JSON.stringify({ depends: options.depends, tags: options['rpm-tag'], files: files() }),
    );
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function files() {
  return readdirSync(stage, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `/${relative(stage, join(entry.parentPath, entry.name))}`)
    .sort();
}

function deb() {
  const control = join(stage, 'DEBIAN');
  mkdirSync(control);
  for (const [option, script] of [
    ['after-install', 'postinst'],
    ['after-remove', 'postrm'],
  ]) {
    copyFileSync(given(String(option)), join(control, String(script)));
    chmodSync(join(control, String(script)), 0o755);
  }
  const fields = {
    Package: given('name'),
    Version: given('version'),
    Architecture: given('architecture'),
    Maintainer: given('maintainer'),
    Depends: options.depends?.join(', '),
    Recommends: options['deb-recommends']?.join(', '),
    Suggests: options['deb-suggests']?.join(', '),
    Priority: given('deb-priority'),
    Homepage: given('url'),
    Description: given('description'),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(control, 'control'), lines.join(''));
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', stage, given('package')]);
}
