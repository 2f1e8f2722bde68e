import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlphabetName, alphabets, randomValue } from '../../../packages/core/src/secrets/issuers/alphabet.ts';

const names = Object.keys(alphabets) as AlphabetName[];

/** Bytes as listed, one after the other, however they are asked for; then zeros. */
function bytesOf(bytes: readonly number[]): (size: number) => Buffer {
  let at = 0;
  return (size) => Buffer.from(Array.from({ length: size }, () => bytes[at++] ?? 0));
}

describe('randomValue', () => {
  it.each([
    ['letters-digits', 62],
    ['base64url', 64],
    ['hex', 16],
    ['printable', 94],
  ] as const)('%s has %i different characters', (name, size) => {
    expect(new Set(alphabets[name]).size).toBe(size);
    expect(alphabets[name]).toHaveLength(size);
  });

  it('is the prefix and so many characters of the alphabet', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: 16, max: 4096 }),
        fc.string({ maxLength: 64 }),
        (alphabet, length, prefix) => {
          const text = randomValue({ alphabet, length, prefix: prefix.toWellFormed() }).text();
          expect(text.startsWith(prefix.toWellFormed())).toBe(true);
          const rest = text.slice(prefix.toWellFormed().length);
          expect(rest).toHaveLength(length);
          expect([...rest].filter((character) => !alphabets[alphabet].includes(character))).toEqual([]);
        },
      ),
    );
  });

  it.each(names)('every character of %s comes of equally many bytes', (alphabet) => {
    const size = alphabets[alphabet].length;
    const usable = 256 - (256 % size);
    // Each byte once: the thrown-away ones make room for zeros at the end.
    const text = randomValue({ alphabet, length: usable, prefix: '' }, bytesOf(Array.from({ length: 256 }, (_, byte) => byte))).text();
    const counts = [...Map.groupBy(text, (character) => character).values()].map((list) => list.length);
    expect(counts).toEqual(Array.from({ length: size }, () => usable / size));
  });

  it('throws the bytes away that would prefer the first characters', () => {
    expect(randomValue({ alphabet: 'letters-digits', length: 3, prefix: 'k-' }, bytesOf([255, 248, 247, 61, 62])).text()).toBe('k-99A');
  });

  it('overwrites the bytes that it drew', () => {
    const drawn: Buffer[] = [];
    randomValue({ alphabet: 'hex', length: 16, prefix: '' }, (size) => {
      const bytes = Buffer.alloc(size, 7);
      drawn.push(bytes);
      return bytes;
    });
    expect(drawn.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true]);
  });

  it('is another one each time', () => {
    const values = Array.from({ length: 100 }, () => randomValue({ alphabet: 'hex', length: 32, prefix: '' }).text());
    expect(new Set(values).size).toBe(100);
  });
});
