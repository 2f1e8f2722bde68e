import { isUtf8 } from 'node:buffer';
import { Malformed } from './fields.ts';

const closing = new Set([0x7d, 0x5d]);

/** Bytes without a byte order mark (each part of a concatenated file may bring one) and without trailing white space. */
export function trimmed(bytes: Buffer): Buffer {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let end = bytes.length;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}

/** JSON's white space. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x0a || byte === 0x09;
}

/** Whether the text ends as an object or an array does; what does not was cut short, or is no JSON. */
export function endsClosed(bytes: Buffer): boolean {
  const end = trimmed(bytes);
  return closing.has(end[end.length - 1] ?? 0);
}

/**
 * Parses strictly: text that is no UTF-8 is refused instead of repaired.
 * Messages of JSON.parse quote the text, so they are not passed on.
 */
export function parseJson(bytes: Buffer): unknown {
  const text = trimmed(bytes);
  if (!isUtf8(text)) throw new Malformed('not-utf8', 'not valid UTF-8');
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    if (text.includes(0)) throw new Malformed('not-json', 'NUL bytes, not JSON');
    if (!endsClosed(text)) throw new Malformed('cut-short', 'the JSON text ends early');
    throw new Malformed('not-json', 'not valid JSON');
  }
}
