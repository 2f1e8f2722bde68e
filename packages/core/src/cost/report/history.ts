import { addDays, isoDate, startOfDay } from '../../model/calendar.ts';
import type { HistorySpan } from '../../model/cost-outlook.ts';
import { plural } from '../../model/format.ts';
import { picoToNumber } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { daysBetween } from './period.ts';

/** How far back trend, anomalies and forecast look. */
export const historyDays = 180;

/** Spend of whole local days, up to and without today. */
export interface DailyHistory {
  /** First instants of the days, and of the day after the last. */
  readonly days: readonly number[];
  readonly dates: readonly string[];
  readonly pico: readonly bigint[];
  readonly dollars: readonly number[];
}

/**
 * The days before today since the first record's: the day on which recording
 * began is left out, for it was not seen whole. A day without a record counts
 * as $0: between the first record and now the sources were there.
 */
export async function dailyHistory(ledger: Ledger, firstAt: number | null, now: number, timeZone: string): Promise<DailyHistory> {
  const today = startOfDay(now, timeZone);
  const oldest = addDays(today, -historyDays, timeZone);
  const begun = firstAt === null ? today : addDays(firstAt, 1, timeZone);
  const from = Math.max(oldest, begun);
  if (from >= today) return { days: [today], dates: [], pico: [], dollars: [] };
  const days = daysBetween(from, today, timeZone);
  const rows = await ledger.rows({ from, to: today, by: [], buckets: days });
  const pico = days.slice(0, -1).map(() => 0n);
  for (const row of rows) pico[row.bucket] = (pico[row.bucket] ?? 0n) + row.cost;
  return { days, dates: days.slice(0, -1).map((day) => isoDate(day, timeZone)), pico, dollars: pico.map(picoToNumber) };
}

/** What a statement about the history rests on. */
export async function historySpan(ledger: Ledger, { days, dates }: DailyHistory, lastAt: number | null): Promise<HistorySpan> {
  const [from, to] = [days[0] ?? 0, days.at(-1) ?? 0];
  const rows = from < to ? await ledger.rows({ from, to, by: [] }) : [];
  return {
    days: dates.length,
    from: dates[0] ?? null,
    to: dates.at(-1) ?? null,
    newestRecordAt: lastAt === null ? null : new Date(lastAt).toISOString(),
    unpricedTokens: rows.reduce((sum, row) => sum + row.unpricedTokens, 0),
  };
}

/** Days without a record count as $0, which is wrong where records merely have not been read. */
export function staleNotes(lastAt: number | null, now: number, timeZone: string): string[] {
  if (lastAt === null) return ['there are no records'];
  const last = startOfDay(lastAt, timeZone);
  const empty = daysBetween(last, startOfDay(now, timeZone), timeZone).length - 2;
  return empty < 1
    ? []
    : [
        `the newest record is of ${isoDate(last, timeZone)}: ${plural(empty, 'whole day')} since then ${empty === 1 ? 'counts' : 'count'} as $0`,
      ];
}
