import { createHash } from 'node:crypto';
import type { RejectReason } from '../../model/usage.ts';

/** A value that cannot be counted. The message names the field, never its content. */
export class Malformed extends Error {
  readonly reason: RejectReason;

  constructor(reason: RejectReason, detail: string) {
    super(detail);
    this.name = 'Malformed';
    this.reason = reason;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** A JSON object, not an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in a field; undefined where the field is absent or null. */
export function optionalFields(value: unknown, field: string): Fields | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isFields(value)) throw new Malformed('unknown-shape', `${field} is not an object`);
  return value;
}

/** A count ≥ 0; undefined where absent or null. `1000.0` is 1000; 1000.5, -1 and text are refused. */
export function optionalCount(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Malformed('bad-number', `${field} is not a whole count`);
  // -0 is 0: it would make two equal records differ.
  return value === 0 ? 0 : value;
}

export function count(value: unknown, field: string): number {
  return optionalCount(value, field) ?? 0;
}

export function requiredCount(value: unknown, field: string): number {
  const number = optionalCount(value, field);
  if (number === undefined) throw new Malformed('missing-field', `${field} is missing`);
  return number;
}

/** Like {@link optionalCount}, of decimal text too (`"1000"`, `1000.0`, CSV cells, 64-bit integers in JSON). Empty text is absent. */
export function countOfText(value: unknown, field: string): number | undefined {
  if (typeof value !== 'string') return optionalCount(value, field);
  const trimmed = value.trim();
  if (trimmed === '') return undefined;
  if (!/^\d{1,16}(\.0*)?$/.test(trimmed)) throw new Malformed('bad-number', `${field} is not a whole count`);
  return optionalCount(Number(trimmed), field);
}

/** The part of a whole that remains after what is counted inside it. */
export function remainder(whole: number, parts: readonly number[], field: string): number {
  const rest = parts.reduce((left, part) => left - part, whole);
  if (rest < 0) throw new Malformed('bad-number', `${field} is less than its parts`);
  return rest;
}

/** Longest name or id that is kept; nothing that is said in a conversation is one. */
const longestName = 512;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f]/g;
/** What names nearly never hold: then they are as they are. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const unusual = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]|^\s|\s$/;

/** A name or an id; empty where absent or null. Control characters (NUL, escape sequences) are replaced: ledgers and terminals choke on them. */
export function name(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw new Malformed('unknown-shape', `${field} is not text`);
  if (isPlainName(value)) return value;
  if (value.length > longestName) throw new Malformed('unknown-shape', `${field} is too long for a name`);
  if (!unusual.test(value)) return value;
  return value.toWellFormed().replaceAll(control, '\uFFFD').trim();
}

/** Most names are short and of visible ASCII: nothing is to be replaced in them. */
function isPlainName(text: string): boolean {
  if (text.length > 64) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}

/** 2000 to 2100: outside of it a clock or a unit is wrong. */
const earliest = Date.UTC(2000, 0, 1);
const latest = Date.UTC(2100, 0, 1);

