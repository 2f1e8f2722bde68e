import type { CostReport } from '../../model/cost-report.ts';
import { parsePico, usdString } from '../../model/money.ts';
import type { Ledger, LedgerRow } from '../ledger/ledger.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Period } from './period.ts';

/**
 * Which share of the input came from a cache, and what that saved: the cached
 * tokens at the price of plain input, less what reads and writes did cost.
 * Negative where writes cost more than reads brought. Null where nothing was
 * read from a cache, or a price of what was is not known.
 */
export async function cacheSummary(ledger: Ledger, book: PriceBook, period: Period): Promise<CostReport['cache']> {
  const rows = await ledger.rows({ from: period.from, to: period.to, by: ['model'] });
  const reads = sum(rows, (row) => row.cacheRead);
  const writes = sum(rows, (row) => row.cacheWrite5m + row.cacheWrite1h);
  const input = sum(rows, (row) => row.input) + reads + writes;
  const hitShare = input > 0 ? reads / input : null;
  if (reads === 0) return { hitShare, saved: null };
  let saved = 0n;
  for (const row of rows) {
    const cached = row.cacheRead + row.cacheWrite5m + row.cacheWrite1h;
    if (cached === 0) continue;
    const asInput = inputCost(row, cached, book, period);
    if (asInput === undefined) return { hitShare, saved: null };
    saved += asInput - row.costCacheRead - row.costCacheWrite5m - row.costCacheWrite1h;
  }
  return { hitShare, saved: usdString(saved) };
}

/** What so many tokens cost as plain input: as it was paid for in the same rows (batch, long contexts and dated prices are in that), else by the list. */
function inputCost(row: LedgerRow, tokens: number, book: PriceBook, period: Period): bigint | undefined {
  if (row.unpricedTokens > 0) return undefined;
  if (row.input > 0) return (row.costInput * BigInt(Math.round(tokens))) / BigInt(Math.round(row.input));
  const perMillion = parsePico(book.facts(row.group.model ?? '', period.seenTo - 1)?.perMillion.input ?? '');
  return perMillion === undefined ? undefined : (BigInt(Math.round(tokens)) * perMillion) / 1_000_000n;
}

function sum(rows: readonly LedgerRow[], pick: (row: LedgerRow) => number): number {
  return rows.reduce((all, row) => all + pick(row), 0);
}
