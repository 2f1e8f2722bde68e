import type { AgentPerformance, MetricProfile, PerformancePiece, Reading } from '../../model/prometheus.ts';
import { growth, select, sumBy } from './expression.ts';
import { type Latency, readLatency } from './latency.ts';
import type { MetricGroup, PerRequest, RowKey } from './profiles/profile.ts';
import type { PieceQuery } from './query-log.ts';
import { addOutcome, emptyTally, exactly, none, share, type Tally } from './reading.ts';
import type { Sample } from './response.ts';
import { byRow, type Found, keyOf } from './rows.ts';

/** Reads one group of metrics: one row an agent (or model). */
export async function readGroup(
  profile: MetricProfile,
  group: MetricGroup,
  found: Found,
  selector: string,
  query: PieceQuery,
): Promise<AgentPerformance[]> {
  const requestMetric = group.requests.find((name) => found.names.has(name));
  const latencyBase = group.latency.find((base) => found.names.has(`${base}_count`) || found.names.has(base));
  const anchor = requestMetric ?? (latencyBase && found.names.has(`${latencyBase}_count`) ? `${latencyBase}_count` : latencyBase);
  if (anchor === undefined) return [];
  const failureMetric = group.failures.find((name) => found.names.has(name));
  const outcome = [...group.outcomeLabels, ...(group.errorLabel === undefined ? [] : [group.errorLabel])];
  const counted = (
    piece: PerformancePiece,
    metric: string | undefined,
    more: readonly string[] = [],
  ): Promise<readonly Sample[] | undefined> =>
    metric === undefined
      ? Promise.resolve(undefined)
      : query(piece, sumBy([...group.labels, ...more], growth(metric, selector, found.windowSeconds)));
  const gauge = group.active.find((name) => found.names.has(name));

  const [exist, requests, failures, latency, steps, tokens, cost, active] = await Promise.all([
    query('requests', `group by (${group.labels.join(', ')}) (${select(anchor, selector)})`, 'existence'),
    counted('requests', requestMetric, outcome),
    counted('requests', failureMetric),
    readLatency(latencyBase, group, found, selector, query),
    readPerRequest('steps', group.steps),
    readPerRequest('tokens', group.tokens),
    readPerRequest('cost', group.cost),
    gauge === undefined ? undefined : query('active', sumBy(group.labels, select(gauge, selector))),
  ]);

  async function readPerRequest(piece: 'steps' | 'tokens' | 'cost', { counters, distributions }: PerRequest): Promise<PerRow> {
    const base = distributions.find((name) => found.names.has(`${name}_sum`) && found.names.has(`${name}_count`));
    const counter = counters.find((name) => found.names.has(name));
    if (base !== undefined) {
      const [sum, count] = await Promise.all([counted(piece, `${base}_sum`), counted(piece, `${base}_count`)]);
      return { metric: base, sum: byRow(sum, group), count: byRow(count, group), failed: !sum || !count };
    }
    const sum = await counted(piece, counter);
    const looked = [...distributions, ...counters];
    return { metric: counter, looked, sum: byRow(sum, group), count: undefined, failed: counter !== undefined && !sum };
  }

  const keys = new Map<string, RowKey>();
  // What never succeeded is not in a counter of successes.
  const ownRows = requestMetric !== undefined && group.successesOnly?.includes(requestMetric) ? (failures ?? []) : [];
  for (const sample of [...(exist ?? []), ...(requests ?? []), ...(active ?? []), ...ownRows]) {
    for (const key of group.rows(sample.labels)) keys.set(keyOf(key), key);
  }
  for (const [id, key] of latency.keys) keys.set(id, key);

  const tallies = tallyRows(requests, failures, group, requestMetric);
  const activeRows = byRow(active, group);
  const rows: AgentPerformance[] = [];
  for (const [id, key] of keys) {
    const tally = requestReadings(id);
    const total = tally.requests;
    // Tokens of an agent are counted at its model calls (`chat`), its tasks at `invoke_agent`.
    const inner = key.per === 'task' ? keyOf({ ...key, per: 'request' }) : id;
    rows.push({
      profile,
      kind: key.kind,
      agent: key.name,
      per: key.per,
      ...tally,
      throughput: total.value === null ? total : exactly(total.value / found.windowSeconds),
      ...latencyReadings(latency, id, total),
      stepsPerTask: perRequestReading(steps, id, inner, total),
      tokensPerTask: perRequestReading(tokens, id, inner, total),
      costPerTask: perRequestReading(cost, id, inner, total),
      activeAgents: activeReading(id),
    });
  }
  return rows.filter(
    (row) => row.per === 'task' || row.kind === 'model' || !keys.has(keyOf({ kind: row.kind, name: row.agent, per: 'task' })),
  );

  function requestReadings(id: string): { requests: Reading; errorRatio: Reading; successRatio: Reading } {
    const all = (reading: Reading): { requests: Reading; errorRatio: Reading; successRatio: Reading } => ({
      requests: reading,
      errorRatio: reading,
      successRatio: reading,
    });
    const tally = tallies.get(id);
    if (requestMetric === undefined) {
      const missing = none('not-exported', `${group.requests[0]} is not exported`);
      const count = latency.count?.get(id);
      return { ...all(missing), requests: count === undefined ? missing : exactly(count) };
    }
    if (!requests) return all(none('unseen', 'the query for requests failed'));
    if (!tally) return all(none('unseen', `fewer than two samples of ${requestMetric} in the window`));
    if (tally.total === 0) return { ...all(none('idle', 'no requests in the window')), requests: exactly(0) };
    if (!tally.unlabelled) {
      return { requests: exactly(tally.total), errorRatio: share(tally.failed, tally), successRatio: share(tally.succeeded, tally) };
    }
    const why = failureMetric !== undefined ? 'the query for failures failed' : `${requestMetric} has no outcome label`;
    return { ...all(none(failureMetric === undefined ? 'not-exported' : 'unseen', why)), requests: exactly(tally.total) };
  }

  function activeReading(id: string): Reading {
    if (gauge === undefined)
      return none('not-exported', group.active[0] === undefined ? 'not exported' : `${group.active[0]} is not exported`);
    if (!active) return none('unseen', 'the query for active agents failed');
    const value = activeRows?.get(id);
    return value === undefined ? none('unseen', `${gauge} has no sample`) : exactly(value);
  }
}

