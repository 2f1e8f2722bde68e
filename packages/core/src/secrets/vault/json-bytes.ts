/**
 * JSON read and written as bytes, so that a secret value never becomes a
 * JavaScript string (which nobody can overwrite) on its way between Vault and
 * a SecretValue. Every function throws a SyntaxError without a word of the
 * input in it.
 */

/** Where a value stands in the bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;

/** The members of the object that stands in `span` (default: the whole document), in order. */
export function membersOf(bytes: Buffer, span: Span = { start: 0, end: bytes.length }): Map<string, Span> {
  const members = new Map<string, Span>();
  let at = skipSpace(bytes, span.start);
  if (bytes[at] !== 0x7b) throw broken();
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === 0x7d) return ended(bytes, at + 1, span, members);
  for (;;) {
    const name = skipString(bytes, at);
    const colon = skipSpace(bytes, name);
    if (bytes[colon] !== 0x3a) throw broken();
    const start = skipSpace(bytes, colon + 1);
    const end = skipValue(bytes, start);
    members.set(String(JSON.parse(bytes.toString('utf8', at, name))), { start, end });
    at = skipSpace(bytes, end);
    if (bytes[at] === 0x7d) return ended(bytes, at + 1, span, members);
    if (bytes[at] !== 0x2c) throw broken();
    at = skipSpace(bytes, at + 1);
  }
}

/** Whether a string stands there. */
export function isString(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === quote;
}

/** A JSON string's text, UTF-8, in a buffer of its own. */
export function textOf(bytes: Buffer, span: Span): Buffer {
  // Escaped text is never shorter than the text itself.
  const text = Buffer.alloc(span.end - span.start);
  let length = 0;
  for (let at = span.start + 1; at < span.end - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== backslash) {
      text[length++] = byte;
      continue;
    }
    const escaped = bytes[++at] ?? 0;
    const plain = simpleEscapes.get(escaped);
    if (plain !== undefined) text[length++] = plain;
    else {
      let code = hexAt(bytes, at + 1);
      at += 4;
      if (code >= 0xd800 && code < 0xdc00 && bytes[at + 1] === backslash && bytes[at + 2] === 0x75) {
        const low = hexAt(bytes, at + 3);
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        }
      }
      length += putUtf8(text, length, code);
    }
  }
  const exact = Buffer.from(text.subarray(0, length));
  text.fill(0);
  return exact;
}

/** Text (UTF-8) as a JSON string with its quotes. */
export function quoted(text: Buffer): Buffer {
  let size = 2;
  for (const byte of text) size += byte === quote || byte === backslash ? 2 : byte < 0x20 ? 6 : 1;
  const json = Buffer.alloc(size);
  let at = 0;
  json[at++] = quote;
  for (const byte of text) {
    if (byte === quote || byte === backslash) {
      json[at++] = backslash;
      json[at++] = byte;
    } else if (byte < 0x20) at += json.write(`\\u00${byte.toString(16).padStart(2, '0')}`, at, 'latin1');
    else json[at++] = byte;
  }
  json[at] = quote;
  return json;
}

const simpleEscapes = new Map([
  [quote, quote],
  [backslash, backslash],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

function hexAt(bytes: Buffer, at: number): number {
  const text = bytes.toString('latin1', at, at + 4);
  if (!/^[0-9a-f]{4}$/i.test(text)) throw broken();
  return Number.parseInt(text, 16);
}

/** A lone surrogate becomes U+FFFD, as everywhere. */
function putUtf8(target: Buffer, at: number, code: number): number {
  const lone = code >= 0xd800 && code < 0xe000;
  return target.write(String.fromCodePoint(lone ? 0xfffd : code), at, 'utf8');
}

function ended<T>(bytes: Buffer, at: number, span: Span, members: T): T {
  if (skipSpace(bytes, at) < span.end) throw broken();
  return members;
}

function skipSpace(bytes: Buffer, at: number): number {
  let next = at;
  while (bytes[next] === 0x20 || bytes[next] === 0x0a || bytes[next] === 0x0d || bytes[next] === 0x09) next++;
  return next;
}

/** Index after the string that begins at `at`. */
function skipString(bytes: Buffer, at: number): number {
  if (bytes[at] !== quote) throw broken();
  for (let next = at + 1; next < bytes.length; next++) {
    if (bytes[next] === backslash) next++;
    else if (bytes[next] === quote) return next + 1;
  }
  throw broken();
}

/** Index after the value that begins at `at`: brackets are counted, not matched, for Vault's own JSON is well-formed. */
function skipValue(bytes: Buffer, at: number): number {
  let depth = 0;
  let next = at;
  do {
    const byte = bytes[next];
    if (byte === undefined) throw broken();
    if (byte === quote) next = skipString(bytes, next);
    else if (byte === 0x7b || byte === 0x5b) {
      depth++;
      next++;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
      next++;
    } else if (depth > 0) next++;
    else next = skipLiteral(bytes, next);
  } while (depth > 0);
  if (depth < 0) throw broken();
  return next;
}

/** Numbers, true, false, null. */
function skipLiteral(bytes: Buffer, at: number): number {
  const end = bytes.subarray(at).findIndex((byte) => !/[-+.0-9a-zA-Z]/.test(String.fromCharCode(byte)));
  const stop = end < 0 ? bytes.length : at + end;
  if (!/^(?:-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)$/.test(bytes.toString('latin1', at, stop))) throw broken();
  return stop;
}

function broken(): SyntaxError {
  return new SyntaxError('not valid JSON');
}
