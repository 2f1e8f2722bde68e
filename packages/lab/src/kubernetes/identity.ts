import { createHash } from 'node:crypto';

/** A UUID that is the same for the same words: lab objects keep their uid from run to run. */
export function stableUid(...words: readonly string[]): string {
  const hex = createHash('sha256').update(words.join('\0')).digest('hex');
  // Version 5 and variant bits, so that it is a UUID to every validator.
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** The letters of Kubernetes' generated names: no vowels, nothing that looks like a digit. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A suffix as `generateName` appends it (5 letters), the same for the same words. */
export function stableSuffix(length: number, ...words: readonly string[]): string {
  const bytes = createHash('sha256').update(words.join('\0')).digest();
  return Array.from({ length }, (_, index) => alphabet[(bytes[index] ?? 0) % alphabet.length]).join('');
}
