import { addMonths, startOfMonth } from '../../model/calendar.ts';
import type { CostReport } from '../../model/cost-report.ts';
import type { Period } from './period.ts';

export interface Buckets {
  readonly unit: CostReport['period']['bucket'];
  /** Bounds, ascending: first = the period's start, last = its end. */
  readonly bounds: readonly number[];
}

/** A year of days would be a query each, and a line that nobody can read. */
const mostDays = 100;
const hour = 3_600_000;

/** What a sparkline and a chart show a point of: hours of a day, days, months of a long period. */
export function bucketsOf(period: Period): Buckets {
  const { kind, from, to, days, timeZone } = period;
  if (kind === 'day' || days.length === 2) return { unit: 'hour', bounds: upTo(from, to, (at) => at + hour) };
  if (days.length - 1 <= mostDays) return { unit: 'day', bounds: days };
  const first = addMonths(startOfMonth(from, timeZone), 1, timeZone);
  return { unit: 'month', bounds: [from, ...upTo(first, to, (at) => addMonths(at, 1, timeZone))] };
}

function upTo(from: number, to: number, next: (at: number) => number): number[] {
  const bounds: number[] = [];
  for (let at = from; at < to; at = next(at)) bounds.push(at);
  return [...bounds, to];
}

/** `14:00`, `Thu 19`, `19 Nov`, `Nov 2026`. */
export function bucketLabels({ unit, bounds }: Buckets, { timeZone, days }: Period): string[] {
  const options: Intl.DateTimeFormatOptions =
    unit === 'hour'
      ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
      : unit === 'month'
        ? { month: 'short', year: 'numeric' }
        : { day: 'numeric', ...(days.length <= 8 ? { weekday: 'short' } : { month: 'short' }) };
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
  return bounds.slice(0, -1).map((at) => format.format(at));
}
