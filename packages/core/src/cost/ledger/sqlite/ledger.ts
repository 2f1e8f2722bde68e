import type { DatabaseSync } from 'node:sqlite';
import type { Host } from '../../../host.ts';
import type { Reject, SourceKind, UsageRecord } from '../../../model/usage.ts';
import type { PriceBook } from '../../prices/price-book.ts';
import type { FileCursor } from '../../sources/source.ts';
import { fit, quarterMs } from '../fit.ts';
import type { Ledger, LedgerBatch, LedgerQuery, LedgerRow, LedgerState } from '../ledger.ts';
import { openDatabase, whileBusy } from './connection.ts';
import { CountWriter, cursorOfRow } from './counts.ts';
import { compactChunk, repriceChunk, retainFrom } from './maintenance.ts';
import { Dictionary } from './names.ts';
import { readRows, timeRange, visitRecords } from './reader.ts';
import { RecordWriter } from './writer.ts';

export interface SqliteOptions {
  /** Keys that gather before they are merged into the large index; tests make it small. */
  readonly mostRecentKeys?: number;
}

/** A ledger in one file, for any number of processes of one machine. */
export async function openSqliteLedger(path: string, book: PriceBook, host: Host, options: SqliteOptions = {}): Promise<Ledger> {
  return new SqliteLedger(await openDatabase(path, host), path, book, host, options);
}

type Written = Awaited<ReturnType<Ledger['write']>>;

class SqliteLedger implements Ledger {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #host: Host;
  readonly #names: Dictionary;
  readonly #writer: RecordWriter;
  readonly #counts: CountWriter;
  #book: PriceBook;
  /** The removal of names that the dictionary's cache knows of. */
  #epoch = '';

  constructor(db: DatabaseSync, path: string, book: PriceBook, host: Host, options: SqliteOptions) {
    this.#db = db;
    this.#path = path;
    this.#book = book;
    this.#host = host;
    this.#names = new Dictionary(db);
    this.#writer = new RecordWriter(db, this.#names, options.mostRecentKeys);
    this.#counts = new CountWriter(db);
  }

  async write(batch: LedgerBatch): Promise<Written> {
    const [written = { counted: 0, duplicate: 0 }] = await this.writeMany([batch]);
    return written;
  }

