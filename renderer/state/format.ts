/**
 * How the dashboard writes amounts and times: its words are English, its numbers and clock are those of the user's
 * locale and time zone.
 */

/** Latin digits, so that what an input shows can be read back. */
const digits = { numberingSystem: 'latn' } as const;
const whole = new Intl.NumberFormat(undefined, { ...digits, maximumFractionDigits: 0 });
const percentage = new Intl.NumberFormat(undefined, { ...digits, style: 'percent', maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** 12345 → "12,345". */
export const number = (value: number): string => whole.format(value);

/** A number without grouping and with so many decimals at most, as an input shows it: 6.5 → "6.5", or "6,5". */
export const decimal = (value: number, places: number): string =>
  value.toLocaleString(undefined, { ...digits, useGrouping: false, maximumFractionDigits: places });

/** @param value 0 to 100 */
export const percent = (value: number): string => percentage.format(value / 100);

/** A time of day, "14:05" or with seconds "14:05:09". @param at milliseconds since the epoch */
export const timeOfDay = (at: number, seconds = false): string => (seconds ? clockWithSeconds : clock).format(at);

/** Date and time of day, in the locale's own form. '' for no time. @param iso ISO 8601 */
export const dateAndTime = (iso: string): string =>
  iso === '' ? '' : new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** 4294967296 → "4 GiB"; one decimal below 10 where it says something. */
export function bytes(amount: number): string {
  let unit = 0;
  let value = amount;
  while (value >= 1024 && unit < binary.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${decimal(value, unit > 0 && value < 10 ? 1 : 0)} ${binary[unit] ?? 'B'}`;
}

/** Milliseconds → "850 ms", "12 s", "3 min 5 s", "2 h 10 min", "3 d 4 h". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** How long ago an ISO 8601 time was, in its largest unit: "12 s", "5 min", "3 h", "9 d". */
export function age(iso: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(iso)) / 1000));
  if (Number.isNaN(seconds)) return '';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** "/home/me/work" → "~/work". */
export const tilde = (path: string, home: string | undefined): string =>
  home !== undefined && home !== '' && (path === home || path.startsWith(`${home}/`))
    ? `~${path.slice(home.length)}`
    : path;
