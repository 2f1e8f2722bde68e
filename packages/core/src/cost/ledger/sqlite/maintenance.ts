import type { DatabaseSync } from 'node:sqlite';
import type { PriceBook } from '../../prices/price-book.ts';
import { addTo, chargeOf, quarterOf } from '../sums.ts';
import { digestOf, firstIdOf, hashOf } from './hash.ts';
import type { Dictionary } from './names.ts';
import { chargeOfRow, type RecordRow, recordOfRow, selectRecord } from './rows.ts';
import type { RecordWriter } from './writer.ts';

/** Records in one transaction: others get to write in between. */
const chunk = 20_000;

/** Prices the next records after `after` anew; in a transaction. `next` is undefined at the end. */
export function repriceChunk(
  db: DatabaseSync,
  names: Dictionary,
  writer: RecordWriter,
  book: PriceBook,
  bookId: number,
  after: bigint,
): { readonly changed: number; readonly next: bigint | undefined } {
  const select = db.prepare(`${selectRecord} WHERE id > ? ORDER BY id LIMIT ${chunk}`);
  select.setReadBigInts(true);
  const update = db.prepare(
    `UPDATE records SET book = ?, unpriced = ?, cost_input = ?, cost_output = ?, cost_cache_read = ?,
       cost_cache_write_5m = ?, cost_cache_write_1h = ?, cost_web_search = ? WHERE id = ?`,
  );
  let changed = 0;
  const rows = select.all(after) as unknown as RecordRow[];
  for (const row of rows) {
    if (Number(row.book) === bookId) continue;
    const record = recordOfRow(row, names);
    const before = chargeOfRow(row);
    // Beyond what a column holds: the old price stays, it was at least counted.
    const now = chargeOf(book, record) ?? before;
    update.run(bookId, now.unpriced, ...now.cost, row.id);
    if (now.unpriced === before.unpriced && now.cost.every((part, i) => part === before.cost[i])) continue;
    const delta = writer.delta(quarterOf(record.at), Number(row.grp));
    addTo(delta, record, before, -1);
    addTo(delta, record, now, 1);
    changed++;
  }
  writer.flush();
  return { changed, next: rows.length < chunk ? undefined : rows.at(-1)?.id };
}

/** Removes the oldest single records before a time, leaves digests of their keys; in a transaction. */
export function compactChunk(db: DatabaseSync, names: Dictionary, before: number): number {
  const select = db.prepare(`${selectRecord} WHERE id < ? ORDER BY id LIMIT ${chunk}`);
  select.setReadBigInts(true);
  const keep = db.prepare('INSERT OR IGNORE INTO compacted (digest) VALUES (?)');
  const rows = select.all(firstIdOf(before)) as unknown as RecordRow[];
  const forget = ['recent_keys', 'old_keys'].map((table) => db.prepare(`DELETE FROM ${table} WHERE hash = ? AND id = ?`));
  for (const row of rows) {
    const { source } = names.group(Number(row.grp));
    keep.run(digestOf(source, row.key));
    // Keys that share a hash lie on the hashes behind it.
    let hash = hashOf(source, row.key);
    for (let probes = 0, found = 0; found === 0 && probes < 100; probes++, hash += 1n) {
      for (const statement of forget) found += Number(statement.run(hash, row.id).changes);
    }
  }
  const last = rows.at(-1);
  if (last) db.prepare('DELETE FROM records WHERE id <= ?').run(last.id);
  return rows.length;
}

/** Removes everything before a quarter hour, and the names that nothing bears any more; in a transaction. */
export function retainFrom(db: DatabaseSync, quarter: number, at: number): number {
  const deleted = Number(db.prepare('SELECT coalesce(sum(records), 0) AS n FROM model_rollups WHERE quarter < ?').get(quarter)?.n ?? 0);
  db.prepare('DELETE FROM records WHERE id < ?').run(firstIdOf(at));
  for (const table of ['recent_keys', 'old_keys']) db.prepare(`DELETE FROM ${table} WHERE id < ?`).run(firstIdOf(at));
  for (const table of ['rollups', 'model_rollups']) db.prepare(`DELETE FROM ${table} WHERE quarter < ?`).run(quarter);
  db.exec(`
    DELETE FROM groups WHERE id NOT IN (SELECT grp FROM rollups);
    DELETE FROM names WHERE id NOT IN (
      SELECT source FROM groups UNION SELECT model FROM groups UNION SELECT agent FROM groups
      UNION SELECT session FROM groups UNION SELECT task FROM groups UNION SELECT project FROM groups
    );
  `);
  return deleted;
}
