import { divideRounded } from './money.ts';

/**
 * Rounds parts to a unit so that they add up to the rounded total: each is cut
 * off, and what is missing goes to those that lost most (largest remainder).
 * `unit` in pico-dollars, e.g. a cent is 10^10. Ties go to the earlier part.
 */
export function allocate(parts: readonly bigint[], unit: bigint): { readonly parts: readonly bigint[]; readonly total: bigint } {
  const sum = parts.reduce((all, part) => all + part, 0n);
  const total = divideRounded(sum, unit) * unit;
  const floors = parts.map((part) => (part >= 0n ? part / unit : -((-part + unit - 1n) / unit)));
  let missing = total / unit - floors.reduce((all, part) => all + part, 0n);
  const byRemainder = parts
    .map((part, index) => ({ index, rest: part - (floors[index] ?? 0n) * unit }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  const rounded = [...floors];
  for (const { index } of byRemainder) {
    if (missing <= 0n) break;
    rounded[index] = (rounded[index] ?? 0n) + 1n;
    missing -= 1n;
  }
  return { parts: rounded.map((part) => part * unit), total };
}
