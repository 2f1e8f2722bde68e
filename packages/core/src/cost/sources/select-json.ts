import { isUtf8 } from 'node:buffer';
import { isSpace } from './json-text.ts';

/** Which fields to take out of a JSON object: `true` for a value, an object for fields of a nested object. */
export interface Shape {
  readonly [key: string]: Shape | true;
}

/** Stands for an array or an object where a plain value was asked for, and for an array where an object was. */
export const composite = Symbol('composite');

export type Selected = string | number | boolean | null | typeof composite | SelectedFields;
export interface SelectedFields {
  [key: string]: Selected | undefined;
}

interface Node {
  readonly names: readonly string[];
  /** The names as bytes. */
  readonly keys: readonly Buffer[];
  /** Indices of the keys of each length. */
  readonly byLength: readonly (readonly number[] | undefined)[];
  readonly children: readonly (Node | undefined)[];
  /** The text that each field held last: most are the same line after line. */
  readonly last: string[];
}

/** What {@link selectJson} gives, from a parsed value. */
export function pick(value: unknown, shape: Shape | true): Selected {
  if (typeof value !== 'object' || value === null) return value as Selected;
  if (shape === true || Array.isArray(value)) return composite;
  const selected: SelectedFields = {};
  for (const [key, inner] of Object.entries(shape)) {
    if (Object.hasOwn(value, key)) selected[key] = pick((value as Record<string, unknown>)[key], inner);
  }
  return selected;
}

/**
 * A reader of a few fields of a JSON text that skips all else without decoding
 * it: log lines are mostly text that is not wanted. It accepts only what
 * JSON.parse accepts and then gives what `pick(JSON.parse(text), shape)` gives;
 * for anything unusual (escaped keys, deep nesting, any error) it gives
 * undefined, and the caller lets JSON.parse judge.
 */
export function jsonSelector(shape: Shape): (text: Buffer) => Selected | undefined {
  // The text is the value of the only field of a made-up object.
  const top: Node = { names: [''], keys: [], byLength: [], children: [compile(shape)], last: [''] };
  return (text) => {
    // Bytes outside ASCII are not looked at below: the strict decoder of the slow path must accept them.
    return isUtf8(text) ? new Scanner(text).document(top) : undefined;
  };
}

function compile(shape: Shape): Node {
  const entries = Object.entries(shape);
  const keys = entries.map(([key]) => Buffer.from(key));
  const longest = Math.max(0, ...keys.map((key) => key.length));
  return {
    names: entries.map(([key]) => key),
    keys,
    byLength: Array.from({ length: longest + 1 }, (_, length) => keys.flatMap((key, index) => (key.length === length ? [index] : []))),
    children: entries.map(([, inner]) => (inner === true ? undefined : compile(inner))),
    last: entries.map(() => ''),
  };
}

const quote = 0x22;
const backslash = 0x5c;
const maxDepth = 128;

/** 1 for the bytes that a JSON string may hold as they are, in a text that is UTF-8. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte !== quote && byte !== backslash ? 1 : 0));
const escapable = Uint8Array.from({ length: 256 }, (_, byte) => ('"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0));
const hexDigit = Uint8Array.from({ length: 256 }, (_, byte) => (/[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? 1 : 0));
/** Texts longer than this are not compared with the last one. */
const longestRepeated = 128;
const digit = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x30 && byte <= 0x39 ? 1 : 0));

