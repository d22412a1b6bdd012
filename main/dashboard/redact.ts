/**
 * Takes secrets out of text that leaves the machine. It would rather take out too much.
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
  // https://user:password@host
  [/(\b\w[\w+.-]*:\/\/[^\s:/@]*:)[^\s/@]+@/g, '$1[removed]@'],
];

/** The text without what nobody else may see. */
export const redact = (text: string): string =>
  rules.reduce((result, [pattern, instead]) => result.replace(pattern, instead), text);
