/**
 * What a package installs for shells and for man, made when k3s-vm is built. The paths are those below /usr/share where
 * distributions look for them.
 */
import { completionScript } from './completion';
import { manual } from './manual';

/** The texts by their path below /usr/share. */
export const sharedFiles = (): Readonly<Record<string, string>> => ({
  'bash-completion/completions/k3s-vm': completionScript('bash'),
  'zsh/vendor-completions/_k3s-vm': completionScript('zsh'),
  'fish/vendor_completions.d/k3s-vm.fish': completionScript('fish'),
  ...Object.fromEntries(Object.entries(manual()).map(([name, text]) => [`man/man1/${name}`, text])),
});
