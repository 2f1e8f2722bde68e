import type { Reading } from '../../model/prometheus.ts';
import { growth, quoted, select, sumBy } from './expression.ts';
import { quantile } from './histogram.ts';
import type { MetricGroup, RowKey } from './profiles/profile.ts';
import type { PieceQuery } from './query-log.ts';
import { exactly, none } from './reading.ts';
import type { Sample } from './response.ts';
import { byRow, type Found, keyOf } from './rows.ts';

/** Latency by row. */
export interface Latency {
  /** Rows that have latency, whether or not requests are counted. */
  readonly keys: ReadonlyMap<string, RowKey>;
  /** Observations by row; undefined where not read. */
  readonly count: ReadonlyMap<string, number> | undefined;
  of(id: string, requests: Reading): { readonly mean: Reading; readonly p95: Reading; readonly p99: Reading };
}

/**
 * Mean from `_sum` over `_count`; quantiles from the buckets of a histogram, or
 * from a summary's own quantiles. Those of several instances can't be merged:
 * the truth lies between the least and the greatest, and that is what is told.
 */
export async function readLatency(
  base: string | undefined,
  group: MetricGroup,
  found: Found,
  selector: string,
  query: PieceQuery,
): Promise<Latency> {
  if (base === undefined) {
    const missing = none('not-exported', `${group.latency[0]} is not exported`);
    return { keys: new Map(), count: undefined, of: () => ({ mean: missing, p95: missing, p99: missing }) };
  }
  const { names, windowSeconds } = found;
  const grown = (suffix: string): Promise<readonly Sample[] | undefined> | undefined =>
    names.has(`${base}${suffix}`) ? query('latency', sumBy(group.labels, growth(`${base}${suffix}`, selector, windowSeconds))) : undefined;
  const histogram = names.has(`${base}_bucket`);
  const summary = !histogram && names.has(base);
  const wanted = select(base, selector, [`quantile=~${quoted('0\\.950*|0\\.990*')}`]);
  const by = [...group.labels, 'quantile'];
  const [buckets, sums, counts, most, least] = await Promise.all([
    histogram ? query('latency', sumBy([...group.labels, 'le'], growth(`${base}_bucket`, selector, windowSeconds))) : undefined,
    grown('_sum'),
    grown('_count'),
    summary ? query('latency', `max by (${by.join(', ')}) (${wanted})`) : undefined,
    summary ? query('latency', `min by (${by.join(', ')}) (${wanted})`) : undefined,
  ]);
  const bucketRows = new Map<string, Map<number, number>>();
  for (const { labels, value } of buckets ?? []) {
    const le = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    for (const key of group.rows(labels)) {
      const row = bucketRows.get(keyOf(key)) ?? new Map<number, number>();
      bucketRows.set(keyOf(key), row);
      row.set(le, (row.get(le) ?? 0) + Number(value));
    }
  }
  const high = quantileRows(most, group, Math.max);
  const low = quantileRows(least, group, Math.min);
  const sum = byRow(sums, group);
  const count = byRow(counts, group);
  const keys = new Map<string, RowKey>();
  for (const { labels } of [...(buckets ?? []), ...(counts ?? []), ...(most ?? [])]) {
    for (const key of group.rows(labels)) keys.set(keyOf(key), key);
  }

  function meanOf(id: string, requests: Reading): Reading {
    if (!names.has(`${base}_sum`) || !names.has(`${base}_count`)) return none('not-exported', `${base}_sum and _count are not exported`);
    if (!sum || !count) return none('unseen', `the query for ${base} failed`);
    const observations = count.get(id);
    if (observations === undefined) return unobserved(requests);
    return observations === 0 ? none('idle', 'no requests in the window') : exactly((sum.get(id) ?? Number.NaN) / observations);
  }

  function quantileOf(id: string, q: 0.95 | 0.99, requests: Reading): Reading {
    if (histogram) {
      if (!buckets) return none('unseen', `the query for ${base}_bucket failed`);
      const row = bucketRows.get(id);
      if (!row) return unobserved(requests);
      if (row.get(Number.POSITIVE_INFINITY) === 0) return none('idle', 'no requests in the window');
      const answer = quantile(q, { counts: row });
      if (!answer) return none('unseen', `${base}_bucket has no usable buckets`);
      if (!answer.atLeast) return exactly(answer.value);
      return { value: answer.value, low: answer.value, high: null, why: `beyond the largest bucket (${answer.value} s)` };
    }
    if (!summary) return none('not-exported', `${base} has no buckets and no quantiles`);
    if (!most || !least) return none('unseen', `the query for ${base} failed`);
    const [top, bottom] = [high.get(`${id} ${q}`), low.get(`${id} ${q}`)];
    if (top === undefined || bottom === undefined) {
      return high.has(`${id} any`) ? none('not-exported', `${base} has no quantile ${q}`) : unobserved(requests);
    }
    if (Number.isNaN(top)) return none('idle', 'no requests in the window of the summary');
    return top === bottom ? exactly(top) : { value: top, low: bottom, high: top, why: 'summaries of several instances can’t be merged' };
  }

  /** No growth of it seen: the same holds for its requests, or it has requests and no latency. */
  function unobserved(requests: Reading): Reading {
    if (requests.value === 0) return none('idle', 'no requests in the window');
    if (requests.value !== null) return none('not-exported', `${base} has no series of it`);
    return none('unseen', `fewer than two samples of ${base} in the window`);
  }

  return {
    keys,
    count,
    of: (id, requests) => ({ mean: meanOf(id, requests), p95: quantileOf(id, 0.95, requests), p99: quantileOf(id, 0.99, requests) }),
  };
}

/** Row and quantile → value; NaN (a summary without recent observations) loses to a number. */
function quantileRows(
  samples: readonly Sample[] | undefined,
  group: MetricGroup,
  better: (a: number, b: number) => number,
): Map<string, number> {
  const rows = new Map<string, number>();
  for (const { labels, value } of samples ?? []) {
    for (const key of group.rows(labels)) {
      const id = `${keyOf(key)} ${Number(labels.quantile)}`;
      const before = rows.get(id);
      const now = Number(value);
      rows.set(`${keyOf(key)} any`, now);
      rows.set(id, before === undefined || Number.isNaN(before) ? now : Number.isNaN(now) ? before : better(before, now));
    }
  }
  return rows;
}
