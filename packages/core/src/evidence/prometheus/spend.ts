import type { BudgetConfig } from '../../config/schema.ts';
import { isTimeZone, startOfDay, startOfMonth } from '../../model/calendar.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { Amount, SpendMetrics, SpendPart, SpendPiece, SpendSource } from '../../model/prometheus.ts';
import { limitsOf } from '../budget-limits.ts';
import type { PrometheusClient } from './client.ts';
import { overlap, type Range, zero } from './estimate.ts';
import { selectNames } from './expression.ts';
import { type FamilyPeriod, type PresentFamily, presentFamily, readFamily, readTokens } from './family.ts';
import { type Began, lookAtStart } from './increase.ts';
import { presentNames } from './names.ts';
import { spendFamilies } from './spend-sources.ts';

/** Below this share of a period with samples, a figure is a lower bound only: series may have come and gone unseen. */
const enoughCoverage = 0.95;

/**
 * Spend of today and of this month, and tokens of the last hour, from counters.
 * `now` (ms) is the server's. Days and months are those of `timeZone`.
 */
export async function readSpend(
  client: PrometheusClient,
  budget: BudgetConfig,
  timeZone: string,
  serverNow: number,
): Promise<Evidence<SpendMetrics>> {
  if (!isTimeZone(timeZone)) {
    return {
      ok: false,
      reason: 'invalid',
      source: client.source,
      detail: `unknown time zone ${timeZone}`,
      hint: 'set timeZone to an IANA name',
    };
  }
  const now = Math.floor(serverNow / 1000) * 1000;
  const dayStart = startOfDay(now, timeZone);
  const monthStart = startOfMonth(now, timeZone);
  const candidates = spendFamilies.flatMap(({ dollars, tokens }) => [...dollars, ...tokens.flatMap(({ metrics }) => metrics)]);
  const names = await presentNames(client, candidates, monthStart, now);
  if ('ok' in names) return names;
  const families = spendFamilies.map((family) => presentFamily(family, names)).filter((family) => family !== undefined);
  const common = { url: client.url, timeZone, dayStart, monthStart, now, limits: limitsOf(budget) };
  if (families.length === 0) return available(client.source, { ...common, ...nothingSeen(client.source) });

  const alive = [
    'up',
    'target_info',
    ...families.flatMap((family) => [...(family.dollars ? [family.dollars] : []), ...family.tokens.map(({ metric }) => metric)]),
  ].join('|');
  const [today, month, hour] = await Promise.all([
    readPeriod(client, families, budget, alive, dayStart, now),
    readPeriod(client, families, budget, alive, monthStart, now),
    readHour(client, families, alive, now),
  ]);
  const gaps: { piece: SpendPiece; unavailable: Unavailable }[] = [
    ...today.gaps.map((unavailable) => ({ piece: 'today' as const, unavailable })),
    ...month.gaps.map((unavailable) => ({ piece: 'month' as const, unavailable })),
    ...hour.gaps.map((unavailable) => ({ piece: 'tokens' as const, unavailable })),
  ];
  const sessions = month.periods.length > 0 ? month.periods : today.periods;
  return available(client.source, {
    ...common,
    sources: families.map(sourceOf),
    notes: notesOf(families, today, month),
    today: amountOf(today.total),
    month: amountOf(month.total),
    todayCoverage: today.coverage,
    monthCoverage: month.coverage,
    tokensLastHour: amountOf(hour.total),
    byAgent: partsOf(today.periods, (period) => period.byAgent),
    bySession: partsOf(sessions, (period) => period.bySession),
    unpriced: unpricedOf(today.periods),
    gaps,
  });
}

interface Period {
  /** Undefined: nothing seen, `gaps` says why. */
  readonly total: Range | undefined;
  readonly coverage: number | null;
  readonly periods: readonly (FamilyPeriod & { readonly present: PresentFamily })[];
  readonly short: readonly string[];
  readonly gaps: readonly Unavailable[];
}

async function readPeriod(
  client: PrometheusClient,
  families: readonly PresentFamily[],
  budget: BudgetConfig,
  alive: string,
  start: number,
  end: number,
): Promise<Period> {
  const [began, coverage] = await Promise.all([lookAtStart(client, alive, start), readCoverage(client, alive, start, end)]);
  const read = await Promise.all(families.map((present) => readFamily(client, present, budget.prices, start, end, began)));
  const gaps = read.filter((one): one is Unavailable => one !== undefined && 'ok' in one);
  const gateway = families.some(({ family, dollars }) => family.gateway && dollars !== undefined);
  const periods = read.flatMap((one, position) => {
    const present = families[position];
    if (one === undefined || 'ok' in one || present === undefined) return [];
    return [{ ...(gateway && present.dollars === undefined ? upperBoundOnly(one) : one), present }];
  });
  if (periods.length === 0 && gaps.length === 0) gaps.push(absent(client.source, 'the spend counters have no samples in that time'));
  const short = periods.flatMap((period) => period.short);
  const share = typeof coverage === 'number' ? coverage : null;
  if (typeof coverage !== 'number') gaps.push(coverage);
  let total = periods.reduce((sum, period) => overlap(sum, period.total), zero);
  if (short.length > 0 || gaps.length > 0 || (share ?? 0) < enoughCoverage) total = { ...total, most: null };
  return { total: periods.length > 0 ? total : undefined, coverage: share, periods, short, gaps };
}

/**
 * A gateway's counter is a measurement; tokens of the agents behind it, priced
 * without their cache discounts, must not raise the lower bound above it.
 */
