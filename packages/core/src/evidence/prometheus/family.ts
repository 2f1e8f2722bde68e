import type { Unavailable } from '../../model/evidence.ts';
import type { PrometheusClient } from './client.ts';
import { add, estimate, type Prices, priceOf, type Range, zero } from './estimate.ts';
import { type Began, counterGrowth, type SeriesGrowth } from './increase.ts';
import { firstLabel } from './profiles/profile.ts';
import { type SpendFamily, type TokenCounter, tokenKind } from './spend-sources.ts';

/** A family with the names that this server has. */
export interface PresentFamily {
  readonly family: SpendFamily;
  readonly dollars: string | undefined;
  readonly tokens: readonly { readonly metric: string; readonly counter: TokenCounter }[];
}

/** What one family counted over a period. */
export interface FamilyPeriod {
  readonly total: Range;
  readonly byAgent: ReadonlyMap<string, Range>;
  readonly bySession: ReadonlyMap<string, Range>;
  /** Model → tokens × 1e12 without a price. */
  readonly unpriced: ReadonlyMap<string, bigint>;
  readonly short: readonly string[];
}

export function presentFamily(family: SpendFamily, names: ReadonlySet<string>): PresentFamily | undefined {
  const dollars = family.dollars.find((name) => names.has(name));
  const tokens = family.tokens.flatMap((counter) => {
    const metric = counter.metrics.find((name) => names.has(name));
    return metric === undefined ? [] : [{ metric, counter }];
  });
  return dollars === undefined && tokens.length === 0 ? undefined : { family, dollars, tokens };
}

/** Dollars of a family from `start` to `end`. Undefined: it has no sample in the period. */
export async function readFamily(
  client: PrometheusClient,
  present: PresentFamily,
  prices: Prices,
  start: number,
  end: number,
  began: Began,
): Promise<FamilyPeriod | Unavailable | undefined> {
  const [dollars, tokens] = await Promise.all([
    present.dollars === undefined ? undefined : counterGrowth(client, present.dollars, start, end, began),
    readTokens(client, present, start, end, began),
  ]);
  if (dollars && 'ok' in dollars) return dollars;
  // Where dollars are counted, tokens only tell what the counter left unpriced: their failure costs the upper bound, not the figure.
  if ('ok' in tokens && !dollars) return tokens;
  const short = [...(dollars?.short ?? [])];
  if ('ok' in tokens) short.push(`tokens could not be read: ${tokens.detail}`);
  else short.push(...tokens.short);
  const tokenSeries = 'ok' in tokens ? [] : tokens.series;
  if (tokenSeries.length === 0 && (dollars?.series.length ?? 0) === 0) return undefined;
  return { ...price(present.family, dollars?.series, tokenSeries, prices), short };
}

interface TokenSeries extends SeriesGrowth {
  readonly kind: ReturnType<typeof tokenKind>;
}

/** Growth of all token counters of a family. */
export async function readTokens(
  client: PrometheusClient,
  present: PresentFamily,
  start: number,
  end: number,
  began: Began,
): Promise<{ readonly series: readonly TokenSeries[]; readonly short: readonly string[] } | Unavailable> {
  const read = await Promise.all(present.tokens.map(({ metric }) => counterGrowth(client, metric, start, end, began)));
  const series: TokenSeries[] = [];
  const short: string[] = [];
  for (const [position, growth] of read.entries()) {
    if ('ok' in growth) return growth;
    short.push(...growth.short);
    const fixed = present.tokens[position]?.counter.kind;
    for (const one of growth.series) {
      const kind = fixed ?? tokenKind(one.labels);
      if (kind !== 'ignored') series.push({ ...one, kind });
    }
  }
  return { series, short };
}

/** Tokens of a family that have a dollar counter are priced by it; those it left at $0, and all others, by the configuration. */
function price(
  family: SpendFamily,
  dollars: readonly SeriesGrowth[] | undefined,
  tokens: readonly TokenSeries[],
  prices: Prices,
): Omit<FamilyPeriod, 'short'> {
  let total = zero;
  const byAgent = new Map<string, Range>();
  const bySession = new Map<string, Range>();
  const unpriced = new Map<string, bigint>();
  const modelOf = (labels: SeriesGrowth['labels']): string => firstLabel(labels, family.modelLabels) ?? '(no model label)';

  function count(labels: SeriesGrowth['labels'], amount: Range): void {
    total = add(total, amount);
    const agent = firstLabel(labels, family.agentLabels);
    const session = firstLabel(labels, family.sessionLabels);
    if (agent !== undefined) byAgent.set(agent, add(byAgent.get(agent) ?? zero, amount));
    if (session !== undefined) bySession.set(session, add(bySession.get(session) ?? zero, amount));
  }

  const charged = new Set<string>();
  for (const { labels, grown } of dollars ?? []) {
    if (grown > 0n) charged.add(modelOf(labels));
    count(labels, { least: grown, most: grown });
  }
  for (const { labels, grown, kind } of tokens) {
    const model = modelOf(labels);
    if (grown === 0n || (dollars && charged.has(model))) continue;
    const known = priceOf(model, prices);
    // A counter without a model label can't be blamed for the tokens of one.
    if (dollars && known === undefined && charged.has('(no model label)')) continue;
    if (known) count(labels, estimate(grown, kind, known));
    else {
      count(labels, { least: 0n, most: null });
      unpriced.set(model, (unpriced.get(model) ?? 0n) + grown);
    }
  }
  return { total, byAgent, bySession, unpriced };
}
