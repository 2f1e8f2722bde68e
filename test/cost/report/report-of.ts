import type { Dimension } from '../../../packages/core/src/cost/ledger/ledger.ts';
import type { PriceBook } from '../../../packages/core/src/cost/prices/price-book.ts';
import { buildCostReport, type CostReportInput } from '../../../packages/core/src/cost/report/build.ts';
import { type PeriodOptions, resolvePeriod } from '../../../packages/core/src/cost/report/period.ts';
import type { CostReport } from '../../../packages/core/src/model/cost-report.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { testNow } from '../../support/host.ts';
import { haiku, sonnet, testBook, usage } from '../../support/price-book.ts';
import { memorySession } from './ledger.ts';

/** Sonnet at $3 and $15, Haiku at $1 and $5 per million tokens; nothing else has a price. */
export const book = testBook({ 'claude-sonnet-4-5': sonnet, 'claude-haiku-4-5': haiku });

let keys = 0;

/** A request that costs so many dollars (a multiple of 3 millionths): input on Sonnet, unless told. */
export function spend(dollars: number, iso: string | number, more: Partial<UsageRecord> = {}): UsageRecord {
  const input = Math.round((dollars * 1_000_000) / (more.model === 'claude-haiku-4-5' ? 1 : 3));
  keys += 1;
  const tokens = { input, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  return usage({ key: `k${keys}`, at: typeof iso === 'number' ? iso : Date.parse(iso), session: '', tokens, ...more });
}

export interface ReportOptions extends PeriodOptions, Partial<Omit<CostReportInput, 'ledger' | 'book' | 'period'>> {
  readonly timeZone?: string;
  readonly prices?: PriceBook;
  readonly rejected?: number;
}

/** The report on these records, this week in UTC at {@link testNow} unless told. */
export async function reportOf(records: readonly UsageRecord[], options: ReportOptions = {}): Promise<CostReport> {
  const {
    kind,
    from,
    to,
    compare,
    timeZone = 'UTC',
    prices = book,
    rejected,
    now = testNow,
    by = ['model'] as Dimension[],
    ...rest
  } = options;
  const session = await memorySession(records, { book: prices, now, ...(rejected === undefined ? {} : { rejected }) });
  try {
    const period = resolvePeriod(
      { ...(kind ? { kind } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}), ...(compare ? { compare } : {}) },
      now,
      timeZone,
    );
    return await buildCostReport({
      ledger: session.ledger,
      book: prices,
      period,
      now,
      by,
      monthlyBudget: undefined,
      version: '1.2.3',
      ...rest,
    });
  } finally {
    await session.close();
  }
}
