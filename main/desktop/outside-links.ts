/**
 * Which links the user's browser may be sent to: documentation that the pages name, and nothing that content could make
 * up (a pod's name or a log line may say anything).
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
