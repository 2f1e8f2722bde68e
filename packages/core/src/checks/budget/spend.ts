import { localDate } from '../../model/calendar.ts';
import type { Evidence, Unavailable } from '../../model/evidence.ts';
import { duration } from '../../model/format.ts';
import type { LedgerSpend } from '../../model/ledger.ts';
import type { Amount, SpendMetrics, SpendPart, SpendSource } from '../../model/prometheus.ts';
import { amountText } from './text.ts';

/** The part of the spend that a figure is of. */
type Piece = 'today' | 'month';

/** A figure, where it comes from, and why it may not be the whole. */
export interface Figure {
  /** null: nothing was seen; the gaps say why. */
  readonly amount: Amount | null;
  /** `ledger, read 12 min ago`; empty where it is the usual: counters in Prometheus. */
  readonly from: string;
  /** What keeps it from being exact, for the reader of a gap. */
  readonly doubts: readonly string[];
  /** Sentences for a finding. */
  readonly notes: readonly string[];
  /** Whom a gap about it names. */
  readonly source: string;
  readonly gaps: readonly Unavailable[];
}

/** What the budget checks know of the spend, from the ledger and from Prometheus. */
export interface Spend {
  readonly today: Figure;
  readonly month: Figure;
  /** Today's dollars by agent; whether the bounds of the whole hold for the parts is said in `today`. */
  readonly byAgent: readonly SpendPart[];
  readonly bySession: readonly SpendPart[];
  readonly unpriced: readonly { readonly model: string; readonly tokens: string; readonly counted: string }[];
  /** Counters whose dollars are used as they are, for a query to copy; empty where the ledger tells more. */
  readonly counters: readonly SpendSource[];
  readonly limits: SpendMetrics['limits'];
  /** Base URL of Prometheus; empty without one. */
  readonly url: string;
  /** How many counters, or ledgers, were looked at. */
  readonly examined: { readonly count: number; readonly noun: string };
}

export type SpendEvidence = {
  readonly 'prometheus.spend': Evidence<SpendMetrics>;
  readonly 'ledger.spend': Evidence<LedgerSpend>;
};

/**
 * Puts the ledger and the counters of Prometheus together. A ledger that was
 * read lately goes first: it prices each request. Where it holds less than the
 * counters have seen, it does not hold everything, and where it is stale, it is
 * a lower bound: then the truth lies at least at the greater of the two. Its
 * absence changes nothing. Otherwise: the gaps, because neither was seen.
 */
export function spendFrom(evidence: SpendEvidence): Spend | { readonly gaps: readonly Unavailable[] } {
  const { 'prometheus.spend': prometheus, 'ledger.spend': ledger } = evidence;
  const metrics = prometheus.ok ? prometheus.data : undefined;
  if (!ledger.ok) {
    const broken = ledger.reason === 'not-configured' ? [] : [ledger];
    if (!metrics) return { gaps: [...(prometheus.ok || prometheus.reason === 'not-configured' ? [] : [prometheus]), ...broken] };
    return fromMetrics(metrics, broken);
  }
  // Counters that were asked for and did not answer are no gap while the ledger knows; the connectivity checks tell of their server.
  const held = ledger.data;
  const figure = (piece: Piece): Figure => combined(piece, held, ledger.source, metrics);
  const [today, month] = [figure('today'), figure('month')];
  const ledgerLeads = today.amount !== null && BigInt(today.amount.atLeast) <= BigInt(held.today.atLeast);
  return {
    today,
    month,
    byAgent: parts(held.byAgent, metrics?.byAgent ?? [], ledgerLeads && today.doubts.length === 0),
    bySession: held.bySession.length > 0 ? held.bySession : (metrics?.bySession ?? []),
    unpriced: held.unpriced.map((each) => ({ ...each, counted: 'the ledger' })),
    counters: ledgerLeads ? [] : (metrics?.sources ?? []),
    limits: held.limits,
    url: metrics?.url ?? '',
    examined: { count: 1, noun: 'ledger' },
  };
}

function fromMetrics(metrics: SpendMetrics, broken: readonly Unavailable[]): Spend {
  const figure = (piece: Piece): Figure => {
    const amount = metrics[piece];
    return {
      // What a ledger that cannot be read would add is not known.
      amount: amount && broken.length > 0 ? { ...amount, atMost: null } : amount,
      from: estimatedFrom(metrics.sources),
      doubts: [...broken.map(({ detail }) => `there is a ledger that could not be read: ${detail}`), ...metricDoubts(metrics, piece)],
      notes: metrics.notes,
      source: `prometheus ${metrics.url}`,
      gaps: [...metrics.gaps.filter((gap) => gap.piece === piece).map(({ unavailable }) => unavailable), ...broken],
    };
  };
  return {
    today: figure('today'),
    month: figure('month'),
    byAgent: metrics.byAgent,
    bySession: metrics.bySession,
    unpriced: metrics.unpriced.map(({ model, tokens, metric }) => ({ model, tokens, counted: metric })),
    counters: metrics.sources,
    limits: metrics.limits,
    url: metrics.url,
    examined: { count: metrics.sources.length, noun: 'counter' },
  };
}

