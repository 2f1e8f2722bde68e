import type { CostRecommendation, CostReport } from '../../model/cost-report.ts';
import { parsePico, picoFromDollars, usdString } from '../../model/money.ts';
import type { Dimension, Ledger } from '../ledger/ledger.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { theilSen } from '../statistics/trend.ts';
import { findAnomalies } from './anomalies.ts';
import { cacheSummary } from './cache.ts';
import { type DailyHistory, dailyHistory } from './history.ts';
import { monthSummary } from './month.ts';
import type { Period } from './period.ts';
import { costTable, restName, shownRows } from './tables.ts';
import { unpricedModels } from './unpriced.ts';

export interface CostReportInput {
  readonly ledger: Ledger;
  readonly book: PriceBook;
  readonly period: Period;
  readonly now: number;
  readonly by: readonly Dimension[];
  /** Pico-dollars a month; undefined: none is configured. */
  readonly monthlyBudget: bigint | undefined;
  readonly version: string;
  readonly lab?: string;
  /** What the advice comes to for this period. */
  readonly recommendations?: readonly CostRecommendation[];
  readonly notes?: readonly string[];
}

/** The report of a period, from the ledger's rollups. */
export async function buildCostReport(input: CostReportInput): Promise<CostReport> {
  const { ledger, period, now } = input;
  const state = await ledger.state();
  const history = await dailyHistory(ledger, state.firstAt, now, period.timeZone);
  const buckets = period.kind === 'day' ? hoursOf(period) : period.days;
  // A comparison with a span that was only partly recorded would invent a rise.
  const comparable = state.firstAt !== null && state.firstAt <= period.previous.from;
  const table = (by: Dimension | undefined) => costTable(by, { ledger, period, buckets, comparable, limit: shownRows });
  const [whole, tables, month, unusual, unpriced, cache] = await Promise.all([
    table(undefined),
    Promise.all(input.by.map(table)),
    monthSummary(ledger, history, input.monthlyBudget, now, period.timeZone),
    findAnomalies(ledger, history, period),
    unpricedModels(ledger, input.book, period),
    cacheSummary(ledger, input.book, period),
  ]);
  const { total } = whole;
  return {
    schemaVersion: 1,
    tool: { name: 'agentops', version: input.version },
    ...(input.lab === undefined ? {} : { lab: { scenario: input.lab } }),
    generatedAt: new Date(now).toISOString(),
    period: {
      kind: period.kind,
      label: period.label,
      from: new Date(period.from).toISOString(),
      to: new Date(period.to).toISOString(),
      timeZone: period.timeZone,
      daysSeen: period.days.slice(0, -1).filter((day) => day < period.seenTo).length,
      days: period.days.length - 1,
      buckets: buckets.slice(0, -1).map((at) => bucketLabel(at, period)),
    },
    freshness: {
      newestRecordAt: isoOrNull(state.lastAt),
      lastReadAt: isoOrNull(state.sources.reduce<number | null>((latest, source) => Math.max(latest ?? 0, source.lastReadAt), null)),
      firstRecordAt: isoOrNull(state.firstAt),
      records: state.records,
    },
    total,
    previous: {
      label: period.previous.label,
      spend: total.previous,
      change: total.change,
      ...(comparable
        ? {}
        : {
            note:
              state.firstAt === null
                ? 'no records yet'
                : `no comparison: records begin ${new Date(state.firstAt).toISOString().slice(0, 10)}`,
          }),
    },
    month,
    trend: trendOf(history),
    tables,
    movers: moversOf(tables),
    cache,
    anomalies: unusual.found,
    recommendations: [...(input.recommendations ?? [])],
    unpriced,
    sources: state.sources.map(({ source, kind, lines, counted, duplicate, rejected, empty }) => ({
      source,
      kind,
      lines,
      counted,
      duplicate,
      rejected,
      empty,
    })),
    notes: [
      ...(unusual.note ? [unusual.note] : []),
      ...state.sources
        .filter(({ rejected }) => rejected > 0)
        .map(
          ({ source, rejected, lines }) =>
            `${source}: ${rejected} of ${lines} lines could not be counted (agentops cost ingest --verbose lists them)`,
        ),
      ...(input.notes ?? []),
    ],
  };
}

function hoursOf(period: Period): number[] {
  const hours: number[] = [];
  for (let at = period.from; at < period.to; at += 3_600_000) hours.push(at);
  return [...hours, period.to];
}

function bucketLabel(at: number, { kind, timeZone, days }: Period): string {
  if (kind === 'day') return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hour12: false }).format(at);
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    ...(days.length <= 8 ? { weekday: 'short' } : { month: 'short' }),
  }).format(at);
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** Slope of the last eight weeks in dollars a day; weekdays are compared with their like. */
function trendOf(history: DailyHistory): CostReport['trend'] {
  const values = history.dollars.slice(-56);
  const trend = theilSen(values, { period: 7 });
  if (!trend.ok) return null;
  const dollars = (value: number): string => usdString(picoFromDollars(Number(value.toFixed(6))));
  return { perDay: dollars(trend.slope), low: dollars(trend.low), high: dollars(trend.high), days: values.length };
}

/** The rows that changed most in dollars: at least a tenth of what changed most. */
function moversOf(tables: CostReport['tables']): CostReport['movers'] {
  const moved = tables.flatMap(({ by, rows }) =>
    rows.flatMap((row) =>
      row.previous === null || row.name === restName
        ? []
        : [
            {
              by,
              name: row.name,
              amount: Number(row.spend) - Number(row.previous),
              change: usdDifference(row.spend, row.previous),
              spend: row.spend,
            },
          ],
    ),
  );
  const largest = Math.max(0, ...moved.map(({ amount }) => Math.abs(amount)));
  return moved
    .filter(({ amount }) => Math.abs(amount) >= Math.max(0.01, largest * 0.1))
    .sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount))
    .slice(0, 4)
    .map(({ by, name, change, spend }) => ({ by, name, change, spend }));
}

function usdDifference(a: string, b: string): string {
  return usdString((parsePico(a) ?? 0n) - (parsePico(b) ?? 0n));
}
