import { type Fields, isFields, Malformed, name } from '../fields.ts';

/** Attributes of a span, a data point or a resource as plain values; values that are lists or maps are left out. */
export type Attributes = ReadonlyMap<string, string | number | boolean>;

export function attributesOf(list: unknown, over?: Attributes): Attributes {
  const attributes = new Map(over);
  if (!Array.isArray(list)) return attributes;
  for (const entry of list) {
    if (!isFields(entry) || typeof entry.key !== 'string' || !isFields(entry.value)) continue;
    const value = plainValue(entry.value);
    if (value !== undefined) attributes.set(entry.key, value);
  }
  return attributes;
}

/** 64-bit integers come as text in the JSON of protocol buffers. */
function plainValue(value: Fields): string | number | boolean | undefined {
  const { stringValue, intValue, doubleValue, boolValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof intValue === 'number') return intValue;
  if (typeof intValue === 'string' && /^-?\d+$/.test(intValue)) return Number(intValue);
  if (typeof doubleValue === 'number') return doubleValue;
  if (typeof boolValue === 'boolean') return boolValue;
  return undefined;
}

/** The first of several spellings that is there. */
export function attribute(attributes: Attributes, ...keys: readonly string[]): string {
  for (const key of keys) {
    const value = attributes.get(key);
    if (value !== undefined && value !== '') return name(typeof value === 'boolean' ? String(value) : value, key);
  }
  return '';
}

/** A count under one of several spellings; undefined where none is there. */
export function attributeCount(attributes: Attributes, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = attributes.get(key);
    if (value === undefined) continue;
    const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
      throw new Malformed('bad-number', `${key} is not a whole count`);
    return number;
  }
  return undefined;
}

/** Nanoseconds since the epoch (text or number) as ms; undefined where absent or 0, which is how OTLP says unknown. */
export function nanosToMs(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null || value === '' || value === 0 || value === '0') return undefined;
  const text = typeof value === 'number' && Number.isInteger(value) ? BigInt(value).toString() : value;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) throw new Malformed('bad-time', `${field} is not a time in nanoseconds`);
  return Number(BigInt(text) / 1_000_000n);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
