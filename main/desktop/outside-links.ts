/**
 * Which links may open in the user's browser: only the documentation that our pages link to. The names of pods and log
 * lines may contain any URL.
 */
const hosts: readonly string[] = [
  'docs.k3s.io',
  'k3s.io',
  'k9scli.io',
  'kubernetes.io',
  'libvirt.org',
  'nodejs.org',
  'specifications.freedesktop.org',
];

/** Whether a URL may be opened outside. */
export function isOutsideLink(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return (
    parsed?.protocol === 'https:' &&
    hosts.includes(parsed.hostname) &&
    parsed.port === '' &&
    parsed.username === '' &&
    parsed.password === ''
  );
}