function upperBoundOnly(period: FamilyPeriod): FamilyPeriod {
  const lower = (range: Range): Range => ({ ...range, least: 0n });
  const all = (parts: ReadonlyMap<string, Range>): ReadonlyMap<string, Range> =>
    new Map([...parts].map(([name, range]) => [name, lower(range)]));
  return { ...period, total: lower(period.total), byAgent: all(period.byAgent), bySession: all(period.bySession) };
}

/** Share of the period at which the server has samples, looked at in up to 1,500 places. */
async function readCoverage(client: PrometheusClient, alive: string, start: number, end: number): Promise<number | Unavailable> {
  const step = Math.max(60, Math.ceil((end - start) / 1000 / 1500));
  const answered = await client.range(`count(${selectNames(alive, client.selector)})`, start, end, step);
  if (!answered.ok) return answered;
  return (answered.data[0]?.values.length ?? 0) / (Math.floor((end - start) / 1000 / step) + 1);
}

async function readHour(
  client: PrometheusClient,
  families: readonly PresentFamily[],
  alive: string,
  now: number,
): Promise<{ readonly total: Range | undefined; readonly gaps: readonly Unavailable[] }> {
  const start = now - 3_600_000;
  const counted = families.filter(({ tokens }) => tokens.length > 0);
  if (counted.length === 0) return { total: undefined, gaps: [absent(client.source, 'no token counters found')] };
  const began: Began = await lookAtStart(client, alive, start);
  const read = await Promise.all(counted.map((present) => readTokens(client, present, start, now, began)));
  let total: Range | undefined;
  const gaps: Unavailable[] = [];
  let short = false;
  for (const tokens of read) {
    if ('ok' in tokens) gaps.push(tokens);
    else if (tokens.series.length > 0) {
      const sum = tokens.series.reduce((all, { grown }) => all + grown, 0n);
      total = overlap(total ?? zero, { least: sum, most: sum });
      short ||= tokens.short.length > 0;
    }
  }
  if (!total && gaps.length === 0) gaps.push(absent(client.source, 'the token counters have no samples in the last hour'));
  return { total: total && (short || gaps.length > 0) ? { ...total, most: null } : total, gaps };
}

function absent(source: string, detail: string): Unavailable {
  return { ok: false, reason: 'absent', source, detail };
}

function nothingSeen(source: string): Omit<SpendMetrics, 'url' | 'timeZone' | 'dayStart' | 'monthStart' | 'now' | 'limits'> {
  const looked = spendFamilies.flatMap(({ dollars }) => dollars.slice(0, 1)).join(', ');
  const unavailable = absent(source, `no spend or token counters found (looked for ${looked} and token counters)`);
  return {
    sources: [],
    notes: [],
    today: null,
    month: null,
    todayCoverage: null,
    monthCoverage: null,
    tokensLastHour: null,
    byAgent: [],
    bySession: [],
    unpriced: [],
    gaps: (['today', 'month', 'tokens'] as const).map((piece) => ({ piece, unavailable })),
  };
}

function sourceOf({ dollars, tokens }: PresentFamily): SpendSource {
  if (dollars !== undefined) return { metric: dollars, basis: 'counter' };
  return { metric: tokens.map(({ metric }) => metric).join(' + '), basis: 'estimated' };
}

function notesOf(families: readonly PresentFamily[], today: Period, month: Period): string[] {
  const metricsOf = (wanted: SpendSource['basis']): string =>
    families
      .map(sourceOf)
      .filter(({ basis }) => basis === wanted)
      .map(({ metric }) => metric)
      .join(', ');
  const [counted, estimated] = [metricsOf('counter'), metricsOf('estimated')];
  const notes: string[] = [];
  if (counted !== '') notes.push(`dollars from ${counted}`);
  if (estimated !== '')
    notes.push(`estimated: ${estimated} × budget.prices; tokens that nobody split lie between the input and the output price`);
  if (families.length > 1) notes.push('several counters may count the same requests: at least the greatest, at most all of them');
  if (month.coverage !== null && month.coverage < enoughCoverage) {
    notes.push(`the server has samples of ${Math.floor(month.coverage * 100)} % of this month: the month is at least what is shown`);
  }
  const short = [...new Set([...today.short, ...month.short])];
  if (short.length > 0)
    notes.push(`less than all was seen: ${short.slice(0, 2).join('; ')}${short.length > 2 ? ` (and ${short.length - 2} more)` : ''}`);
  return notes;
}

function amountOf(range: Range | undefined): Amount | null {
  return range ? { atLeast: String(range.least), atMost: range.most === null ? null : String(range.most) } : null;
}

/** Parts of all families by name, dearest first. */
function partsOf(periods: readonly FamilyPeriod[], pick: (period: FamilyPeriod) => ReadonlyMap<string, Range>): SpendPart[] {
  const all = new Map<string, Range>();
  for (const period of periods) for (const [name, range] of pick(period)) all.set(name, overlap(all.get(name) ?? zero, range));
  return [...all]
    .sort(([a, { least: x }], [b, { least: y }]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1))
    .map(([name, { least, most }]) => ({ name, amount: { atLeast: String(least), atMost: most === null ? null : String(most) } }));
}

function unpricedOf(periods: Period['periods']): SpendMetrics['unpriced'] {
  return periods.flatMap(({ unpriced, present }) =>
    [...unpriced].map(([model, tokens]) => ({ model, tokens: String(tokens), metric: sourceOf(present).metric })),
  );
}
