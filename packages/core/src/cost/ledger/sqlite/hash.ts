import { createHash } from 'node:crypto';
import { idShift } from './schema.ts';

const words = new Int32Array(2);
const long = new BigInt64Array(words.buffer);

/** Positive 63-bit hash of (kind, key), after cyrb53. Two keys may share one: whoever finds a record by it compares the key. */
export function hashOf(kind: string, key: string): bigint {
  let a = 0xdeadbeef ^ kind.length;
  let b = 0x41c6ce57 ^ key.length;
  for (let i = 0; i < kind.length; i++) {
    const code = kind.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  words[0] = a;
  words[1] = b & 0x7fffffff;
  return long[0] ?? 0n;
}

/** Row id: the time in the high bits. `salt` sets records of one millisecond apart. */
export function idOf(at: number, salt: number): bigint {
  const below = 32 - idShift;
  words[0] = ((at % 2 ** below) << idShift) | (salt & (2 ** idShift - 1));
  words[1] = Math.floor(at / 2 ** below);
  return long[0] ?? 0n;
}

/** The low bits of a hash. */
export function saltOf(hash: bigint): number {
  return Number(hash & 0x1fffffn);
}

/** First id of an instant. */
export function firstIdOf(at: number): bigint {
  return BigInt(at) << BigInt(idShift);
}

export function timeOf(id: bigint): number {
  return Number(id >> BigInt(idShift));
}

/** What is kept of a record that was compacted away: enough to know its key again. */
export function digestOf(kind: string, key: string): Buffer {
  return createHash('sha256').update(`${kind}\0${key}`).digest().subarray(0, 16);
}
