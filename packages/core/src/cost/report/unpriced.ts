import type { CostReport } from '../../model/cost-report.ts';
import { usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Period } from './period.ts';

/** Models of the period with tokens that no price is known for. */
export async function unpricedModels(ledger: Ledger, book: PriceBook, period: Period): Promise<CostReport['unpriced']> {
  const rows = await ledger.rows({ from: period.from, to: period.to, by: ['model'] });
  return rows
    .filter((row) => row.unpricedTokens > 0)
    .sort((a, b) => b.unpricedTokens - a.unpricedTokens)
    .map((row) => {
      const model = row.group.model ?? '';
      const known = book.facts(model, period.seenTo - 1) !== undefined;
      return {
        model,
        tokens: row.unpricedTokens,
        lowerBound: usdString(row.cost),
        why: known ? 'a price is known, but not for how it was used' : 'not in the price list; set cost.prices in agentops.yaml',
      };
    });
}
