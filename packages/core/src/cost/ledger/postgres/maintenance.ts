import type { PriceBook } from '../../prices/price-book.ts';
import { addTo, chargeOf, quarterOf } from '../sums.ts';
import type { Query } from './connection.ts';
import { chargeOfRow, columnsOf, digestOf, recordOfRow, selectRecord } from './rows.ts';
import { Deltas } from './writer.ts';

/** Records in one transaction: others get to write in between. */
const chunk = 5000;

/** Prices some records of another price version anew; in a transaction. `more` is false at the end. */
export async function repriceChunk(query: Query, book: PriceBook): Promise<{ readonly changed: number; readonly more: boolean }> {
  const rows = await query(`${selectRecord} WHERE r.book <> $1 ORDER BY r.source, r.key LIMIT ${chunk} FOR UPDATE OF r`, [book.version]);
  const deltas = new Deltas();
  const updates: unknown[][] = [];
  let changed = 0;
  for (const row of rows) {
    const record = recordOfRow(row);
    const before = chargeOfRow(row);
    const now = chargeOf(book, record) ?? before;
    updates.push([record.source, record.key, now.unpriced, ...now.cost]);
    if (now.unpriced === before.unpriced && now.cost.every((part, i) => part === before.cost[i])) continue;
    const delta = deltas.of(quarterOf(record.at), String(row.grp));
    addTo(delta, record, before, -1);
    addTo(delta, record, now, 1);
    changed++;
  }
  if (updates.length > 0) {
    await query(
      `UPDATE agentops_records t SET book = $10, unpriced = n.unpriced, cost_input = n.c1, cost_output = n.c2, cost_cache_read = n.c3,
         cost_cache_write_5m = n.c4, cost_cache_write_1h = n.c5, cost_web_search = n.c6
       FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
         AS n (source, key, unpriced, c1, c2, c3, c4, c5, c6)
       WHERE t.source = n.source AND t.key = n.key`,
      [...columnsOf(updates, 9), book.version],
    );
  }
  await deltas.flush(query);
  return { changed, more: rows.length === chunk };
}

/** Removes the oldest single records before a time, leaves digests of their keys; in a transaction. */
export async function compactChunk(query: Query, before: number): Promise<number> {
  const rows = await query(`SELECT source, key FROM agentops_records WHERE at < $1 ORDER BY source, key LIMIT ${chunk} FOR UPDATE`, [
    before,
  ]);
  if (rows.length === 0) return 0;
  const keys = rows.map((row) => [String(row.source), String(row.key)] as const);
  await query('INSERT INTO agentops_compacted (digest) SELECT * FROM unnest($1::uuid[]) ON CONFLICT (digest) DO NOTHING', [
    keys.map(([source, key]) => digestOf(source, key)).sort(),
  ]);
  await query(
    'DELETE FROM agentops_records t USING unnest($1::text[], $2::text[]) AS k (source, key) WHERE t.source = k.source AND t.key = k.key',
    columnsOf(keys, 2),
  );
  return rows.length;
}

/** Removes everything before a quarter hour (names of groups stay: other writers may be about to use them); in a transaction. */
export async function retainFrom(query: Query, quarter: number, at: number): Promise<number> {
  const [sum] = await query('SELECT coalesce(sum(records), 0) AS n FROM agentops_rollups WHERE quarter < $1', [quarter]);
  await query('DELETE FROM agentops_records WHERE at < $1', [at]);
  await query('DELETE FROM agentops_rollups WHERE quarter < $1', [quarter]);
  return Number(sum?.n ?? 0);
}
