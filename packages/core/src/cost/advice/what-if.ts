import { totalTokens, type UsageRecord } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';

export interface WhatIfRow {
  readonly name: string;
  /** Requests that would move. */
  readonly moved: number;
  readonly before: bigint;
  readonly after: bigint;
}

export type WhatIfResult =
  | {
      readonly ok: true;
      readonly before: bigint;
      readonly after: bigint;
      readonly records: number;
      readonly moved: number;
      /** By the model that was used; rows add up to the totals. */
      readonly byModel: readonly WhatIfRow[];
      readonly byAgent: readonly WhatIfRow[];
      /** Tokens that have no price before and after, of models that stay: in neither total. */
      readonly unpricedTokens: number;
      readonly assumes: readonly string[];
    }
  /** A saving against a price that is not known would be made up. */
  | { readonly ok: false; readonly unpriced: readonly { readonly model: string; readonly why: string }[] };

/**
 * Replays a period, record by record and exactly, with models replaced:
 * `map` is from → to, `*` for all the others. Refused where a record that would
 * move has no price before or after.
 */
export function whatIf(map: ReadonlyMap<string, string>, book: PriceBook): { add(record: UsageRecord): void; result(): WhatIfResult } {
  const byModel = new Map<string, Mutable>();
  const byAgent = new Map<string, Mutable>();
  const unpriced = new Map<string, string>();
  const all: Mutable = { moved: 0, before: 0n, after: 0n };
  let records = 0;
  let unpricedTokens = 0;
  return {
    add(record) {
      records += 1;
      const before = book.price(record);
      const target = map.get(record.model) ?? map.get('*');
      const moves = target !== undefined && target !== record.model;
      // The provider is the new model's own, and so is its long-context limit.
      const after = moves ? book.price({ ...record, model: target, provider: '' }) : before;
      if (moves) {
        if (!before.priced) unpriced.set(record.model, before.why);
        if (!after.priced) unpriced.set(target, after.why);
      } else if (!before.priced) unpricedTokens += totalTokens(before.tokens);
      const amounts = {
        moved: moves ? record.requests : 0,
        before: before.priced ? before.total : before.lowerBound,
        after: after.priced ? after.total : after.lowerBound,
      };
      add(all, amounts);
      add(entry(byModel, record.model), amounts);
      add(entry(byAgent, record.agent), amounts);
    },
    result() {
      if (unpriced.size > 0) return { ok: false, unpriced: [...unpriced].map(([model, why]) => ({ model, why })).sort(byName) };
      const assumes = [
        'the same tokens: another model counts and answers in its own way',
        ...(map.size > 0 ? ['the same cache hits, also on a provider that caches in another way'] : []),
      ];
      return { ok: true, ...all, records, byModel: rows(byModel), byAgent: rows(byAgent), unpricedTokens, assumes };
    },
  };
}

interface Mutable {
  moved: number;
  before: bigint;
  after: bigint;
}

function entry(rows: Map<string, Mutable>, name: string): Mutable {
  const found = rows.get(name) ?? { moved: 0, before: 0n, after: 0n };
  rows.set(name, found);
  return found;
}

function add(sum: Mutable, { moved, before, after }: Mutable): void {
  sum.moved += moved;
  sum.before += before;
  sum.after += after;
}

/** Largest change first. */
function rows(map: ReadonlyMap<string, Mutable>): WhatIfRow[] {
  const change = ({ before, after }: Mutable): bigint => (before > after ? before - after : after - before);
  return [...map]
    .map(([name, sums]) => ({ name, ...sums }))
    .sort((a, b) => (change(a) === change(b) ? (a.name < b.name ? -1 : 1) : change(a) > change(b) ? -1 : 1));
}

function byName(a: { model: string }, b: { model: string }): number {
  return a.model < b.model ? -1 : 1;
}