/** Positions are byte offsets; -1 is "not for me". */
class Scanner {
  readonly #bytes: Buffer;
  readonly #end: number;
  #value: Selected = null;
  /** Whether the string read last had escapes. */
  #escaped = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  document(top: Node): Selected | undefined {
    const end = this.#read(this.#space(0), top, 0, 0);
    return end >= 0 && this.#space(end) === this.#end ? this.#value : undefined;
  }

  #space(from: number): number {
    let at = from;
    while (at < this.#end && isSpace(this.#bytes[at])) at++;
    return at;
  }

  /** Reads the value of a wanted field into `#value`; gives where it ends. */
  #read(at: number, parent: Node, index: number, depth: number): number {
    const first = this.#bytes[at];
    const node = parent.children[index];
    if (first === 0x7b && node !== undefined) return this.#object(at + 1, node, depth);
    if (first === 0x7b || first === 0x5b) {
      const end = this.#skip(at, depth);
      this.#value = composite;
      return end;
    }
    const end = this.#skip(at, depth);
    if (end < 0) return -1;
    if (first === quote) this.#value = this.#text(at + 1, end - 1, parent.last, index);
    else if (first === 0x74) this.#value = true;
    else if (first === 0x66) this.#value = false;
    else if (first === 0x6e) this.#value = null;
    else this.#value = this.#numberAt(at, end);
    return end;
  }

  #text(start: number, end: number, lasts: string[], index: number): string {
    const bytes = this.#bytes;
    if (this.#escaped) return JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string;
    const last = lasts[index] as string;
    if (last.length === end - start && this.#is(last, start)) return last;
    for (let at = start; at < end; at++) if ((bytes[at] as number) >= 0x80) return bytes.toString('utf8', start, end);
    const text = bytes.toString('latin1', start, end);
    if (end - start <= longestRepeated) lasts[index] = text;
    return text;
  }

  #numberAt(start: number, end: number): number {
    if (end - start > 15) return Number(this.#bytes.toString('latin1', start, end));
    let number = 0;
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at] as number;
      if (digit[byte] !== 1) return Number(this.#bytes.toString('latin1', start, end));
      number = number * 10 + byte - 0x30;
    }
    return number;
  }

  #holds(key: Buffer, start: number): boolean {
    for (let at = 0; at < key.length; at++) if (key[at] !== this.#bytes[start + at]) return false;
    return true;
  }

  /** Whether an ASCII text stands there. */
  #is(text: string, start: number): boolean {
    for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== this.#bytes[start + at]) return false;
    return true;
  }

  #object(from: number, node: Node, depth: number): number {
    if (depth >= maxDepth) return -1;
    const selected: SelectedFields = {};
    let at = this.#space(from);
    if (this.#bytes[at] === 0x7d) {
      this.#value = selected;
      return at + 1;
    }
    for (;;) {
      if (this.#bytes[at] !== quote) return -1;
      const keyEnd = this.#string(at + 1);
      // An escaped key may be a wanted one; rare enough to leave to JSON.parse.
      if (keyEnd < 0 || this.#escaped) return -1;
      const index = this.#wanted(node, at + 1, keyEnd - 1);
      at = this.#space(keyEnd);
      if (this.#bytes[at] !== 0x3a) return -1;
      at = this.#space(at + 1);
      if (index < 0) at = this.#skip(at, depth + 1);
      else {
        at = this.#read(at, node, index, depth + 1);
        // The last of several equal keys stays, as in JSON.parse.
        selected[node.names[index] as string] = this.#value;
      }
      if (at < 0) return -1;
      at = this.#space(at);
      const next = this.#bytes[at];
      if (next === 0x7d) {
        this.#value = selected;
        return at + 1;
      }
      if (next !== 0x2c) return -1;
      at = this.#space(at + 1);
    }
  }

  #wanted(node: Node, start: number, end: number): number {
    const candidates = node.byLength[end - start];
    if (candidates === undefined) return -1;
    for (let at = 0; at < candidates.length; at++) {
      const index = candidates[at] as number;
      if (this.#holds(node.keys[index] as Buffer, start)) return index;
    }
    return -1;
  }

  /** End of the value at `from`, whatever it is. */
  #skip(from: number, depth: number): number {
    const first = this.#bytes[from] as number;
    if (from >= this.#end) return -1;
    if (first === quote) return this.#string(from + 1);
    if (first === 0x7b) return this.#skipObject(from + 1, depth);
    if (first === 0x5b) return this.#skipArray(from + 1, depth);
    if (first === 0x74) return this.#word(from, 'true');
    if (first === 0x66) return this.#word(from, 'false');
    if (first === 0x6e) return this.#word(from, 'null');
    return this.#number(from);
  }

  #skipObject(from: number, depth: number): number {
    if (depth >= maxDepth) return -1;
    let at = this.#space(from);
    if (this.#bytes[at] === 0x7d) return at + 1;
    for (;;) {
      if (this.#bytes[at] !== quote) return -1;
      at = this.#string(at + 1);
      if (at < 0) return -1;
      at = this.#space(at);
      if (this.#bytes[at] !== 0x3a) return -1;
      at = this.#skip(this.#space(at + 1), depth + 1);
      if (at < 0) return -1;
      at = this.#space(at);
      const next = this.#bytes[at];
      if (next === 0x7d) return at + 1;
      if (next !== 0x2c) return -1;
      at = this.#space(at + 1);
    }
  }

  #skipArray(from: number, depth: number): number {
    if (depth >= maxDepth) return -1;
    let at = this.#space(from);
    if (this.#bytes[at] === 0x5d) return at + 1;
    for (;;) {
      at = this.#skip(at, depth + 1);
      if (at < 0) return -1;
      at = this.#space(at);
      const next = this.#bytes[at];
      if (next === 0x5d) return at + 1;
      if (next !== 0x2c) return -1;
      at = this.#space(at + 1);
    }
  }

  #word(from: number, word: string): number {
    for (let index = 0; index < word.length; index++) if (this.#bytes[from + index] !== word.charCodeAt(index)) return -1;
    return from + word.length;
  }

  #number(from: number): number {
    const bytes = this.#bytes;
    let at = bytes[from] === 0x2d ? from + 1 : from;
    if (bytes[at] === 0x30) at++;
    else {
      const whole = this.#digits(at);
      if (whole === at) return -1;
      at = whole;
    }
    if (bytes[at] === 0x2e) {
      const fraction = this.#digits(at + 1);
      if (fraction === at + 1) return -1;
      at = fraction;
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++;
      if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
      const exponent = this.#digits(at);
      if (exponent === at) return -1;
      at = exponent;
    }
    return at;
  }

  #digits(from: number): number {
    let at = from;
    while (at < this.#end && digit[this.#bytes[at] as number] === 1) at++;
    return at;
  }

  /** From after the opening quote to after the closing one. */
  #string(from: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let escaped = false;
    let at = from;
    for (;;) {
      while (at < end && plain[bytes[at] as number] === 1) at++;
      if (at >= end) return -1;
      const byte = bytes[at] as number;
      if (byte === quote) {
        this.#escaped = escaped;
        return at + 1;
      }
      escaped = true;
      if (byte !== backslash || at + 1 >= end) return -1;
      if (escapable[bytes[at + 1] as number] === 1) at += 2;
      else if (bytes[at + 1] === 0x75 && at + 5 < end && this.#hex4(at + 2)) at += 6;
      else return -1;
    }
  }

  #hex4(at: number): boolean {
    const bytes = this.#bytes;
    return (
      hexDigit[bytes[at] as number] === 1 &&
      hexDigit[bytes[at + 1] as number] === 1 &&
      hexDigit[bytes[at + 2] as number] === 1 &&
      hexDigit[bytes[at + 3] as number] === 1
    );
  }
}
