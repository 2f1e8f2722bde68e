import type { CostReport } from '../../model/cost-report.ts';
import { duration, plural } from '../../model/format.ts';
import { atLeast, cents, change, picoOf, rough, share, signed } from './words.ts';

/** The first sentences of a report, the same words in every format. */
export interface Headline {
  /** `$412.18`, `≥ $412.18`, or that nothing was recorded. */
  readonly spend: string;
  /** `▲ 18 % on the same part of Week 46 ($349.31)`. */
  readonly compared: string;
  /** `November $1,214 so far`, the forecast, the budget: parts of one line. */
  readonly month: readonly string[];
  /** Trend, cache, sessions: what else there is to say of the whole. */
  readonly more: readonly string[];
  /** `5 of 7 days · newest record 2 min ago`. */
  readonly data: readonly string[];
}

/** Whether anything of the period was recorded: what was not is no $0. */
export function isRecorded({ freshness, period }: CostReport): boolean {
  return freshness.firstRecordAt !== null && Date.parse(freshness.firstRecordAt) < Date.parse(period.to);
}

export function headlineOf(report: CostReport): Headline {
  const { total } = report;
  if (!isRecorded(report))
    return { spend: 'no records of that time', compared: '', month: monthParts(report), more: [], data: dataParts(report) };
  return {
    spend: atLeast(cents(picoOf(total.spend)), total.unpricedTokens),
    compared: comparedTo(report),
    month: monthParts(report),
    more: moreParts(report),
    data: dataParts(report),
  };
}

function comparedTo({ previous, total, period, generatedAt }: CostReport): string {
  if (previous.spend === null) return previous.note ?? '';
  const { label, namedDays } = previous;
  const part =
    namedDays !== undefined
      ? `${label}${namedDays === period.daysSeen ? '' : `, ${plural(namedDays, 'day')} against ${plural(period.daysSeen, 'day')}`}`
      : Date.parse(generatedAt) < Date.parse(period.to)
        ? `the same part of ${label}`
        : label;
  if (picoOf(previous.spend) === 0n) return `${picoOf(total.spend) === 0n ? 'as nothing' : 'nothing was spent'} in ${part}`;
  return `${change(previous.change)} on ${part} (${cents(picoOf(previous.spend))})`;
}

function monthParts({ month, freshness }: CostReport): string[] {
  if (freshness.firstRecordAt === null) return [];
  const { forecast } = month;
  const budget = budgetParts(month);
  return [
    `${month.label} ${atLeast(rough(picoOf(month.spent)), month.unpricedTokens)} so far`,
    ...(forecast
      ? [`forecast ${rough(picoOf(forecast.point))} (80 %: ${rough(picoOf(forecast.low))}–${rough(picoOf(forecast.high))})`]
      : []),
    ...(month.budget === null ? [] : [`budget ${rough(picoOf(month.budget))}${budget.length > 0 ? `: ${budget.join(', ')}` : ''}`]),
    ...(forecast?.note ? [forecast.note] : []),
    ...(month.forecastNote ? [month.forecastNote] : []),
  ];
}

/** How the month's budget stands: burn rate (1 spends it exactly), how likely it is kept. */
export function budgetParts({ burnRate, probabilityKept }: CostReport['month']): string[] {
  return [
    ...(burnRate === null ? [] : [`burn rate ${burnRate.toFixed(2)}`]),
    ...(probabilityKept === null ? [] : [likely(probabilityKept)]),
  ];
}

/** Rounded to the cautious side: what is not certain is not called so. */
function likely(probability: number): string {
  const rounded = Math.round(probability * 100);
  if (probability <= 0) return 'exceeded';
  if (rounded >= 100) return 'over 99 % likely kept';
  return rounded < 1 ? 'under 1 % likely kept' : `${rounded} % likely kept`;
}

function moreParts({ trend, cache, sessions }: CostReport): string[] {
  const parts: string[] = [];
  if (trend && isSteady(trend))
    parts.push(
      `trend ${signed(picoOf(trend.perDay))} a day over ${plural(trend.days, 'day')} (95 %: ${signed(picoOf(trend.low))} to ${signed(picoOf(trend.high))})`,
    );
  if (cache.hitShare !== null && cache.saved !== null) {
    const saved = picoOf(cache.saved);
    const came = `${share(cache.hitShare)} of the input came from a cache`;
    parts.push(saved >= 0n ? `${came}, which saved ${rough(saved)}` : `${came}, which cost ${rough(-saved)} more than it saved`);
  }
  if (sessions)
    parts.push(
      `${plural(sessions.count, 'session')}, ${cents(picoOf(sessions.mean))} each on average, the dearest ${cents(picoOf(sessions.dearest.spend))}`,
    );
  return parts;
}

/** A slope that is no accident, and is worth a word. */
function isSteady({ perDay, low, high }: NonNullable<CostReport['trend']>): boolean {
  const cent = 10_000_000_000n;
  return (picoOf(low) > 0n && picoOf(perDay) >= cent) || (picoOf(high) < 0n && picoOf(perDay) <= -cent);
}

function dataParts({ period, freshness, generatedAt }: CostReport): string[] {
  const newest = freshness.newestRecordAt;
  const age = newest === null ? 0 : Date.parse(generatedAt) - Date.parse(newest);
  return [
    ...(period.daysSeen < period.days ? [`${period.daysSeen} of ${plural(period.days, 'day')}`] : []),
    newest === null ? 'no records' : age < 0 ? 'newest record dated in the future' : `newest record ${duration(age)} ago`,
  ];
}

/** What to do where there is nothing to report on. */
export const gettingStarted = [
  'No usage records yet, so there is nothing to report on.',
  'The logs of Claude Code and Codex of this user are read by themselves, where there are any.',
  'Name other logs and exports under cost.sources in agentops.yaml: files, folders or patterns.',
  'agentops cost ingest says what was found, and which lines could not be counted.',
];
