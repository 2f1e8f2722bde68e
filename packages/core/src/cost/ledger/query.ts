import { quarterMs } from './fit.ts';
import type { LedgerQuery } from './ledger.ts';

/** Quarter hours [from, to) of each bucket; throws RangeError where a bound is none, so that nothing is cut in two in silence. */
export function bucketsOf(query: LedgerQuery): readonly { readonly from: number; readonly to: number }[] {
  const bounds = query.buckets ?? [query.from, query.to];
  for (const bound of [query.from, query.to, ...bounds]) {
    if (!Number.isInteger(bound) || bound % quarterMs !== 0) throw new RangeError(`${bound} is no multiple of 15 minutes`);
  }
  if (bounds.length < 2 || bounds[0] !== query.from || bounds.at(-1) !== query.to)
    throw new RangeError('buckets must begin at from and end at to');
  return bounds.slice(1).map((to, i) => {
    const from = bounds[i] ?? to;
    if (to < from) throw new RangeError('buckets must ascend');
    return { from: from / quarterMs, to: to / quarterMs };
  });
}