function estimatedFrom(sources: readonly SpendSource[]): string {
  const estimates = sources.filter(({ basis }) => basis === 'estimated').length;
  return estimates === 0 ? '' : estimates === sources.length ? 'estimated' : 'partly estimated';
}

/** What keeps a figure of the counters from being exact. */
function metricDoubts(metrics: SpendMetrics, piece: Piece): string[] {
  const coverage = piece === 'today' ? metrics.todayCoverage : metrics.monthCoverage;
  const doubts: string[] = [];
  if (metrics.unpriced.length > 0) doubts.push(`no price is known for ${metrics.unpriced.map(({ model }) => `"${model}"`).join(', ')}`);
  if (coverage !== null && coverage < 0.995) doubts.push(`Prometheus has samples of ${Math.floor(coverage * 100)} % of that time`);
  if (metrics.sources.length > 1) doubts.push('several counters may count the same requests');
  if (metrics.sources.some(({ basis }) => basis === 'estimated')) doubts.push('the figure is estimated from tokens');
  return doubts;
}

function combined(piece: Piece, ledger: LedgerSpend, source: string, metrics: SpendMetrics | undefined): Figure {
  const doubts = ledgerDoubts(piece, ledger);
  const own: Amount = doubts.length > 0 ? { ...ledger[piece], atMost: null } : ledger[piece];
  const counted = metrics?.[piece] ?? null;
  const age = duration(Math.max(0, ledger.now - ledger.readAt));
  const told = counted ? [`the counters in Prometheus say ${amountText(counted)}`] : [];
  const from = [`ledger, read ${age} ago`, ...told].join('; ');
  const base = { source, gaps: [], notes: [`from the usage ledger, read ${age} ago`, ...told] };
  if (!counted || covers(own, counted)) return { ...base, amount: own, from, doubts };
  // It cannot be told whether the ledger's requests are among the counters': at least the greater, at most both.
  const atMost = own.atMost === null || counted.atMost === null ? null : String(BigInt(own.atMost) + BigInt(counted.atMost));
  const less = `the ledger (read ${age} ago) holds ${amountText(ledger[piece])}, less than the counters in Prometheus have seen: it does not hold everything`;
  return {
    ...base,
    amount: { atLeast: counted.atLeast, atMost },
    from: `counters; the ledger, read ${age} ago, holds only ${amountText(ledger[piece])}`,
    doubts: [...doubts, less],
    notes: [less],
  };
}

/** The ledger holds what the counters count: not less but for what has come in since, or what counters read off by a sample. */
function covers(own: Amount, counted: Amount): boolean {
  return BigInt(own.atLeast) * 100n >= BigInt(counted.atLeast) * 95n;
}

/** What keeps a figure of the ledger from being exact. */
function ledgerDoubts(piece: Piece, ledger: LedgerSpend): string[] {
  const { now, readAt, staleAfter, firstAt, timeZone } = ledger;
  const start = piece === 'today' ? ledger.dayStart : ledger.monthStart;
  const doubts: string[] = [];
  const age = duration(now - readAt);
  if (now - readAt > staleAfter)
    doubts.push(`the ledger was last read ${age} ago, over ${duration(staleAfter)} (agentops cost ingest reads what is new)`);
  else if (readAt < start)
    doubts.push(`the ledger was last read ${age} ago, before that time began (agentops cost ingest reads what is new)`);
  if (firstAt > start) {
    const { year, month, day } = localDate(firstAt, timeZone);
    doubts.push(`its records begin ${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`);
  }
  if (ledger.mixedPrices) doubts.push('it was priced with two price lists (agentops cost report prices it anew)');
  if (ledger[piece].atMost === null) doubts.push(unpricedDoubt(ledger));
  return doubts;
}

function unpricedDoubt({ unpriced }: LedgerSpend): string {
  const models = unpriced.map(({ model }) => `"${model || 'no model'}"`).join(', ');
  return models === '' ? 'some tokens have no known price' : `no price is known for ${models}`;
}

/** Agents by name: the ledger's where it leads, else the greater of both as a lower bound. */
function parts(ledger: readonly SpendPart[], counted: readonly SpendPart[], leads: boolean): readonly SpendPart[] {
  if (leads || counted.length === 0) return ledger;
  const merged = new Map(ledger.map(({ name, amount }) => [name, { name, amount: { ...amount, atMost: null } }]));
  for (const { name, amount } of counted) {
    const known = merged.get(name);
    if (!known || BigInt(known.amount.atLeast) < BigInt(amount.atLeast)) merged.set(name, { name, amount: { ...amount, atMost: null } });
  }
  return [...merged.values()].sort((a, b) => (BigInt(a.amount.atLeast) > BigInt(b.amount.atLeast) ? -1 : 1));
}
