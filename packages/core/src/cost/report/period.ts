import { AgentOpsError } from '../../errors.ts';
import { addDays, addMonths, isoDate, isoWeek, parseIsoDate, startOfDay, startOfMonth, startOfWeek } from '../../model/calendar.ts';

export type PeriodKind = 'day' | 'week' | 'month' | 'custom';

/** A span of whole local days, with the span before it that it is compared to. */
export interface Period {
  readonly kind: PeriodKind;
  readonly timeZone: string;
  /** ms, inclusive. */
  readonly from: number;
  /** ms, exclusive; may lie in the future. */
  readonly to: number;
  /** Where the data end: `to`, or now if that is sooner. */
  readonly seenTo: number;
  /** First instants of its days, and `to`. */
  readonly days: readonly number[];
  /** `Week 47, 16–22 Nov 2026`. */
  readonly label: string;
  /** The same length of the span before it, up to the same point of it. */
  readonly previous: { readonly from: number; readonly to: number; readonly label: string };
}

export interface PeriodOptions {
  readonly kind?: Exclude<PeriodKind, 'custom'>;
  /** Local dates, both inclusive. */
  readonly from?: string;
  readonly to?: string;
}

/**
 * The period that is meant at `now`: the current day, ISO week or month in the
 * time zone, or the days from…to. Throws `usage` on a date that is none.
 */
export function resolvePeriod(options: PeriodOptions, now: number, timeZone: string): Period {
  if (options.from !== undefined || options.to !== undefined) return customPeriod(options, now, timeZone);
  const kind = options.kind ?? 'week';
  const start = { day: startOfDay, week: startOfWeek, month: startOfMonth }[kind](now, timeZone);
  const end = {
    day: () => addDays(start, 1, timeZone),
    week: () => addDays(start, 7, timeZone),
    month: () => addMonths(start, 1, timeZone),
  }[kind]();
  const before = {
    day: () => addDays(start, -1, timeZone),
    week: () => addDays(start, -7, timeZone),
    month: () => addMonths(start, -1, timeZone),
  }[kind]();
  return build(kind, start, end, before, now, timeZone);
}

function customPeriod(options: PeriodOptions, now: number, timeZone: string): Period {
  const parse = (name: string, text: string): number => {
    const at = parseIsoDate(text, timeZone);
    if (at === undefined) throw new AgentOpsError('usage', `--${name}: "${text}" is not a date`, { hint: 'such as 2026-11-21' });
    return at;
  };
  const to = addDays(options.to === undefined ? now : parse('to', options.to), 1, timeZone);
  const from = options.from === undefined ? addDays(to, -7, timeZone) : parse('from', options.from);
  if (from >= to) throw new AgentOpsError('usage', '--from lies after --to');
  const length = daysBetween(from, to, timeZone).length - 1;
  return build('custom', from, to, addDays(from, -length, timeZone), now, timeZone);
}

function build(kind: PeriodKind, from: number, to: number, before: number, now: number, timeZone: string): Period {
  const seenTo = Math.min(to, Math.max(now, from));
  const days = daysBetween(from, to, timeZone);
  // As many whole days and as much of a day as have passed: 14:00 is compared with 14:00, daylight saving or not.
  const index = days.findLastIndex((day) => day <= seenTo);
  const lastDay = days[index] ?? from;
  // Ledgers know quarter hours.
  const quarter = 900_000;
  const sinceMidnight = Math.round((seenTo - lastDay) / quarter) * quarter;
  const previousTo = seenTo === to ? from : Math.min(from, addDays(before, index, timeZone) + sinceMidnight);
  return {
    kind,
    timeZone,
    from,
    to,
    seenTo,
    days,
    label: labelOf(kind, from, to, timeZone),
    previous: { from: before, to: previousTo, label: labelOf(kind, before, from, timeZone) },
  };
}

/** First instants of the local days in [from, to), and `to`. */
export function daysBetween(from: number, to: number, timeZone: string): number[] {
  const days: number[] = [];
  for (let day = from; day < to; day = addDays(day, 1, timeZone)) days.push(day);
  return [...days, to];
}

function labelOf(kind: PeriodKind, from: number, to: number, timeZone: string): string {
  const last = to - 1;
  const format = (at: number, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(at);
  const day = { day: 'numeric' } as const;
  const full = { day: 'numeric', month: 'short', year: 'numeric' } as const;
  if (kind === 'day') return format(from, { weekday: 'short', ...full }).replace(',', '');
  if (kind === 'month') return format(from, { month: 'long', year: 'numeric' });
  const sameMonth = isoDate(from, timeZone).slice(0, 7) === isoDate(last, timeZone).slice(0, 7);
  const range = `${sameMonth ? format(from, day) : format(from, { day: 'numeric', month: 'short' })}–${format(last, full)}`;
  return kind === 'week' ? `Week ${isoWeek(from, timeZone).week}, ${range}` : range;
}
