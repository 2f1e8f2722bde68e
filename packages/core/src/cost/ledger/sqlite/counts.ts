import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Reject, SourceKind } from '../../../model/usage.ts';
import type { FileCursor } from '../../sources/source.ts';
import type { LedgerBatch } from '../ledger.ts';

/** Rejects that are kept with their place; older ones remain in the counts. */
const keptRejects = 10_000;

export interface BatchCounts {
  readonly lines: number;
  readonly counted: number;
  readonly duplicate: number;
  readonly empty: number;
  readonly rejects: readonly Reject[];
  readonly newest: number | null;
}

/** What was read, of which file up to where, and what came of it; inside the transaction of the records. */
export class CountWriter {
  readonly #cursor: StatementSync;
  readonly #putCursor: StatementSync;
  readonly #count: StatementSync;
  readonly #countReject: StatementSync;
  readonly #reject: StatementSync;
  readonly #trim: StatementSync;

  constructor(db: DatabaseSync) {
    this.#cursor = db.prepare('SELECT size, mtime_ms, offset, head, head_bytes FROM cursors WHERE path = ? AND kind = ?');
    this.#putCursor = db.prepare(
      'INSERT OR REPLACE INTO cursors (path, kind, size, mtime_ms, offset, lines, head, head_bytes, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#count = db.prepare(
      `INSERT INTO counts (source, kind, lines, counted, duplicate, rejected, empty, last_read_at, newest_record_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (source, kind) DO UPDATE SET lines = lines + excluded.lines, counted = counted + excluded.counted,
         duplicate = duplicate + excluded.duplicate, rejected = rejected + excluded.rejected, empty = empty + excluded.empty,
         last_read_at = max(last_read_at, excluded.last_read_at),
         newest_record_at = max(coalesce(newest_record_at, excluded.newest_record_at), coalesce(excluded.newest_record_at, newest_record_at))`,
    );
    this.#countReject = db.prepare(
      `INSERT INTO reject_counts (source, kind, reason, rejected) VALUES (?, ?, ?, 1)
       ON CONFLICT (source, kind, reason) DO UPDATE SET rejected = rejected + 1`,
    );
    this.#reject = db.prepare('INSERT OR REPLACE INTO rejects (source, line, reason, detail) VALUES (?, ?, ?, ?)');
    this.#trim = db.prepare(`DELETE FROM rejects WHERE id <= (SELECT max(id) FROM rejects) - ${keptRejects}`);
  }

  /**
   * Moves the cursor on. False: another process has already read this file at
   * least as far, so its lines are counted; a cursor never goes back, but for
   * a restart.
   */
  advance(batch: LedgerBatch): boolean {
    const { cursor } = batch;
    if (!cursor) return true;
    const known = this.#cursor.get(cursor.path, cursor.kind);
    if (known) {
      const offset = Number(known.offset);
      const same =
        offset === cursor.offset &&
        Number(known.size) === cursor.size &&
        Number(known.mtime_ms) === cursor.mtimeMs &&
        Number(known.head_bytes) === cursor.headBytes &&
        String(known.head) === cursor.head;
      const readAlready = batch.restart ? same : offset > cursor.offset || (offset === cursor.offset && batch.lines > 0);
      if (readAlready) return batch.lines === 0;
    }
    this.#putCursor.run(...cursorValues(cursor));
    return true;
  }

  count(batch: LedgerBatch, counts: BatchCounts, now: number): void {
    const { rejects } = counts;
    this.#count.run(
      batch.source,
      batch.kind,
      counts.lines,
      counts.counted,
      counts.duplicate,
      rejects.length,
      counts.empty,
      now,
      counts.newest,
    );
    for (const { source, line, reason, detail } of rejects) {
      this.#countReject.run(batch.source, batch.kind, reason);
      this.#reject.run(source, line, reason, detail);
    }
    if (rejects.length > 0) this.#trim.run();
  }
}

function cursorValues(cursor: FileCursor): (string | number)[] {
  const { path, kind, size, mtimeMs, offset, lines, head, headBytes, state } = cursor;
  return [path, kind, size, mtimeMs, offset, lines, head, headBytes, state];
}

export function cursorOfRow(row: Readonly<Record<string, unknown>>): FileCursor {
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
