/**
 * Downloads and the cache.
 */
import { withoutCredentials } from '../origin';
import { operand, sh } from '../shell-quote';
import { entry, exitStatus } from './entry';
import { run, type Remedy } from './remedy';

const { usage, download } = exitStatus;

/** The last part of a URL's path, as a browser would save it; as it stands where its escapes are none (`%zz`). */
function fileName(url: string): string {
  const last =
    url
      .replace(/[?#].*$/s, '')
      .split('/')
      .at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** How to bring what a URL names from elsewhere. A channel list is no file: exact versions need none. */
function importHint(url: string, text: string): Remedy[] {
  const file = fileName(url);
  return file === 'channels'
    ? [
        run(
          'k3s-vm cache import FOLDER --k3s-version v1.33.4+k3s1',
          'Or import the files of a release from another machine:',
        ),
      ]
    : [run(sh`k3s-vm cache import ${operand(file)}`, text)];
}

export const downloadErrors = {
  DOWNLOAD_FAILED: entry<{ url: string; why: string }>(
    download,
    (p) => `Could not download ${withoutCredentials(p.url)}: ${p.why}.`,
    (p) => [
      { text: 'Run the same command again; the download resumes where it stopped.' },
      ...importHint(p.url, 'No internet here? Download the file on another machine and import it:'),
    ],
  ),
  OFFLINE: entry<{ what: string; url: string }>(
    download,
    (p) => `${p.what} is not in the cache and ${withoutCredentials(p.url)} cannot be reached.`,
    (p) => [
      { text: 'Check the network or proxy (HTTPS_PROXY is respected), then run the same command again.' },
      ...importHint(p.url, 'Or download it on another machine and import the file:'),
    ],
  ),
  INSECURE_SOURCE: entry<{ what: string; url: string }>(
    usage,
    (p) =>
      `${p.what} was not downloaded from ${withoutCredentials(p.url)}: anyone on the network can alter a plain http download, and no digest is known to verify it.`,
    () => [
      run('k3s-vm config show', 'Use an https address. See which setting has this address, and where it is set:'),
      { text: 'Or pin the digest of the guest image with the setting "imageDigest".' },
      run(
        'k3s-vm cache import sha256sum-amd64.txt --k3s-version v1.33.4+k3s1',
        'Or import the digest list of a K3s release; its files may then come over http:',
      ),
    ],
  ),
  DIGEST_UNKNOWN: entry<{ what: string; url: string; list: string; version: string }>(
    download,
    (p) => `${p.what} cannot be verified: ${withoutCredentials(p.list)} does not exist.`,
    (p) => [
      {
        text: 'K3s has published this digest since October 2023. Choose a newer version, or copy the digest to your mirror too.',
      },
      run(
        sh`k3s-vm cache import install.sh --k3s-version ${p.version}`,
        `Or download ${withoutCredentials(p.url)}, review it, and import it:`,
      ),
    ],
  ),
  DIGEST_MISMATCH: entry<{ what: string; expected: string; actual: string }>(
    download,
    (p) => `${p.what} has the wrong digest:\n  expected ${p.expected}\n  got      ${p.actual}`,
    () => [
      {
        text: 'The file was deleted. Run the same command again. If the error returns, a proxy probably alters downloads.',
      },
    ],
  ),
  IMAGE_INVALID: entry<{ path: string; why: string }>(
    download,
    (p) => `${p.path} is not a usable guest image: ${p.why}.`,
    () => [{ text: 'Use a qcow2 or raw cloud image with cloud-init; the default (debian-12) is one.' }],
  ),
  NEWEST_UNKNOWN: entry<{ url: string; why: string }>(
    download,
    (p) => `Could not find out the newest release of k3s-vm from ${withoutCredentials(p.url)}: ${p.why}.`,
    () => [
      { text: 'Check the network or proxy (HTTPS_PROXY is respected), then run the same command again.' },
      run('k3s-vm config get sources.k3sVm', 'See which registry is asked; the setting takes an https address:'),
    ],
  ),
  VERSION_UNKNOWN: entry<{ version: string; known?: readonly string[] }>(
    usage,
    (p) =>
      `There is no K3s version or channel "${p.version}"${p.known?.length ? ` (channels: ${p.known.join(', ')})` : ''}.`,
    () => [run('k3s-vm config set k3s.version stable', 'Use the stable channel:')],
  ),
};
