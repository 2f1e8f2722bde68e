import { AgentOpsError } from '../../errors.ts';
import { formatPico } from '../../model/money.ts';
import type { UsageRecord } from '../../model/usage.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isCatalogueProvider } from '../prices/catalogue.ts';
import { canonicalProvider } from '../prices/names.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { type BilledExport, readAnthropicCosts, readOpenAiCosts } from '../reconcile/exports.ts';
import { ownSpend } from '../reconcile/own.ts';
import type { OwnSpend } from '../reconcile/pair.ts';
import { type Reconciliation, reconcile } from '../reconcile/reconcile.ts';
import type { CostSession } from '../session.ts';
import { daysBetween } from './period.ts';

/**
 * Our spend on the days of a provider's cost export against what it bills.
 * Ours is what its own API answered: models that are its own, or that nobody
 * knows, less what a reseller's road is named for (Bedrock, Vertex, Azure: that
 * is on the reseller's bill, under the same model names). Records that were
 * compacted no longer say their road, and count as the provider's. Throws
 * `usage` for a document that is no export.
 */
export async function reconcileWith({ ledger, book }: CostSession, document: unknown): Promise<Reconciliation> {
  const { bill, provider } = billOf(document);
  const [first, last] = [bill.days[0], bill.days.at(-1)];
  if (first === undefined || last === undefined) throw new AgentOpsError('usage', 'the export holds no day');
  const from = Date.parse(`${first}T00:00:00Z`);
  const to = Date.parse(`${last}T00:00:00Z`) + 86_400_000;
  const days = daysBetween(from, to, 'UTC');
  const rows = await ledger.rows({ from, to, by: ['model'], buckets: days });
  const own = rows.filter((row) => (book.facts(row.group.model ?? '', from)?.provider ?? provider) === provider);
  const { spend, notes } = await withoutResold(ownSpend(own, days), { ledger, book, provider, from, to });
  const result = reconcile(spend, bill);
  return { ...result, notes: [...result.notes, ...notes] };
}

interface Side {
  readonly ledger: Ledger;
  readonly book: PriceBook;
  readonly provider: string;
  readonly from: number;
  readonly to: number;
}

/** Takes away what went by a reseller: exact, because the ledger prices each record by the same book. */
async function withoutResold(own: readonly OwnSpend[], side: Side): Promise<{ spend: OwnSpend[]; notes: string[] }> {
  const { ledger, book, provider, from, to } = side;
  const left = new Map(own.map((spend) => [`${spend.day} ${spend.model}`, spend]));
  const byRoad = new Map<string, bigint>();
  await ledger.records({ from, to }, (record) => {
    const road = canonicalProvider(record.provider);
    // A gateway of one's own is no reseller: what it passes on is on the provider's bill.
    if (road === provider || !isCatalogueProvider(road)) return;
    const key = `${new Date(record.at).toISOString().slice(0, 10)} ${record.model}`;
    const known = left.get(key);
    if (!known) return;
    const taken = takenAway(known.day, record, book);
    left.set(key, plus(known, taken));
    byRoad.set(record.provider, (byRoad.get(record.provider) ?? 0n) - taken.pico - taken.costWebSearch);
  });
  const notes = [...byRoad].map(
    ([road, pico]) => `${formatPico(pico)} on its models went through ${road}: that is on another bill, and not compared`,
  );
  return { spend: [...left.values()].filter(isSomething), notes: notes.sort() };
}

function isSomething({ pico, costWebSearch, input, output, cacheRead, cacheWrite5m, cacheWrite1h }: OwnSpend): boolean {
  return pico !== 0n || costWebSearch !== 0n || input + output + cacheRead + cacheWrite5m + cacheWrite1h !== 0;
}

function takenAway(day: string, record: UsageRecord, book: PriceBook): OwnSpend {
  const priced = book.price(record);
  const { cost } = priced;
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = record.tokens;
  const tokens = input + output + cacheRead + cacheWrite5m + cacheWrite1h;
  return {
    day,
    model: record.model,
    pico: -(cost.input + cost.output + cost.cacheRead + cost.cacheWrite5m + cost.cacheWrite1h),
    costWebSearch: -cost.webSearch,
    input: -input,
    output: -output,
    cacheRead: -cacheRead,
    cacheWrite5m: -cacheWrite5m,
    cacheWrite1h: -cacheWrite1h,
    unpricedTokens: priced.priced ? 0 : -Math.max(tokens, record.webSearches),
    costInput: -cost.input,
    costCacheRead: -cost.cacheRead,
    costCacheWrite5m: -cost.cacheWrite5m,
    costCacheWrite1h: -cost.cacheWrite1h,
  };
}

function plus(sum: OwnSpend, more: OwnSpend): OwnSpend {
  return {
    ...sum,
    pico: sum.pico + more.pico,
    costWebSearch: sum.costWebSearch + more.costWebSearch,
    input: sum.input + more.input,
    output: sum.output + more.output,
    cacheRead: sum.cacheRead + more.cacheRead,
    cacheWrite5m: sum.cacheWrite5m + more.cacheWrite5m,
    cacheWrite1h: sum.cacheWrite1h + more.cacheWrite1h,
    unpricedTokens: sum.unpricedTokens + more.unpricedTokens,
    costInput: sum.costInput + more.costInput,
    costCacheRead: sum.costCacheRead + more.costCacheRead,
    costCacheWrite5m: sum.costCacheWrite5m + more.costCacheWrite5m,
    costCacheWrite1h: sum.costCacheWrite1h + more.costCacheWrite1h,
  };
}

function billOf(document: unknown): { bill: BilledExport; provider: string } {
  const openAi = readOpenAiCosts(document);
  const anthropic = readAnthropicCosts(document);
  const [bill, provider] = openAi.days.length >= anthropic.days.length ? [openAi, 'openai'] : [anthropic, 'anthropic'];
  if (bill.days.length === 0)
    throw new AgentOpsError('usage', 'not a cost export of OpenAI or Anthropic', {
      hint: 'JSON of /v1/organization/costs or /v1/organizations/cost_report',
    });
  return { bill, provider };
}
