import { randomBytes } from 'node:crypto';
import { SecretValue } from '../value.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';

/** Characters of each alphabet, all ASCII; `printable` is 0x21 to 0x7e. */
export const alphabets = {
  'letters-digits': letters + digits,
  base64url: `${letters + digits}-_`,
  hex: '0123456789abcdef',
  printable: String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + index)),
} as const;
export type AlphabetName = keyof typeof alphabets;

export interface RandomValueOptions {
  /** Random characters; the prefix comes on top. */
  readonly length: number;
  readonly alphabet: AlphabetName;
  readonly prefix: string;
}

/**
 * A random value. A byte at or above the largest multiple of the alphabet's
 * size is thrown away (a remainder alone would prefer the first characters).
 * No string is made of it. `source`: cryptographically secure random bytes.
 */
export function randomValue(options: RandomValueOptions, source: (size: number) => Buffer = randomBytes): SecretValue {
  const characters = Buffer.from(alphabets[options.alphabet], 'latin1');
  const prefix = Buffer.from(options.prefix, 'utf8');
  const usable = 256 - (256 % characters.length);
  const value = Buffer.alloc(prefix.length + options.length);
  prefix.copy(value);
  for (let at = prefix.length; at < value.length; ) {
    const random = source(value.length - at);
    for (const byte of random) {
      if (byte < usable) value[at++] = characters[byte % characters.length] ?? 0;
    }
    random.fill(0);
  }
  return SecretValue.own(value);
}
