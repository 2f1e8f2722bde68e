import { isoDate, startOfMonth } from '../../model/calendar.ts';
import type { CostRecommendation, CostReport } from '../../model/cost-report.ts';
import { count, plural } from '../../model/format.ts';
import { picoFromDollars, usdString } from '../../model/money.ts';
import type { Dimension, Ledger, LedgerState } from '../ledger/ledger.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { theilSen } from '../statistics/trend.ts';
import { findAnomalies } from './anomalies.ts';
import { bucketLabels, bucketsOf } from './buckets.ts';
import { cacheSummary } from './cache.ts';
import { type DailyHistory, dailyHistory } from './history.ts';
import { monthSummary } from './month.ts';
import { moversOf } from './movers.ts';
import type { Period } from './period.ts';
import { sessionSummary } from './sessions.ts';
import { costTable, shownRows } from './tables.ts';
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
  /** Name of the practice scenario, where the ledger is a lab's. */
  readonly lab?: string;
  /** What the advice comes to for this period. */
  readonly recommendations?: readonly CostRecommendation[];
  readonly notes?: readonly string[];
}

/** The report of a period, from the ledger's rollups. Whatever was not recorded is said, and compared with nothing. */
export async function buildCostReport(input: CostReportInput): Promise<CostReport> {
  const { ledger, period, now } = input;
  const state = await ledger.state();
  const history = await dailyHistory(ledger, state.firstAt, now, period.timeZone);
  const buckets = bucketsOf(period);
  // A comparison with a span that was only partly recorded would invent a rise.
  const comparable = state.firstAt !== null && state.firstAt <= period.previous.from;
  const table = (by: Dimension | undefined): Promise<CostReport['tables'][number]> =>
    costTable(by, { ledger, period, buckets: buckets.bounds, comparable, limit: shownRows });
  const [whole, tables, month, unusual, unpriced, cache, sessions] = await Promise.all([
    table(undefined),
    Promise.all([...new Set(input.by)].map(table)),
    monthSummary(ledger, history, state.firstAt, input.monthlyBudget, now, period.timeZone),
    findAnomalies(ledger, history, period),
    unpricedModels(ledger, input.book, period),
    cacheSummary(ledger, input.book, period),
    sessionSummary(ledger, period),
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
      bucket: buckets.unit,
      buckets: bucketLabels(buckets, period),
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
      ...(period.previous.namedDays === undefined ? {} : { namedDays: period.previous.namedDays }),
      ...(comparable ? {} : { note: notComparable(state, period.timeZone) }),
    },
    month,
    trend: trendOf(history),
    tables,
    movers: moversOf(tables),
    cache,
    sessions,
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
    notes: [...recordedSince(state, period, now), ...(unusual.note ? [unusual.note] : []), ...rejectNotes(state), ...(input.notes ?? [])],
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function notComparable({ firstAt }: LedgerState, timeZone: string): string {
  return firstAt === null ? 'no records yet' : `nothing to compare with: records begin ${isoDate(firstAt, timeZone)}`;
}

/** What lies before the first record is not $0, it is not known. */
function recordedSince({ firstAt }: LedgerState, { from, to, timeZone }: Period, now: number): string[] {
  if (firstAt === null || firstAt >= to) return [];
  const begin = isoDate(firstAt, timeZone);
  const month = startOfMonth(now, timeZone);
  if (firstAt > from && isoDate(from, timeZone) !== begin)
    return [`records begin ${begin}: what was spent in the days before is not known and not in any sum`];
  return firstAt > month && isoDate(month, timeZone) !== begin ? [`records begin ${begin}: the month is seen from then on`] : [];
}

function rejectNotes({ sources }: LedgerState): string[] {
  return sources
    .filter(({ rejected }) => rejected > 0)
    .map(
      ({ source, rejected, lines }) =>
        `${source}: ${count(rejected)} of ${plural(lines, 'line')} could not be counted (agentops cost ingest --verbose lists them)`,
    );
}

/** Slope of the last eight weeks in dollars a day; weekdays are compared with their like. */
function trendOf(history: DailyHistory): CostReport['trend'] {
  const values = history.dollars.slice(-56);
  const trend = theilSen(values, { period: 7 });
  if (!trend.ok) return null;
  const dollars = (value: number): string => usdString(picoFromDollars(Number(value.toFixed(6))));
  return { perDay: dollars(trend.slope), low: dollars(trend.low), high: dollars(trend.high), days: values.length };
}
