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

/** A name or an id; empty where absent or null. Control characters (NUL, escape sequences) are replaced: ledgers and terminals choke on them. */
export function name(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw new Malformed('unknown-shape', `${field} is not text`);
  if (value.length > longestName) throw new Malformed('unknown-shape', `${field} is too long for a name`);
  return value.toWellFormed().replaceAll(control, '\uFFFD').trim();
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
