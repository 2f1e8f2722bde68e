import { openLedger } from '../../../packages/core/src/cost/ledger/open.ts';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import type { PriceBook } from '../../../packages/core/src/cost/prices/price-book.ts';
import type { CostSession } from '../../../packages/core/src/cost/session.ts';
import type { Host } from '../../../packages/core/src/host.ts';
import type { SourceKind, UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { testHost, testNow } from '../../support/host.ts';

export interface MemoryOptions {
  readonly book?: PriceBook;
  /** When the records are read in. */
  readonly now?: number;
  readonly host?: Host;
  readonly timeZone?: string;
  /** Lines that could not be counted. */
  readonly rejected?: number;
}

/** A ledger in memory with these records in it. */
export async function memorySession(records: readonly UsageRecord[], options: MemoryOptions = {}): Promise<CostSession> {
  const { book = createPriceBook(), now = testNow, timeZone = 'UTC', rejected = 0, host = testHost({ now }) } = options;
  const ledger = await openLedger(':memory:', book, host);
  const kinds = [...new Set(records.map(({ source }) => source))];
  for (const kind of kinds) {
    const own = records.filter(({ source }) => source === kind);
    await ledger.write({
      source: `logs of ${kind}`,
      kind,
      records: own,
      rejects: rejectsOf(rejected, kind),
      lines: own.length + rejected,
      empty: 0,
    });
  }
  return { ledger, book, timeZone, close: () => ledger.close() };
}

function rejectsOf(count: number, kind: SourceKind): { source: string; line: number; reason: 'not-json'; detail: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    source: `logs of ${kind}`,
    line: index + 1,
    reason: 'not-json',
    detail: 'no JSON',
  }));
}
