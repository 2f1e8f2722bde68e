/**
 * How numbers look to people, everywhere: three significant digits, the unit
 * beside the number, no trailing zeros. What is not a number is `unknown`,
 * never 0.
 */

const unknown = 'unknown';

function grouped(integer: number): string {
  return String(integer).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Three significant digits; from 1,000 on whole numbers, because a rounded 1,230 would look exact. */
function significant(value: number): string {
  if (!Number.isFinite(value)) return unknown;
  const size = Math.abs(value);
  const sign = value < 0 ? '-' : '';
  if (size === 0) return '0';
  if (size >= 999.5) return size < 1e15 ? sign + grouped(Math.round(size)) : `${sign}${size.toPrecision(3)}`;
  if (size < 0.001) return `${sign}<0.001`.replace('-<', '>-');
  return sign + String(Number(size.toPrecision(3)));
}

/** 0.121 → `12.1 %`. */
export function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${significant(ratio * 100)} %` : unknown;
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** 1610612736 → `1.5 GiB`. */
export function bytes(value: number): string {
  if (!Number.isFinite(value)) return unknown;
  let scaled = value;
  let unit = 0;
  // 1023.96 MiB would read 1,024 MiB: compare what will be shown.
  while (Math.round(Math.abs(scaled)) >= 1024 && unit < binaryUnits.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${significant(scaled)} ${binaryUnits[unit]}`;
}

/** CPU as Kubernetes writes it: 0.25 → `250m`, 1.5 → `1.5`. */
export function cores(value: number): string {
  if (!Number.isFinite(value)) return unknown;
  const milli = Math.round(value * 1000);
  if (value > 0 && milli === 0) return '<1m';
  if (milli === 0) return '0';
  return Math.abs(milli) < 1000 ? `${milli}m` : significant(value);
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * A span in milliseconds: `850 ms`, `6.8 s`, `90 s`, `4 min`, `2 h 5 min`,
 * `131 d`. Cut off, not rounded, from ten seconds on; seconds up to two minutes
 * and hours up to two days, as kubectl prints ages.
 */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return unknown;
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < second) return `${ms === 0 ? '0' : significant(Math.min(ms, 999))} ms`;
  if (ms < 10 * second) return `${significant(Math.floor(ms / 10) / 100)} s`;
  if (ms < 2 * minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) {
    const rest = Math.floor((ms % hour) / minute);
    return rest === 0 ? `${Math.floor(ms / hour)} h` : `${Math.floor(ms / hour)} h ${rest} min`;
  }
  return `${grouped(Math.floor(ms / day))} d`;
}

/** A measured time in seconds: 6.8 → `6.8 s`, 0.25 → `250 ms`, 61.24 → `61.2 s`, 300 → `5 min`. */
export function seconds(value: number): string {
  if (!Number.isFinite(value)) return unknown;
  if (value < 0) return `-${seconds(-value)}`;
  if (value === 0) return '0 s';
  if (value < 0.9995) return `${significant(value * 1000)} ms`;
  return value < 120 ? `${significant(value)} s` : duration(value * 1000);
}

/** US dollars: `$412.18`, `$1,214`, `$0.112`; an amount that would round to nothing is `<$0.0001`. */
export function dollars(amount: number): string {
  if (!Number.isFinite(amount)) return unknown;
  if (amount < 0) return `-${dollars(-amount)}`;
  if (amount === 0) return '$0';
  if (amount < 0.0001) return '<$0.0001';
  if (amount < 0.9995) return `$${Number(amount.toPrecision(3))}`;
  if (amount < 999.995) return `$${amount.toFixed(2)}`;
  return `$${grouped(Math.round(amount))}`;
}

/** 1234567 → `1,234,567`; fractions with three significant digits. */
export function count(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? (value < 0 ? '-' : '') + grouped(Math.abs(value)) : significant(value);
}

/** `1 pod`, `3 pods`, `2 entries`; `many` where the plural is irregular. */
export function plural(n: number, noun: string, many?: string): string {
  return `${count(n)} ${n === 1 ? noun : (many ?? pluralOf(noun))}`;
}

function pluralOf(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/** The text on one line, at most `limit` characters long: `text…`. */
export function shorten(text: string, limit: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[], limit = 5): string {
  const shown = names.slice(0, limit).join(', ');
  return names.length > limit ? `${shown} and ${count(names.length - limit)} more` : shown;
}
