import type { CostReport } from '../../model/cost-report.ts';
import { parsePico, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Period } from './period.ts';

/**
 * Which share of the input came from a cache, and what that saved: cache reads
 * at the price of plain input, less what reads and writes cost beyond it.
 * Null where a price of the models concerned is not known.
 */
export async function cacheSummary(ledger: Ledger, book: PriceBook, period: Period): Promise<CostReport['cache']> {
  const rows = await ledger.rows({ from: period.from, to: period.to, by: ['model'] });
  let input = 0;
  let hits = 0;
  let saved: bigint | undefined = 0n;
  for (const row of rows) {
    const writes = row.cacheWrite5m + row.cacheWrite1h;
    input += row.input + row.cacheRead + writes;
    hits += row.cacheRead;
    if (row.cacheRead + writes === 0 || saved === undefined) continue;
    const perMillion = parsePico(book.facts(row.group.model ?? '', period.seenTo - 1)?.perMillion.input ?? '');
    if (perMillion === undefined) {
      saved = undefined;
      continue;
    }
    const asInput = (BigInt(Math.round(row.cacheRead + writes)) * perMillion) / 1_000_000n;
    saved += asInput - row.costCacheRead - row.costCacheWrite5m - row.costCacheWrite1h;
  }
  return { hitShare: input > 0 ? hits / input : null, saved: hits === 0 || saved === undefined ? null : usdString(saved) };
}
