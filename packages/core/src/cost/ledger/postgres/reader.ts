import type { UsageRecord } from '../../../model/usage.ts';
import { type Dimension, dimensions, type LedgerQuery, type LedgerRow } from '../ledger.ts';
import { bucketsOf } from '../query.ts';
import { countColumns, moneyColumns } from '../sums.ts';
import type { Query, Row } from './connection.ts';
import { recordOfRow, selectRecord } from './rows.ts';

const sums = [...countColumns, ...moneyColumns].map((name) => `sum(r.${name}) AS sum_${name}`).join(', ');

/** Conditions on `g` from parameter `$first` on. */
function conditions(where: LedgerQuery['where'], first: number): { readonly sql: string; readonly values: readonly (readonly string[])[] } {
  const values: (readonly string[])[] = [];
  let sql = '';
  for (const name of dimensions) {
    const wanted = where?.[name];
    if (!wanted) continue;
    values.push(wanted);
    sql += ` AND g.${name} = ANY($${first + values.length - 1}::text[])`;
  }
  return { sql, values };
}

/** Sums by bucket and group, from rollups alone, all in the server. */
export async function readRows(query: Query, ledgerQuery: LedgerQuery): Promise<LedgerRow[]> {
  const buckets = bucketsOf(ledgerQuery);
  const by = dimensions.filter((name) => ledgerQuery.by.includes(name));
  const { sql, values } = conditions(ledgerQuery.where, 4);
  const columns = ['b.i AS bucket', ...by.map((name) => `g.${name} AS g_${name}`)];
  const rows = await query(
    `SELECT ${[...columns, sums].join(', ')}
     FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS b (low, high, i)
     JOIN agentops_rollups r ON r.quarter >= b.low AND r.quarter < b.high
     JOIN agentops_groups g ON g.id = r.grp
     WHERE true${sql}
     GROUP BY ${['b.i', ...by.map((name) => `g.${name}`)].join(', ')} ORDER BY b.i`,
    [buckets.map(({ from }) => from), buckets.map(({ to }) => to), buckets.map((_, i) => i), ...values],
  );
  return rows.map((row) => rowOf(row, by));
}

function rowOf(row: Row, by: readonly Dimension[]): LedgerRow {
  const pico = (name: string): bigint => row[`sum_${name}`] as bigint;
  const count = (name: string): number => Number(pico(name));
  const costs = {
    costInput: pico('cost_input'),
    costOutput: pico('cost_output'),
    costCacheRead: pico('cost_cache_read'),
    costCacheWrite5m: pico('cost_cache_write_5m'),
    costCacheWrite1h: pico('cost_cache_write_1h'),
    costWebSearch: pico('cost_web_search'),
  };
  return {
    group: Object.fromEntries(by.map((name) => [name, String(row[`g_${name}`])])),
    bucket: Number(row.bucket),
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

const page = 5000;

/** Single records, newest first, page by page. */
export async function visitRecords(
  query: Query,
  ledgerQuery: Pick<LedgerQuery, 'from' | 'to' | 'where'>,
  visit: (record: UsageRecord) => void,
): Promise<void> {
  const { sql, values } = conditions(ledgerQuery.where, 5);
  let [at, source, key] = [Math.ceil(ledgerQuery.to), '', ''];
  for (;;) {
    const rows = await query(
      `${selectRecord} WHERE r.at >= $1 AND (r.at, r.source, r.key) < ($2::bigint, $3::text, $4::text)${sql}
       ORDER BY r.at DESC, r.source DESC, r.key DESC LIMIT ${page}`,
      [Math.ceil(ledgerQuery.from), at, source, key, ...values],
    );
    for (const row of rows) visit(recordOfRow(row));
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    [at, source, key] = [Number(last.at), String(last.source), String(last.key)];
  }
}