interface PerRow {
  readonly metric: string | undefined;
  readonly looked?: readonly string[];
  readonly sum: ReadonlyMap<string, number> | undefined;
  /** A distribution's own count; undefined: divide by the requests. */
  readonly count: ReadonlyMap<string, number> | undefined;
  readonly failed: boolean;
}

/** Requests by row and outcome; failures of their own counter come in where the requests have no outcome label. */
function tallyRows(
  requests: readonly Sample[] | undefined,
  failures: readonly Sample[] | undefined,
  group: MetricGroup,
  requestMetric: string | undefined,
): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { labels, value } of requests ?? []) {
    for (const key of group.rows(labels)) {
      const tally = tallies.get(keyOf(key)) ?? emptyTally();
      tallies.set(keyOf(key), tally);
      addOutcome(tally, labels, Number(value), group);
    }
  }
  const failed = byRow(failures, group);
  const successesOnly = requestMetric !== undefined && (group.successesOnly?.includes(requestMetric) ?? false);
  if (!failed && !group.absentFailuresAreZero) return tallies;
  // A failure of an agent that never succeeded has no row in a counter of successes.
  if (successesOnly) for (const id of failed?.keys() ?? []) if (!tallies.has(id)) tallies.set(id, { ...emptyTally(), unlabelled: true });
  for (const [id, tally] of tallies) {
    if (!tally.unlabelled) continue;
    const count = failed?.get(id) ?? 0;
    tally.succeeded = successesOnly ? tally.total : Math.max(0, tally.total - count);
    tally.total = successesOnly ? tally.total + count : tally.total;
    tally.failed = Math.min(count, tally.total);
    tally.unlabelled = false;
  }
  return tallies;
}

function latencyReadings(
  latency: Latency,
  id: string,
  requests: Reading,
): Pick<AgentPerformance, 'meanSeconds' | 'p95Seconds' | 'p99Seconds'> {
  const { mean, p95, p99 } = latency.of(id, requests);
  return { meanSeconds: mean, p95Seconds: p95, p99Seconds: p99 };
}

function perRequestReading(per: PerRow, id: string, inner: string, requests: Reading): Reading {
  if (per.metric === undefined) {
    const looked = per.looked ?? [];
    return none(
      'not-exported',
      looked.length === 0 ? 'not exported' : `not exported (looked for ${looked.slice(0, 2).join(', ')} and the like)`,
    );
  }
  if (per.failed) return none('unseen', `the query for ${per.metric} failed`);
  const sum = per.sum?.get(id) ?? per.sum?.get(inner);
  if (sum === undefined) return none('not-exported', `${per.metric} has no series of it`);
  if (per.count === undefined && requests.value === null) return none(requests.cause ?? 'unseen', requests.why ?? 'no requests seen');
  const count = per.count === undefined ? (requests.value ?? 0) : (per.count.get(id) ?? 0);
  return count === 0 ? none('idle', 'no requests in the window') : exactly(sum / count);
}
