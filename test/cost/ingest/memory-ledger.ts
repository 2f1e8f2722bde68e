import { beats } from '../../../packages/core/src/cost/ingest/best.ts';
import type { UsageStore } from '../../../packages/core/src/cost/ingest/writer.ts';
import type { LedgerBatch } from '../../../packages/core/src/cost/ledger/ledger.ts';
import type { FileCursor } from '../../../packages/core/src/cost/sources/source.ts';
import type { Reject, UsageRecord } from '../../../packages/core/src/model/usage.ts';

/** What a ledger promises of writing, in memory: the best record of each key, cursors, rejects. */
export class MemoryLedger implements UsageStore {
  readonly best = new Map<string, UsageRecord>();
  readonly files = new Map<string, FileCursor>();
  readonly batches: LedgerBatch[] = [];
  rejected: Reject[] = [];

  async write(batch: LedgerBatch): Promise<{ counted: number; duplicate: number }> {
    this.batches.push(batch);
    let counted = 0;
    for (const record of batch.records) {
      const key = `${record.source} ${record.key}`;
      const other = this.best.get(key);
      if (other === undefined) counted++;
      if (other === undefined || beats(record, other)) this.best.set(key, record);
    }
    this.rejected.push(...batch.rejects);
    if (batch.cursor) this.files.set(batch.cursor.path, batch.cursor);
    return { counted, duplicate: batch.lines - batch.empty - batch.rejects.length - counted };
  }

  async cursors(): Promise<FileCursor[]> {
    return [...this.files.values()];
  }

  /** Sorted by key: the same set of records is equal. */
  get sorted(): UsageRecord[] {
    return [...this.best].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  }
}
