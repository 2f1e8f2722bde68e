import type { DatabaseSync } from 'node:sqlite';
import type { UsageRecord } from '../../../model/usage.ts';
import { quarterMs } from '../fit.ts';
import { type Dimension, dimensions, type LedgerQuery, type LedgerRow } from '../ledger.ts';
import { bucketsOf } from '../query.ts';
import { firstIdOf } from './hash.ts';
import type { Dictionary } from './names.ts';
import { type RecordRow, recordColumns, recordOfRow } from './rows.ts';

const micro = 1_000_000n;

const summed = [
  ...['requests', 'errors', 'input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'reasoning', 'web_searches'],
  ...['unpriced', 'latency_sum', 'latency_count'],
  ...['cost_input', 'cost_output', 'cost_cache_read', 'cost_cache_write_5m', 'cost_cache_write_1h', 'cost_web_search', 'claimed'].flatMap(
    (name) => [`${name}_micro`, `${name}_pico`],
  ),
];

/** The sums of the rollups that are called `table` in the query. */
function sumsOf(table: string): string {
  return summed.map((name) => `sum(${table}.${name}) AS ${name}`).join(', ');
}

/** The conditions of a query on `g`, and their parameters; undefined where a name is asked for that the ledger has never seen. */
function conditions(where: LedgerQuery['where'], names: Dictionary): { readonly sql: string; readonly ids: readonly number[] } | undefined {
  let sql = '';
  const ids: number[] = [];
  for (const name of dimensions) {
    const wanted = where?.[name];
    if (!wanted) continue;
    const found = names.idsOf(wanted);
    if (found.length === 0) return undefined;
    sql += ` AND g.${name} IN (${found.map(() => '?').join(', ')})`;
    ids.push(...found);
  }
  return { sql, ids };
}

/** Sums by bucket and group, from rollups alone. */
export function readRows(db: DatabaseSync, names: Dictionary, query: LedgerQuery): LedgerRow[] {
  const buckets = bucketsOf(query);
  const where = conditions(query.where, names);
  if (!where) return [];
  const by = dimensions.filter((name) => query.by.includes(name));
  const statement = db.prepare(rowsSql(by, query.where, where.sql));
  statement.setReadBigInts(true);
  return buckets.flatMap(({ from, to }, bucket) =>
    (statement.all(from, to, ...where.ids) as Record<string, bigint>[]).map((row) => rowOf(row, bucket, by, names)),
  );
}

/** A query on sources and models alone is answered from far fewer rows: they stand for the groups (`g`) too. */
function rowsSql(by: readonly Dimension[], where: LedgerQuery['where'], conditionsSql: string): string {
  const asked = dimensions.filter((name) => by.includes(name) || where?.[name]);
  const byModel = asked.every((name) => name === 'source' || name === 'model');
  // CROSS JOIN keeps the order: the range of rollups first, their groups by primary key.
  const from = byModel ? 'model_rollups g' : 'rollups r CROSS JOIN groups g ON g.id = r.grp';
  const columns = [...by.map((name) => `g.${name} AS ${name}`), sumsOf(byModel ? 'g' : 'r')];
  const end = by.length > 0 ? `GROUP BY ${by.map((name) => `g.${name}`).join(', ')}` : 'HAVING count(*) > 0';
  return `SELECT ${columns.join(', ')} FROM ${from} WHERE quarter >= ? AND quarter < ?${conditionsSql} ${end}`;
}

function rowOf(row: Readonly<Record<string, bigint>>, bucket: number, by: readonly Dimension[], names: Dictionary): LedgerRow {
  const count = (name: string): number => Number(row[name] ?? 0n);
  const pico = (name: string): bigint => (row[`${name}_micro`] ?? 0n) * micro + (row[`${name}_pico`] ?? 0n);
  const costs = {
    costInput: pico('cost_input'),
    costOutput: pico('cost_output'),
    costCacheRead: pico('cost_cache_read'),
    costCacheWrite5m: pico('cost_cache_write_5m'),
    costCacheWrite1h: pico('cost_cache_write_1h'),
    costWebSearch: pico('cost_web_search'),
  };
  return {
    group: Object.fromEntries(by.map((name) => [name, names.name(count(name))])),
    bucket,
    requests: count('requests'),
    errors: count('errors'),
    input: count('input'),
    output: count('output'),
    cacheRead: count('cache_read'),
    cacheWrite5m: count('cache_write_5m'),
    cacheWrite1h: count('cache_write_1h'),
    reasoning: count('reasoning'),
    webSearches: count('web_searches'),
    unpricedTokens: count('unpriced'),
    ...costs,
    cost: Object.values(costs).reduce((sum, part) => sum + part, 0n),
    claimed: pico('claimed'),
    latencyMsSum: count('latency_sum'),
    latencyCount: count('latency_count'),
  };
}

/** Single records, newest first. */
export function visitRecords(
  db: DatabaseSync,
  names: Dictionary,
  query: Pick<LedgerQuery, 'from' | 'to' | 'where'>,
  visit: (record: UsageRecord) => void,
): void {
  const where = conditions(query.where, names);
  if (!where) return;
  const statement = db.prepare(
    `SELECT ${recordColumns.map((name) => `r.${name}`).join(', ')} FROM records r${where.sql === '' ? '' : ' CROSS JOIN groups g ON g.id = r.grp'}
     WHERE r.id >= ? AND r.id < ?${where.sql} ORDER BY r.id DESC`,
  );
  statement.setReadBigInts(true);
  const from = firstIdOf(Math.max(0, Math.ceil(query.from)));
  const to = firstIdOf(Math.min(2 ** 42 - 1, Math.max(0, Math.ceil(query.to))));
  for (const row of statement.iterate(from, to, ...where.ids)) visit(recordOfRow(row as unknown as RecordRow, names));
}

/** First and last time that the ledger knows of: of single records, or of the quarter hours that are left of them. */
export function timeRange(db: DatabaseSync): { readonly firstAt: number | null; readonly lastAt: number | null } {
  // One subquery for each end: asked for both at once, SQLite reads the whole table.
  const records = db.prepare('SELECT (SELECT min(id) FROM records) >> 21 AS low, (SELECT max(id) FROM records) >> 21 AS high').get();
  const low = db.prepare('SELECT min(quarter) AS quarter FROM model_rollups').get()?.quarter ?? null;
  const high = db.prepare('SELECT max(quarter) AS quarter FROM model_rollups').get()?.quarter ?? null;
  if (low === null || high === null) return { firstAt: null, lastAt: null };
  const [first, last] = [Number(low) * quarterMs, Number(high) * quarterMs];
  const within = (value: unknown, start: number): number | undefined =>
    typeof value === 'number' && value >= start && value < start + quarterMs ? value : undefined;
  return { firstAt: within(records?.low, first) ?? first, lastAt: within(records?.high, last) ?? last };
}
