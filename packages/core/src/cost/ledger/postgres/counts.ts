import type { Reject, SourceKind } from '../../../model/usage.ts';
import type { FileCursor } from '../../sources/source.ts';
import type { LedgerBatch } from '../ledger.ts';
import type { Query, Row } from './connection.ts';
import { columnsOf } from './rows.ts';

/** Moves the cursor on; false where another process has read as far already. As in SQLite's. */
export async function advanceCursor(query: Query, batch: LedgerBatch): Promise<boolean> {
  const { cursor } = batch;
  if (!cursor) return true;
  const [known] = await query('SELECT * FROM agentops_cursors WHERE path = $1 AND kind = $2 FOR UPDATE', [cursor.path, cursor.kind]);
  if (known) {
    const at = cursorOfRow(known);
    const same =
      at.offset === cursor.offset &&
      at.size === cursor.size &&
      at.mtimeMs === cursor.mtimeMs &&
      at.headBytes === cursor.headBytes &&
      at.head === cursor.head;
    const readAlready = batch.restart ? same : at.offset > cursor.offset || (at.offset === cursor.offset && batch.lines > 0);
    if (readAlready) return batch.lines === 0;
  }
  const { path, kind, size, mtimeMs, offset, lines, head, headBytes, state } = cursor;
  await query(
    `INSERT INTO agentops_cursors (path, kind, size, mtime_ms, "offset", lines, head, head_bytes, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (path, kind) DO UPDATE SET size = excluded.size, mtime_ms = excluded.mtime_ms, "offset" = excluded."offset",
       lines = excluded.lines, head = excluded.head, head_bytes = excluded.head_bytes, state = excluded.state`,
    [path, kind, size, mtimeMs, offset, lines, head, headBytes, state],
  );
  return true;
}

/** Rejects that are kept with their place; older ones remain in the counts. */
const keptRejects = 10_000;

export async function countBatch(
  query: Query,
  batch: LedgerBatch,
  counts: { readonly counted: number; readonly duplicate: number; readonly rejects: readonly Reject[]; readonly newest: number | null },
  now: number,
): Promise<void> {
  const { rejects } = counts;
  await query(
    `INSERT INTO agentops_counts AS t (source, kind, lines, counted, duplicate, rejected, empty, last_read_at, newest_record_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (source, kind) DO UPDATE SET lines = t.lines + excluded.lines, counted = t.counted + excluded.counted,
       duplicate = t.duplicate + excluded.duplicate, rejected = t.rejected + excluded.rejected, empty = t.empty + excluded.empty,
       last_read_at = greatest(t.last_read_at, excluded.last_read_at), newest_record_at = greatest(t.newest_record_at, excluded.newest_record_at)`,
    [batch.source, batch.kind, batch.lines, counts.counted, counts.duplicate, rejects.length, batch.empty, now, counts.newest],
  );
  if (rejects.length === 0) return;
  const byReason = new Map<string, number>();
  for (const { reason } of rejects) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  for (const [reason, rejected] of [...byReason].sort()) {
    await query(
      `INSERT INTO agentops_reject_counts AS t (source, kind, reason, rejected) VALUES ($1, $2, $3, $4)
       ON CONFLICT (source, kind, reason) DO UPDATE SET rejected = t.rejected + excluded.rejected`,
      [batch.source, batch.kind, reason, rejected],
    );
  }
  const unique = new Map(rejects.slice(-keptRejects).map((reject) => [`${reject.source}\n${reject.line}\n${reject.reason}`, reject]));
  await query(
    `INSERT INTO agentops_rejects (source, line, reason, detail, seen_at)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
     ON CONFLICT (source, line, reason) DO UPDATE SET detail = excluded.detail, seen_at = excluded.seen_at`,
    columnsOf(
      [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { source, line, reason, detail }]) => [source, line, reason, detail, now]),
      5,
    ),
  );
  await query(
    `DELETE FROM agentops_rejects WHERE seen_at < (SELECT seen_at FROM agentops_rejects ORDER BY seen_at DESC OFFSET ${keptRejects} LIMIT 1)`,
  );
}

export function cursorOfRow(row: Row): FileCursor {
  return {
    path: String(row.path),
    kind: String(row.kind) as SourceKind,
    size: Number(row.size),
    mtimeMs: Number(row.mtime_ms),
    offset: Number(row.offset),
    lines: Number(row.lines),
    head: String(row.head),
    headBytes: Number(row.head_bytes),
    state: String(row.state),
  };
}
