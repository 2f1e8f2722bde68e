import type { Unavailable } from '../../model/evidence.ts';
import { parsePico } from '../../model/money.ts';
import type { PrometheusClient } from './client.ts';
import { durationOf, quoted, select, selectNames } from './expression.ts';
import type { Sample } from './response.ts';
import { type ReadAllowance, restartedGrowth } from './restarted.ts';

/** How much one counter series grew, scaled by 1e12. */
export interface SeriesGrowth {
  readonly labels: Readonly<Record<string, string>>;
  readonly grown: bigint;
}

export interface CounterGrowth {
  readonly series: readonly SeriesGrowth[];
  /** Why the sum may be less than the truth; empty: it is exact. */
  readonly short: readonly string[];
}

/** What was being scraped at the start of a period. */
export interface Began {
  /** True where a series without a sample before the start has begun since, rather than not having been looked at. */
  sawBirthOf(labels: Readonly<Record<string, string>>): boolean;
}

/**
 * Looks at the start of a period (ms). A series' birth was seen if the server
 * had samples then, and the series' target was being scraped or its process did
 * not exist: a target that was added to the scrape configuration at noon brings
 * the spend of all its life.
 */
export async function lookAtStart(client: PrometheusClient, alive: string, start: number): Promise<Began> {
  const [any, scraped, old] = await Promise.all([
    client.vector(`count(last_over_time(${selectNames(alive, client.selector)}[1d]))`, start),
    client.vector(`group by (job, instance) (last_over_time(${select('up', client.selector)}[1d]))`, start),
    client.vector(`${select('process_start_time_seconds', client.selector)} < ${Math.floor(start / 1000)}`),
  ]);
  const target = (labels: Readonly<Record<string, string>>): string => `${labels.job ?? ''}\n${labels.instance ?? ''}`;
  const seen = any.ok && any.data.length > 0;
  const known = new Set(scraped.ok ? scraped.data.map(({ labels }) => target(labels)) : []);
  const older = new Set(old.ok ? old.data.map(({ labels }) => target(labels)) : []);
  return { sawBirthOf: (labels) => seen && (known.has(target(labels)) || !older.has(target(labels))) };
}

/** Counters that went back to 0 are read in part sample by sample; so many series and reads at most, or it would not fit a run. */
const mostResetSeries = 40;
const mostRawReads = 200;

/**
 * Exact growth of every series of a counter from `start` to `end` (ms), resets
 * included. `increase()` extrapolates to the edges of its window and turns whole
 * numbers into fractions, so money uses raw differences:
 *
 * - no reset within: last sample − last sample at or before `start`;
 * - no sample in the day before `start`: the series began since, and counts in
 *   full, for a counter starts at 0 (given that its birth was seen, see
 *   {@link Began}: else only last − first, and `short` says so);
 * - resets within: the raw samples around them, see {@link restartedGrowth}.
 *
 * What is lost in every case: growth between the last scrape before a restart
 * and the restart. No server has seen it.
 */
export async function counterGrowth(
  client: PrometheusClient,
  metric: string,
  start: number,
  end: number,
  began: Began,
): Promise<CounterGrowth | Unavailable> {
  const selector = select(metric, client.selector);
  // Milliseconds of rounding would make the window miss its first sample or take one too many.
  const span = durationOf((end - start) / 1000);
  const over = (fn: string): Promise<Awaited<ReturnType<PrometheusClient['vector']>>> => client.vector(`${fn}(${selector}[${span}])`, end);
  const [last, resets, least, before] = await Promise.all([
    over('last_over_time'),
    over('resets'),
    over('min_over_time'),
    client.vector(`last_over_time(${selector}[1d])`, start),
  ]);
  for (const answered of [last, resets, least, before]) if (!answered.ok) return answered;
  if (!last.ok || !resets.ok || !least.ok || !before.ok) return { ok: false, reason: 'invalid', source: client.source, detail: '' };
  const short = [...last.warnings, ...resets.warnings, ...before.warnings].map((warning) => `the server warns: ${warning}`);
  const [resetOf, leastOf, beforeOf] = [index(resets.data), index(least.data), index(before.data)];

  const labelNames = new Set(last.data.flatMap(({ labels }) => Object.keys(labels)).filter((name) => name !== '__name__'));
  const series: SeriesGrowth[] = [];
  const reset: Sample[] = [];
  let unknownStart = 0;
  for (const sample of last.data) {
    const id = identity(sample.labels);
    const now = parsePico(sample.value);
    if (now === undefined) {
      short.push(`${metric} has a series that is not a number`);
      continue;
    }
    const base = parsePico(beforeOf.get(id) ?? '');
    // `resets` looks at the window alone: a value below the one before the window is a reset, too.
    const first = parsePico(leastOf.get(id) ?? '');
    if (Number(resetOf.get(id) ?? 0) > 0) {
      reset.push(sample);
      continue;
    }
    if (base !== undefined) series.push({ labels: sample.labels, grown: first !== undefined && first < base ? now : now - base });
    else if (began.sawBirthOf(sample.labels)) series.push({ labels: sample.labels, grown: now });
    else {
      unknownStart++;
      series.push({ labels: sample.labels, grown: now - (first ?? now) });
    }
  }

  const allowance: ReadAllowance = { left: mostRawReads };
  const grown = await Promise.all(
    reset.slice(0, mostResetSeries).map(async ({ labels }) => {
      const known = parsePico(beforeOf.get(identity(labels)) ?? '');
      const base = known ?? (began.sawBirthOf(labels) ? 0n : undefined);
      if (base === undefined) unknownStart++;
      const one = await restartedGrowth(client, exactly(metric, client.selector, labels, labelNames), start, end, base, allowance);
      if (one.short !== undefined) short.push(`a restarted series of ${metric} was not read in full: ${one.short}`);
      return { labels, grown: one.grown };
    }),
  );
  const rest = reset.slice(mostResetSeries);
  if (rest.length > 0) short.push(`${rest.length} more series of ${metric} restarted; what they counted before is left out`);
  // What a counter holds now it has counted since its last reset, which lies in the period.
  for (const { labels, value } of rest) series.push({ labels, grown: parsePico(value) ?? 0n });
  if (unknownStart > 0) short.push(`${metric} was not seen from the start`);
  return { series: [...series, ...grown], short: [...new Set(short)] };
}

function index(samples: readonly Sample[]): ReadonlyMap<string, string> {
  return new Map(samples.map(({ labels, value }) => [identity(labels), value]));
}

/** Labels without the metric's name, which `resets` and its like drop. */
export function identity(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => name !== '__name__')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** A selector for that series alone: labels that others of the metric have, and it has not, are matched as empty. */
function exactly(metric: string, selector: string, labels: Readonly<Record<string, string>>, names: ReadonlySet<string>): string {
  return select(
    metric,
    selector,
    [...names].map((name) => `${name}=${quoted(labels[name] ?? '')}`),
  );
}
