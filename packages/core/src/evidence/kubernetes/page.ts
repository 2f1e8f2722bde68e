import { isRaw, type Raw, raw } from './raw.ts';

/** Where the API server puts the objects of a list, and those of a Table. */
export type ObjectsField = 'items' | 'rows';

/** One page of a list, its objects still text. */
export interface Page {
  /** The page without its objects. */
  readonly head: Raw;
  /**
   * The objects of a field, each parsed when its turn comes; undefined for one
   * that is not valid JSON. Undefined altogether where the field is no array of objects.
   */
  readonly objects: (field: ObjectsField) => Iterable<Raw | undefined> | undefined;
}

/**
 * Reads a page of a list from its bytes, an object at a time. A whole page of
 * parsed pods is 20 times what is kept of it, and lives long enough for V8 to
 * take it for lasting: one object that is dropped at once is not.
 *
 * Throws where what is around the objects is not valid JSON. A page that is
 * not laid out as API servers do it is parsed as a whole.
 */
export function readPage(body: Buffer): Page {
  const split = splitObjects(body);
  if (!split) {
    const page = raw(JSON.parse(body.toString('utf8')));
    return { head: page, objects: (field) => objectsOf(page, field) };
  }
  const { field, from, to, bounds } = split;
  const head = raw(JSON.parse(body.toString('utf8', 0, from) + body.toString('utf8', to)));
  return { head, objects: (wanted) => (wanted === field ? parseEach(body, bounds) : objectsOf(head, wanted)) };
}

/** Go encodes an empty list as null here and there. */
function objectsOf(page: Raw, field: ObjectsField): readonly Raw[] | undefined {
  const value = page[field];
  if (value === null) return [];
  return Array.isArray(value) && value.every(isRaw) ? value : undefined;
}

function* parseEach(body: Buffer, bounds: readonly number[]): Generator<Raw | undefined> {
  for (let index = 0; index < bounds.length; index += 2) yield parseObject(body.toString('utf8', bounds[index], bounds[index + 1]));
}

function parseObject(text: string): Raw | undefined {
  try {
    return raw(JSON.parse(text));
  } catch {
    return undefined;
  }
}

interface Split {
  readonly field: ObjectsField;
  /** The inside of the array: what is cut out of the head. */
  readonly from: number;
  readonly to: number;
  /** Start and end of each object in turn. */
  readonly bounds: readonly number[];
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Finds the objects of `items` or `rows` at the top of a page. Undefined where
 * it is not an object with exactly one such array of objects. What lies between
 * the bounds is left to JSON.parse to judge: this looks at brackets and
 * strings alone.
 */
function splitObjects(body: Buffer): Split | undefined {
  let split: Split | undefined;
  let at = space(body, 0);
  if (body[at] !== openBrace) return undefined;
  at = space(body, at + 1);
  while (body[at] === quote) {
    const keyEnd = stringEnd(body, at);
    const key = body.toString('latin1', at + 1, keyEnd - 1);
    at = space(body, keyEnd);
    if (body[at] !== colon) return undefined;
    at = space(body, at + 1);
    const known = key === 'items' || key === 'rows';
    // In a key that comes twice the last one counts: JSON.parse knows.
    if (known && split) return undefined;
    if (known && body[at] === openBracket) {
      const bounds = objectBounds(body, at + 1);
      if (!bounds) return undefined;
      const to = space(body, bounds.at(-1) ?? at + 1);
      split = { field: key, from: at + 1, to, bounds };
      at = to + 1;
    } else {
      at = valueEnd(body, at);
    }
    at = space(body, at);
    if (body[at] === comma) at = space(body, at + 1);
  }
  return body[at] === closeBrace ? split : undefined;
}

/** From behind the bracket: objects with commas between them, up to a closing bracket. */
function objectBounds(body: Buffer, start: number): number[] | undefined {
  const bounds: number[] = [];
  let at = space(body, start);
  if (body[at] === closeBracket) return bounds;
  for (;;) {
    if (body[at] !== openBrace) return undefined;
    const end = valueEnd(body, at);
    bounds.push(at, end);
    at = space(body, end);
    if (body[at] === closeBracket) return bounds;
    if (body[at] !== comma) return undefined;
    at = space(body, at + 1);
  }
}

/** The index behind the value that begins here: a string, an object or array, or a bare word. */
function valueEnd(body: Buffer, start: number): number {
  const first = body[start];
  if (first === quote) return stringEnd(body, start);
  const nested = first === openBrace || first === openBracket;
  let depth = 0;
  for (let at = start; at < body.length; ) {
    const byte = body[at];
    if (byte === quote) {
      at = stringEnd(body, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (!nested) return at;
      if (depth === 0) return at + 1;
    } else if (byte === comma && !nested) return at;
    at++;
  }
  return body.length;
}

/** The index behind the closing quote. No byte of a UTF-8 sequence looks like a quote or a backslash. */
function stringEnd(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at++;
  }
  return body.length;
}

function space(body: Buffer, start: number): number {
  let at = start;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at++;
  return at;
}
