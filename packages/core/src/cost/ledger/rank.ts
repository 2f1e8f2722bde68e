import { recordRank, totalTokens, type UsageRecord } from '../../model/usage.ts';

/** True where `a` stays and `b` goes, of two records with one key: the order of {@link recordRank}, without writing it out where the first parts decide. */
export function outranks(a: UsageRecord, b: UsageRecord): boolean {
  if (a.sidechain !== b.sidechain) return b.sidechain;
  const [totalA, totalB] = [totalTokens(a.tokens), totalTokens(b.tokens)];
  if (totalA >= 0 && totalB >= 0 && totalA !== totalB) return totalA > totalB;
  return recordRank(a) > recordRank(b);
}
