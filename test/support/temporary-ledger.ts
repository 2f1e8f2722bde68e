import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Ledger } from '../../packages/core/src/cost/ledger/ledger.ts';
import { openLedger } from '../../packages/core/src/cost/ledger/open.ts';
import type { PriceBook } from '../../packages/core/src/cost/prices/price-book.ts';
import type { UsageRecord } from '../../packages/core/src/model/usage.ts';
import { usageRecord } from '../cost/record.ts';
import { testHost } from './host.ts';
import { testBook } from './price-book.ts';

const one = { input: '1', output: '1', cacheRead: '1', cacheWrite5m: '1', cacheWrite1h: '1' };

/** A million tokens of the model `dollar` cost a dollar. */
export const dollarBook = testBook({ dollar: { provider: 'anthropic', prices: one } });

/** A SQLite ledger of its own for one test, with these records. */
export async function temporaryLedger(records: readonly UsageRecord[], book: PriceBook = dollarBook): Promise<Ledger> {
  const folder = mkdtempSync(join(tmpdir(), 'agentops-ledger-'));
  const ledger = await openLedger(join(folder, 'ledger.db'), book, testHost());
  onTestFinished(async () => {
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
  if (records.length > 0)
    await ledger.write({ source: 'test', kind: 'claude-code', records, rejects: [], lines: records.length, empty: 0 });
  return ledger;
}

/** One record at noon UTC of each day from `first` on, that costs so many dollars; null: none. */
export function dailySpend(first: string, dollars: readonly (number | null)[], changes: Partial<UsageRecord> = {}): UsageRecord[] {
  const start = Date.parse(`${first}T12:00:00Z`);
  return dollars.flatMap((amount, day) =>
    amount === null
      ? []
      : [
          usageRecord({
            key: `${changes.agent ?? ''}-${first}-${day}`,
            at: start + day * 86_400_000,
            model: 'dollar',
            ...changes,
            tokens: { input: Math.round(amount * 1e6) },
          }),
        ],
  );
}
