/**
 * Takes secrets out of what is shown, kept or sent: of text, and of settings. It would rather take out too much.
 */

/** Words that a secret's name ends with, as in `K3S_TOKEN`, `agent-token`, `secretKey`. */
const names = '[\\w.-]*(?:token|password|passwd|passphrase|secret|secret[_-]?key|access[_-]?key|api[_-]?key)';

const rules: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, '[private key removed]'],
  // Kubeconfig
  [/((?:client-key|client-certificate|certificate-authority)-data["']?:\s*["']?)[\w+/=]+/g, '$1[removed]'],
  // A cluster's or node's token of K3s: K10<hash of the CA>::<user>:<password>
  [/\bK10[0-9a-f]{16,}(?:::[^\s"'\\]+)?/g, '[token removed]'],
  // JSON web tokens, such as those of service accounts
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[token removed]'],
  [/\b(authorization["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, '$1[removed]'],
  [/\b(bearer\s+)[\w.~+/=-]{8,}/gi, '$1[removed]'],
  // "token": "…", token: …, TOKEN=…; quotes may be escaped, as JSON within JSON has them
  [
    new RegExp(`((?<![\\w.-])${names}\\\\*["']?\\s*[:=]\\s*)\\\\*"(?:[^"\\\\\\n]|\\\\[^"\\n])*\\\\*"`, 'gi'),
    '$1"[removed]"',
  ],
  [new RegExp(`((?<![\\w.-])${names}\\\\*["']?\\s*[:=]\\s*)'[^'\\n]*'`, 'gi'), "$1'[removed]'"],
  [new RegExp(`((?<![\\w.-])${names}\\\\*["']?\\s*[:=]\\s*)[^\\s"'\\\\\\[{,][^\\s"'\\\\,}]*`, 'gi'), '$1[removed]'],
  // --token …
  [new RegExp(`(--${names}\\s+)[^\\s-]\\S*`, 'gi'), '$1[removed]'],
];

/** https://user:password@host */
const inUrl: (typeof rules)[number] = [/(\b\w[\w+.-]*:\/\/[^\s:/@]*:)[^\s/@]+@/g, '$1[removed]@'];

/** The text without what nobody else may see. */
export const redact = (text: string): string =>
  [...rules, inUrl].reduce((result, [pattern, instead]) => result.replace(pattern, instead), text);

/** The text without the passwords of its URLs. */
export const redactUrls = (text: string): string => text.replace(...inUrl);

/** Names of settings whose value is secret: K3s' own, and what others call theirs. A file's name tells nothing. */
const isSecret = (name: string): boolean =>
  /token|passw|passphrase|secret|credential|key$|(^|[-_.])auth$/i.test(name) && !/(file|path|dir)$/i.test(name);

/** A database's address: user:password@…, in which a password may hold anything. https://docs.k3s.io/datastore */
const isAddress = (name: string): boolean => /endpoint$|dsn$/i.test(name);
const withoutPassword = (address: string): string =>
  address.replace(/^([\w+.-]+:\/\/)?([^:@/]*):.*@/s, '$1$2:(masked)@');

/** Settings, or whatever else is made of objects, lists and texts, without the secrets in it. @param name what it is called */
export function withoutSecrets(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, name));
  if (typeof value === 'object' && value !== null) {
    const within = (key: string): string => (isSecret(name) ? name : key);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, within(key))]));
  }
  if (isSecret(name))
    return typeof value === 'number' || (typeof value === 'string' && value !== '') ? '(masked)' : value;
  if (typeof value !== 'string') return value;
  return redact(isAddress(name) ? withoutPassword(value) : value);
}
