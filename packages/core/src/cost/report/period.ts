import { AgentOpsError } from '../../errors.ts';
import {
  addDays,
  addMonths,
  atTimeOfDay,
  isoDate,
  isoWeek,
  parseIsoDate,
  startOfDay,
  startOfMonth,
  startOfWeek,
  timeOfDay,
} from '../../model/calendar.ts';

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
  readonly previous: ComparedSpan;
}

/** What a period is compared to. */
export interface ComparedSpan {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** Local days of a span that was named: all of it is compared, whatever its length. Else the part of it that the period has reached. */
  readonly namedDays?: number;
}

export interface PeriodOptions {
  readonly kind?: Exclude<PeriodKind, 'custom'>;
  /** The whole one before the current one: what a job reports on when the week is over. */
  readonly last?: boolean;
  /** Local dates, both inclusive. */
  readonly from?: string;
  readonly to?: string;
  /** `previous` (the span before, default), `previous-year`, or local dates `FROM..TO`, both inclusive. */
  readonly compare?: string;
}

/**
 * The period that is meant at `now`: the current day, ISO week or month in the
 * time zone, the one before it, or the days from…to. Throws `usage` on a date that is none.
 */
export function resolvePeriod(options: PeriodOptions, now: number, timeZone: string): Period {
  const period = withSpanBefore(options, now, timeZone);
  const { compare = 'previous' } = options;
  return compare === 'previous' ? period : { ...period, previous: comparedSpan(compare, period, now) };
}

function withSpanBefore(options: PeriodOptions, now: number, timeZone: string): Period {
  if (options.from !== undefined || options.to !== undefined) {
    if (options.kind !== undefined) throw new AgentOpsError('usage', '--period names the span by itself: leave it out, or --from and --to');
    return customPeriod(options, now, timeZone);
  }
  const kind = options.kind ?? 'week';
  const startOf = { day: startOfDay, week: startOfWeek, month: startOfMonth }[kind];
  const current = startOf(now, timeZone);
  const start = options.last ? startOf(current - 1, timeZone) : current;
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

/** First instant of a local date that an option gives. */
function dateOf(option: string, text: string, timeZone: string): number {
  const at = parseIsoDate(text, timeZone);
  if (at === undefined) throw new AgentOpsError('usage', `--${option}: "${text}" is not a date`, { hint: 'such as 2026-11-21' });
  return at;
}

function comparedSpan(compare: string, period: Period, now: number): ComparedSpan {
  const { kind, from, to, timeZone } = period;
  if (compare === 'previous-year') {
    // Days and weeks are held against the same weekdays, 52 weeks before; months and spans of dates against the same dates.
    const before =
      kind === 'day' || kind === 'week' ? addDays(from, -364, timeZone) : firstOf(yearBefore(isoDate(from, timeZone)), timeZone);
    const end =
      kind === 'day' || kind === 'week'
        ? addDays(to, -364, timeZone)
        : addDays(firstOf(yearBefore(isoDate(to - 1, timeZone)), timeZone), 1, timeZone);
    const reached = period.seenTo === to ? end : Math.min(end, samePoint(period, before));
    return { from: before, to: reached, label: labelOf(kind, before, end, timeZone) };
  }
  const [first, last, ...rest] = compare.split('..');
  if (!first || !last || rest.length > 0)
    throw new AgentOpsError('usage', `--compare: "${compare}" is no span`, {
      hint: 'previous, previous-year, or dates such as 2026-10-01..2026-10-07',
    });
  const start = dateOf('compare', first, timeZone);
  const end = addDays(dateOf('compare', last, timeZone), 1, timeZone);
  if (start >= end) throw new AgentOpsError('usage', `--compare: ${first} lies after ${last}`);
  if (end > addDays(now, 1, timeZone)) throw new AgentOpsError('usage', `--compare: ${last} has not come yet`);
  const label = labelOf('custom', start, end, timeZone);
  return { from: start, to: end, label, namedDays: daysBetween(start, end, timeZone).length - 1 };
}

/** `2028-02-29` → `2027-02-28`. */
function yearBefore(date: string): string {
  const before = `${Number(date.slice(0, 4)) - 1}${date.slice(4)}`;
  return date.endsWith('-02-29') ? before.replace(/29$/, '28') : before;
}

function firstOf(date: string, timeZone: string): number {
  const at = parseIsoDate(date, timeZone);
  if (at === undefined) throw new RangeError(`no date: ${date}`);
  return at;
}

function customPeriod(options: PeriodOptions, now: number, timeZone: string): Period {
  const parse = (name: string, text: string): number => dateOf(name, text, timeZone);
  const to = addDays(options.to === undefined ? now : parse('to', options.to), 1, timeZone);
  const from = options.from === undefined ? addDays(to, -7, timeZone) : parse('from', options.from);
  if (from >= to) throw new AgentOpsError('usage', '--from lies after --to');
  if (from > now) throw new AgentOpsError('usage', '--from lies in the future');
  const length = daysBetween(from, to, timeZone).length - 1;
  return build('custom', from, to, addDays(from, -length, timeZone), now, timeZone);
}

function build(kind: PeriodKind, from: number, to: number, before: number, now: number, timeZone: string): Period {
  const seenTo = Math.min(to, Math.max(now, from));
  const period = { from, seenTo, days: daysBetween(from, to, timeZone), timeZone };
  const previousTo = seenTo === to ? from : Math.min(from, samePoint(period, before));
  const previous = { from: before, to: previousTo, label: labelOf(kind, before, from, timeZone) };
  return { kind, to, label: labelOf(kind, from, to, timeZone), previous, ...period };
}

/**
 * The point of a span that begins at `start` which the period has reached: as
 * many whole days and as much of a day as have passed, so that 14:00 is
 * compared with 14:00, daylight saving or not. Ledgers know quarter hours.
 */
function samePoint({ seenTo, days, timeZone }: Pick<Period, 'seenTo' | 'days' | 'timeZone'>, start: number): number {
  const index = days.findLastIndex((day) => day <= seenTo);
  const quarter = 900_000;
  const clock = Math.round(timeOfDay(seenTo, timeZone) / quarter) * quarter;
  return atTimeOfDay(addDays(start, index, timeZone), clock, timeZone);
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
  if (kind === 'day' || isoDate(from, timeZone) === isoDate(last, timeZone))
    return format(from, { weekday: 'short', ...full }).replace(',', '');
  if (kind === 'month') return format(from, { month: 'long', year: 'numeric' });
  const [first, end] = [isoDate(from, timeZone), isoDate(last, timeZone)];
  const start =
    first.slice(0, 7) === end.slice(0, 7)
      ? day
      : first.slice(0, 4) === end.slice(0, 4)
        ? ({ day: 'numeric', month: 'short' } as const)
        : full;
  const range = `${format(from, start)}–${format(last, full)}`;
  return kind === 'week' ? `Week ${isoWeek(from, timeZone).week}, ${range}` : range;
}