const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?(Z|z|UTC| UTC|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * ms since the epoch of an ISO 8601 time. A text without an offset is refused
 * unless the format is known to write UTC.
 */
export function isoTime(value: unknown, field: string, withoutOffset: 'refuse' | 'utc' = 'refuse'): number {
  if (value === undefined || value === null || value === '') throw new Malformed('missing-field', `${field} is missing`);
  if (typeof value === 'string' && value.length === 24) {
    const ms = ofUsualShape(value);
    if (ms !== undefined) return inRange(ms, field);
  }
  const plain = typeof value === 'string' && value.length === 24 ? plainTime(value) : undefined;
  if (plain !== undefined) return plain;
  const match = typeof value === 'string' ? iso.exec(value.trim()) : null;
  if (!match) throw new Malformed('bad-time', `${field} is not an ISO 8601 time`);
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match;
  if (offset === undefined && withoutOffset === 'refuse') throw new Malformed('bad-time', `${field} has no time zone`);
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const read = new Date(date);
  const real = read.getUTCMonth() === Number(month) - 1 && read.getUTCDate() === Number(day);
  // Second 60 is a leap second.
  if (!real || h > 23 || m > 59 || s > 60) throw new Malformed('bad-time', `${field} is not a time that exists`);
  const ms = fraction === '' ? 0 : Math.floor(Number(`0.${fraction.slice(0, 9)}`) * 1000 + 1e-6);
  return inRange(date + ((h * 60 + m) * 60 + s) * 1000 + ms - offsetMs(offset), field);
}

const dash = 0x2d;
const colon = 0x3a;

/** ms of `2026-11-21T13:07:31.000Z`, the way JavaScript writes a time; undefined for all that is not obviously such a time. */
function ofUsualShape(text: string): number | undefined {
  const shaped =
    text.charCodeAt(4) === dash &&
    text.charCodeAt(7) === dash &&
    text.charCodeAt(10) === 0x54 &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon &&
    text.charCodeAt(19) === 0x2e &&
    text.charCodeAt(23) === 0x5a;
  if (!shaped) return undefined;
  const digits = (from: number, to: number): number => {
    let number = 0;
    for (let at = from; at < to; at++) {
      const digit = text.charCodeAt(at) - 0x30;
      if (!(digit >= 0 && digit <= 9)) return Number.NaN;
      number = number * 10 + digit;
    }
    return number;
  };
  const [year, month, day] = [digits(0, 4), digits(5, 7), digits(8, 10)];
  const [hour, minute, second, ms] = [digits(11, 13), digits(14, 16), digits(17, 19), digits(20, 23)];
  // Days 29 to 31 are not in every month: the general way knows.
  const certain = month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23 && minute <= 59 && second <= 59 && ms <= 999;
  return certain && year >= 1000 ? Date.UTC(year, month - 1, day, hour, minute, second, ms) : undefined;
}

/** Midnight of the day that was read last (`2026-03-10T`): neighbours in a log share it. */
let day = { text: '', ms: 0 };

/** The usual `2026-03-10T12:00:00.000Z`, without a regular expression; undefined for anything else. */
function plainTime(text: string): number | undefined {
  if (day.text === '' || !text.startsWith(day.text)) {
    const midnight = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(`${text.slice(0, 10)}T00:00:00.000Z`) : Number.NaN;
    // Date.parse takes the 30th of February as the 2nd of March.
    if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 11) !== text.slice(0, 11)) return undefined;
    if (midnight < earliest || midnight >= latest) return undefined;
    day = { text: text.slice(0, 11), ms: midnight };
  }
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const ms = digits(text, 20, 3);
  const marks = text[13] === ':' && text[16] === ':' && text[19] === '.' && text[23] === 'Z';
  if (!marks || !(hour < 24 && minute < 60 && second < 60 && ms >= 0)) return undefined;
  return day.ms + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}

/** A number of so many digits; NaN where there is anything else. */
function digits(text: string, from: number, length: number): number {
  let number = 0;
  for (let at = from; at < from + length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || !/^[+-]/.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || '0');
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** ms since the epoch of a Unix time in seconds. */
export function unixSeconds(value: unknown, field: string): number {
  if (value === undefined || value === null) throw new Malformed('missing-field', `${field} is missing`);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed('bad-time', `${field} is not a Unix time`);
  return inRange(Math.floor(value * 1000), field);
}

export function inRange(ms: number, field: string): number {
  if (!(ms >= earliest && ms < latest)) throw new Malformed('bad-time', `${field} is not between 2000 and 2100`);
  return ms;
}

/** A key out of several parts; long ones are hashed. */
export function keyOf(parts: readonly (string | number | boolean | null | undefined)[]): string {
  const text = JSON.stringify(parts.map((part) => part ?? ''));
  return text.length <= 160 ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
