import type { Unavailable } from '../../model/evidence.ts';
import { parsePico } from '../../model/money.ts';
import type { PrometheusClient } from './client.ts';
import { durationOf, quoted, select, selectNames } from './expression.ts';
import type { Sample } from './response.ts';

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

/** Counters that went back to 0 are read sample by sample; that many samples at most, or it would not fit a run. */
const mostSamples = 300_000;
const mostResetSeries = 40;

/**
 * Exact growth of every series of a counter from `start` to `end` (ms), resets
 * included. `increase()` extrapolates to the edges of its window and turns whole
 * numbers into fractions, so money uses raw differences:
 *
 * - no reset within: last sample − last sample at or before `start`;
 * - no sample in the day before `start`: the series began since, and counts in
 *   full, for a counter starts at 0 (given that its birth was seen, see
 *   {@link Began}: else only last − first, and `short` says so);
 * - resets within (few series): the raw samples, differences added up, each
 *   reset counting its new value in full.
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
  const [last, resets, counts, least, before] = await Promise.all([
    over('last_over_time'),
    over('resets'),
    over('count_over_time'),
    over('min_over_time'),
    client.vector(`last_over_time(${selector}[1d])`, start),
  ]);
  for (const answered of [last, resets, counts, least, before]) if (!answered.ok) return answered;
  if (!last.ok || !resets.ok || !counts.ok || !least.ok || !before.ok)
    return { ok: false, reason: 'invalid', source: client.source, detail: '' };
  const short = [...last.warnings, ...resets.warnings, ...before.warnings].map((warning) => `the server warns: ${warning}`);
  const [resetOf, countOf, leastOf, beforeOf] = [index(resets.data), index(counts.data), index(least.data), index(before.data)];

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
  if (unknownStart > 0) short.push(`${metric} was not seen from the start`);

  const samples = reset.reduce((sum, { labels }) => sum + Number(countOf.get(identity(labels)) ?? 0), 0);
  const raw = reset.length <= mostResetSeries && samples <= mostSamples;
  if (!raw) short.push(`${reset.length} series of ${metric} restarted; what they counted before is left out (too many samples to read)`);
  const grown = await Promise.all(
    reset.map(async ({ labels, value }) => {
      const answered = raw ? await client.matrix(`${select(metric, client.selector, exactMatchers(labels))}[${span}]`, end) : undefined;
      const found = answered?.ok ? answered.data.find((candidate) => identity(candidate.labels) === identity(labels)) : undefined;
      if (answered && !answered.ok) short.push(`a restarted series of ${metric} could not be read: ${answered.detail}`);
      // Since its last reset a counter holds at least its present value.
      if (!found) return { labels, grown: parsePico(value) ?? 0n };
      const base = parsePico(beforeOf.get(identity(labels)) ?? '') ?? (began.sawBirthOf(labels) ? 0n : undefined);
      return { labels, grown: addDifferences(found.values, base) };
    }),
  );
  return { series: [...series, ...grown], short: [...new Set(short)] };
}

/** Growth over raw samples: differences, and the new value in full after each reset. `base` undefined: from the first sample on. */
export function addDifferences(values: readonly (readonly [number, string])[], base: bigint | undefined): bigint {
  let previous = base;
  let sum = 0n;
  for (const [, text] of values) {
    const value = parsePico(text);
    if (value === undefined) continue;
    if (previous !== undefined) sum += value < previous ? value : value - previous;
    previous = value;
  }
  return sum;
}

function index(samples: readonly Sample[]): ReadonlyMap<string, string> {
  return new Map(samples.map(({ labels, value }) => [identity(labels), value]));
}

/** Labels without the metric's name, which `resets` and its like drop. */
function identity(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => name !== '__name__')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function exactMatchers(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}=${quoted(value)}`);
}
