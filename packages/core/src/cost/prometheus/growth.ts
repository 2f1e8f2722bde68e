import type { PrometheusClient } from '../../evidence/prometheus/client.ts';
import { durationOf, select } from '../../evidence/prometheus/expression.ts';
import { identity } from '../../evidence/prometheus/increase.ts';
import type { Series } from '../../evidence/prometheus/response.ts';
import { addDifferences } from '../../evidence/prometheus/restarted.ts';
import type { Unavailable } from '../../model/evidence.ts';
import { parsePico } from '../../model/money.ts';
import { quarterMs } from '../ledger/fit.ts';

/** Instants in ms, multiples of a quarter hour. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How a series grew, by the end of each quarter hour in which it has samples; scaled by 1e12. */
export interface SeriesGrowth {
  readonly labels: Readonly<Record<string, string>>;
  readonly grown: ReadonlyMap<number, bigint>;
}

/** The last sample of a series, and the end of the quarter hour that it lies in. */
export interface LastSample {
  readonly value: bigint;
  readonly end: number;
}

export interface CounterGrowth {
  readonly series: readonly SeriesGrowth[];
  readonly last: ReadonlyMap<string, LastSample>;
  readonly lost: readonly Loss[];
}

/** Growth that nobody saw, in a few words, and the end of the quarter hour in which that showed. */
export interface Loss {
  readonly end: number;
  readonly what: string;
}

/** Whether the first sample of a series shows all that it has counted. */
export interface Births {
  seen(labels: Readonly<Record<string, string>>, start: number): boolean;
}

/** A series that comes back later than this after the end of an earlier run is taken for a new one. */
const rememberedMs = 7 * 86_400_000;

/** The last samples at an instant, for what follows it. */
export async function lastSamples(
  client: PrometheusClient,
  metric: string,
  at: number,
): Promise<ReadonlyMap<string, LastSample> | Unavailable> {
  const window = (ms: number): string => `${select(metric, client.selector)}[${durationOf(ms / 1000)}]`;
  const [last, recent] = await Promise.all([
    client.vector(`last_over_time(${window(rememberedMs)})`, at),
    client.vector(`count_over_time(${window(quarterMs)})`, at),
  ]);
  for (const answered of [last, recent]) {
    if (!answered.ok) return answered;
    if (answered.warnings.length > 0) return warned(client, answered.warnings);
  }
  if (!last.ok || !recent.ok) return { ok: false, reason: 'invalid', source: client.source, detail: '' };
  const until = new Set(recent.data.map(({ labels }) => identity(labels)));
  const found = new Map<string, LastSample>();
  for (const { labels, value } of last.data) {
    const pico = parsePico(value);
    const id = identity(labels);
    // Where it ended before the last quarter hour, when does not matter.
    if (pico !== undefined) found.set(id, { value: pico, end: until.has(id) ? at : at - quarterMs });
  }
  return found;
}

/**
 * Growth of every series of a counter by quarter hour, from raw samples:
 * `increase()` extrapolates and turns whole numbers into fractions. A quarter
 * hour grows by its last sample less the last one before it; where the counter
 * went back to 0 inside, its samples are read one by one.
 */
export async function growthByQuarter(
  client: PrometheusClient,
  metric: string,
  { from, to }: Span,
  before: ReadonlyMap<string, LastSample>,
  births: (lastSeries: readonly Series[]) => Births,
): Promise<CounterGrowth | Unavailable> {
  const step = quarterMs / 1000;
  const window = `${select(metric, client.selector)}[${durationOf(step)}]`;
  const over = (fn: string) => client.range(`${fn}(${window})`, from + quarterMs, to, step);
  const [last, least, resets] = await Promise.all([over('last_over_time'), over('min_over_time'), over('resets')]);
  for (const answered of [last, least, resets]) {
    if (!answered.ok) return answered;
    if (answered.warnings.length > 0) return warned(client, answered.warnings);
  }
  if (!last.ok || !least.ok || !resets.ok) return { ok: false, reason: 'invalid', source: client.source, detail: '' };
  const [leastOf, resetsOf] = [pointsOf(least.data), pointsOf(resets.data)];
  const raw = await readResets(client, window, resets.data);
  if ('ok' in raw) return raw;

  const birth = births(last.data);
  const series: SeriesGrowth[] = [];
  const samples = new Map<string, LastSample>();
  const lost: Loss[] = [];
  const lose = (end: number, what: string): void => void lost.push({ end, what: `${metric}: ${what}` });
  for (const { labels, values } of last.data) {
    const id = identity(labels);
    const grown = new Map<number, bigint>();
    let previous = before.get(id);
    for (const [seconds, text] of values) {
      const end = Math.round(seconds * 1000);
      const start = end - quarterMs;
      const value = parsePico(text);
      if (value === undefined || value < 0n) {
        lose(end, 'samples that are no counts');
        continue;
      }
      const lowest = parsePico(leastOf.get(id)?.get(end) ?? '') ?? value;
      const inside = Number(resetsOf.get(id)?.get(end) ?? 0) > 0;
      const restarted = inside || (previous !== undefined && lowest < previous.value);
      const born = previous === undefined && birth.seen(labels, start);
      if (restarted && previous !== undefined && previous.end < start)
        lose(end, 'restarts while it was not seen: what it counted before is missing');
      if (previous === undefined && !born) lose(end, 'first seen with a count on it: what it counted before is left out');
      const base = previous?.value ?? (born ? 0n : undefined);
      if (inside) grown.set(end, addDifferences(raw.get(id)?.get(end) ?? [], base).sum);
      // Without a reset inside, it lies between the quarter hours: the counter began at 0 again.
      else if (restarted) grown.set(end, value);
      else grown.set(end, value - (base ?? lowest));
      previous = { value, end };
    }
    if (previous !== undefined) samples.set(id, previous);
    series.push({ labels, grown });
  }
  for (const [id, sample] of before) if (!samples.has(id)) samples.set(id, sample);
  return { series, last: samples, lost };
}

/** The samples of the quarter hours in which any series went back to 0. */
async function readResets(
  client: PrometheusClient,
  window: string,
  resets: readonly Series[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, Series['values']>> | Unavailable> {
  const ends = new Set(
    resets.flatMap(({ values }) => values.filter(([, count]) => Number(count) > 0).map(([at]) => Math.round(at * 1000))),
  );
  const found = new Map<string, Map<number, Series['values']>>();
  for (const end of ends) {
    const answered = await client.matrix(window, end);
    if (!answered.ok) return answered;
    for (const { labels, values } of answered.data) {
      const id = identity(labels);
      const byEnd = found.get(id) ?? new Map<number, Series['values']>();
      byEnd.set(end, values);
      found.set(id, byEnd);
    }
  }
  return found;
}

function pointsOf(series: readonly Series[]): ReadonlyMap<string, ReadonlyMap<number, string>> {
  return new Map(
    series.map(({ labels, values }) => [identity(labels), new Map(values.map(([at, value]) => [Math.round(at * 1000), value]))]),
  );
}

/** A partial answer would be counted as if nothing more had been there. */
function warned(client: PrometheusClient, warnings: readonly string[]): Unavailable {
  return {
    ok: false,
    reason: 'invalid',
    source: client.source,
    detail: `the server warns that its answer may be incomplete: ${warnings[0]}`,
  };
}