  writeMany(batches: readonly LedgerBatch[]): Promise<readonly Written[]> {
    return this.#transaction(() => {
      this.#beginRecords(this.#book);
      const written = batches.map((batch) => this.#writeBatch(batch));
      this.#writer.flush();
      return written;
    });
  }

  #writeBatch(batch: LedgerBatch): Written {
    const rejects: Reject[] = [...batch.rejects];
    let counted = 0;
    let newest: number | null = null;
    for (const given of batch.records) {
      const fitted = fit(given);
      if (!fitted.ok) {
        rejects.push({ source: batch.source, line: 0, reason: fitted.reason, detail: fitted.detail });
        continue;
      }
      const written = this.#writer.add(fitted.record, this.#book);
      if (written === 'too-dear') {
        rejects.push({ source: batch.source, line: 0, reason: 'bad-number', detail: 'its cost is beyond nine million dollars' });
        continue;
      }
      if (written === 'counted') counted++;
      if (newest === null || fitted.record.at > newest) newest = fitted.record.at;
    }
    const duplicate = Math.max(0, batch.lines - batch.empty - rejects.length - counted);
    if (this.#counts.advance(batch)) {
      this.#counts.count(batch, { lines: batch.lines, counted, duplicate, empty: batch.empty, rejects, newest }, this.#host.clock.now());
    }
    return { counted, duplicate };
  }

  async cursors(kind?: SourceKind): Promise<FileCursor[]> {
    const all = this.#db.prepare('SELECT * FROM cursors ORDER BY path, kind').all().map(cursorOfRow);
    return kind === undefined ? all : all.filter((cursor) => cursor.kind === kind);
  }

  async rows(query: LedgerQuery): Promise<LedgerRow[]> {
    return this.#read(() => readRows(this.#db, this.#names, query));
  }

  async records(query: Omit<LedgerQuery, 'by' | 'buckets'>, visit: (record: UsageRecord) => void): Promise<void> {
    this.#refreshNames();
    visitRecords(this.#db, this.#names, query, visit);
  }

  async rejects(limit: number): Promise<Reject[]> {
    const rows = this.#db
      .prepare('SELECT source, line, reason, detail FROM rejects ORDER BY id DESC LIMIT ?')
      .all(Math.max(0, Math.floor(limit)));
    return rows.map((row) => ({
      source: String(row.source),
      line: Number(row.line),
      reason: String(row.reason) as Reject['reason'],
      detail: String(row.detail),
    }));
  }

  async state(): Promise<LedgerState> {
    return this.#read(() => {
      const rejected = this.#db.prepare('SELECT reason, rejected FROM reject_counts WHERE source = ? AND kind = ? ORDER BY reason');
      const sources = this.#db
        .prepare('SELECT * FROM counts ORDER BY source, kind')
        .all()
        .map((row) => ({
          source: String(row.source),
          kind: String(row.kind) as SourceKind,
          lines: Number(row.lines),
          counted: Number(row.counted),
          duplicate: Number(row.duplicate),
          rejected: Number(row.rejected),
          empty: Number(row.empty),
          rejectedBy: Object.fromEntries(
            rejected.all(String(row.source), String(row.kind)).map(({ reason, rejected: count }) => [String(reason), Number(count)]),
          ),
          lastReadAt: Number(row.last_read_at),
          newestRecordAt: row.newest_record_at === null ? null : Number(row.newest_record_at),
        }));
      const records = Number(this.#db.prepare('SELECT coalesce(sum(records), 0) AS n FROM model_rollups').get()?.n ?? 0);
      return { sources, records, ...timeRange(this.#db), priceVersion: this.#meta('price_version') ?? this.#book.version };
    });
  }

  async reprice(book: PriceBook): Promise<{ readonly changed: number }> {
    this.#book = book;
    if (this.#meta('price_version') === book.version) return { changed: 0 };
    let changed = 0;
    let next: bigint | undefined = -1n;
    while (next !== undefined) {
      const after: bigint = next;
      const done = await this.#transaction(() => {
        const bookId = this.#beginRecords(book, false);
        const result = repriceChunk(this.#db, this.#names, this.#writer, book, bookId, after);
        if (result.next === undefined) this.#setMeta('price_version', book.version);
        return result;
      });
      changed += done.changed;
      next = done.next;
    }
    return { changed };
  }

  async compact(before: number): Promise<{ readonly deleted: number }> {
    let deleted = 0;
    for (let some = 1; some > 0; deleted += some) some = await this.#transaction(() => compactChunk(this.#db, this.#names, before));
    if (deleted > 0) await whileBusy(this.#host, this.#path, () => this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)'));
    return { deleted };
  }

  async retain(from: number): Promise<{ readonly deleted: number }> {
    const quarter = Math.floor(from / quarterMs);
    const at = quarter * quarterMs;
    return this.#transaction(() => {
      const deleted = retainFrom(this.#db, quarter, at);
      if (at > Number(this.#meta('retained_from') ?? 0)) this.#setMeta('retained_from', String(at));
      this.#setMeta('names_epoch', String(Number(this.#meta('names_epoch') ?? 0) + 1));
      this.#names.forget();
      return { deleted };
    });
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }

  #meta(key: string): string | undefined {
    const value = this.#db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.value;
    return value === undefined ? undefined : String(value);
  }

  #setMeta(key: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }

  /** Prepares the writer for this transaction; a ledger that two price versions wrote to is of neither, and is priced anew. */
  #beginRecords(book: PriceBook, marks = true): number {
    const stored = this.#meta('price_version');
    if (marks && stored !== book.version && stored !== 'mixed')
      this.#setMeta('price_version', stored === undefined ? book.version : 'mixed');
    this.#db.prepare('INSERT OR IGNORE INTO books (version) VALUES (?)').run(book.version);
    const bookId = Number(this.#db.prepare('SELECT id FROM books WHERE version = ?').get(book.version)?.id);
    this.#writer.begin({
      bookId,
      hasCompacted: this.#db.prepare('SELECT 1 FROM compacted LIMIT 1').get() !== undefined,
      retainedFrom: Number(this.#meta('retained_from') ?? 0),
    });
    return bookId;
  }

  /** Other processes may have removed names: forget what is cached of them. */
  #refreshNames(): void {
    const epoch = this.#meta('names_epoch') ?? '';
    if (epoch !== this.#epoch) this.#names.forget();
    this.#epoch = epoch;
  }

  /** One snapshot for several statements. */
  #read<T>(action: () => T): T {
    this.#db.exec('BEGIN');
    try {
      this.#refreshNames();
      return action();
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  async #transaction<T>(action: () => T): Promise<T> {
    await whileBusy(this.#host, this.#path, () => this.#db.exec('BEGIN IMMEDIATE'));
    try {
      this.#refreshNames();
      const result = action();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#names.forget();
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}
