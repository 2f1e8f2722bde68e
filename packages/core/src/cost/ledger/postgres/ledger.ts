import type { Host } from '../../../host.ts';
import type { Reject, SourceKind, UsageRecord } from '../../../model/usage.ts';
import type { PriceBook } from '../../prices/price-book.ts';
import type { FileCursor } from '../../sources/source.ts';
import { fit, quarterMs } from '../fit.ts';
import type { Ledger, LedgerBatch, LedgerQuery, LedgerRow, LedgerState } from '../ledger.ts';
import { PostgresConnection, type Query } from './connection.ts';
import { advanceCursor, countBatch, cursorOfRow } from './counts.ts';
import { compactChunk, repriceChunk, retainFrom } from './maintenance.ts';
import { readRows, visitRecords } from './reader.ts';
import { migrate } from './schema.ts';
import { writeRecords } from './writer.ts';

/** A ledger that a team shares. The tables are `agentops_*` in the connection's schema. */
export async function openPostgresLedger(url: string, book: PriceBook, host: Host): Promise<Ledger> {
  const connection = new PostgresConnection(url, host);
  try {
    await migrate(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return new PostgresLedger(connection, book, host);
}

/** Records in one statement. */
const most = 5000;

type Written = Awaited<ReturnType<Ledger['write']>>;

class PostgresLedger implements Ledger {
  readonly #connection: PostgresConnection;
  readonly #host: Host;
  #book: PriceBook;

  constructor(connection: PostgresConnection, book: PriceBook, host: Host) {
    this.#connection = connection;
    this.#book = book;
    this.#host = host;
  }

  async write(batch: LedgerBatch): Promise<Written> {
    const [written = { counted: 0, duplicate: 0 }] = await this.writeMany([batch]);
    return written;
  }

  writeMany(batches: readonly LedgerBatch[]): Promise<readonly Written[]> {
    const book = this.#book;
    return this.#connection.transaction(async (query) => {
      const stored = await meta(query, 'price_version');
      if (stored !== book.version && stored !== 'mixed')
        await setMeta(query, 'price_version', stored === undefined ? book.version : 'mixed');
      const state = {
        hasCompacted: (await query('SELECT 1 FROM agentops_compacted LIMIT 1')).length > 0,
        retainedFrom: Number((await meta(query, 'retained_from')) ?? 0),
      };
      const written: Written[] = [];
      for (const batch of batches) written.push(await this.#writeBatch(query, book, batch, state));
      return written;
    });
  }

  async #writeBatch(
    query: Query,
    book: PriceBook,
    batch: LedgerBatch,
    state: { readonly hasCompacted: boolean; readonly retainedFrom: number },
  ): Promise<Written> {
    const rejects: Reject[] = [...batch.rejects];
    const records: UsageRecord[] = [];
    let newest: number | null = null;
    for (const given of batch.records) {
      const fitted = fit(given);
      if (!fitted.ok) {
        rejects.push({ source: batch.source, line: 0, reason: fitted.reason, detail: fitted.detail });
        continue;
      }
      records.push(fitted.record);
      if (newest === null || fitted.record.at > newest) newest = fitted.record.at;
    }
    const counted = new Set<string>();
    for (let i = 0; i < records.length; i += most) {
      const written = await writeRecords(query, book, records.slice(i, i + most), state);
      for (const id of written.counted) counted.add(id);
      for (const _record of written.tooDear) {
        rejects.push({ source: batch.source, line: 0, reason: 'bad-number', detail: 'its cost is beyond nine million dollars' });
      }
    }
    const duplicate = Math.max(0, batch.lines - batch.empty - rejects.length - counted.size);
    if (await advanceCursor(query, batch)) {
      await countBatch(query, batch, { counted: counted.size, duplicate, rejects, newest }, this.#host.clock.now());
    }
    return { counted: counted.size, duplicate };
  }

  async cursors(kind?: SourceKind): Promise<FileCursor[]> {
    const rows = await this.#connection.query(
      'SELECT * FROM agentops_cursors WHERE $1::text IS NULL OR kind = $1 ORDER BY path COLLATE "C", kind',
      [kind ?? null],
    );
    return rows.map(cursorOfRow);
  }

  rows(query: LedgerQuery): Promise<LedgerRow[]> {
    return readRows((sql, values) => this.#connection.query(sql, values), query);
  }

  records(query: Omit<LedgerQuery, 'by' | 'buckets'>, visit: (record: UsageRecord) => void): Promise<void> {
    return visitRecords((sql, values) => this.#connection.query(sql, values), query, visit);
  }

  async rejects(limit: number): Promise<Reject[]> {
    const rows = await this.#connection.query(
      'SELECT source, line, reason, detail FROM agentops_rejects ORDER BY seen_at DESC, source DESC, line DESC LIMIT $1',
      [Math.max(0, Math.floor(limit))],
    );
    return rows.map((row) => ({
      source: String(row.source),
      line: Number(row.line),
      reason: String(row.reason) as Reject['reason'],
      detail: String(row.detail),
    }));
  }

  async state(): Promise<LedgerState> {
    const query: Query = (sql, values) => this.#connection.query(sql, values);
    const reasons = await query('SELECT source, kind, reason, rejected FROM agentops_reject_counts ORDER BY reason COLLATE "C"');
    const sources = (await query('SELECT * FROM agentops_counts ORDER BY source COLLATE "C", kind')).map((row) => ({
      source: String(row.source),
      kind: String(row.kind) as SourceKind,
      lines: Number(row.lines),
      counted: Number(row.counted),
      duplicate: Number(row.duplicate),
      rejected: Number(row.rejected),
      empty: Number(row.empty),
      rejectedBy: Object.fromEntries(
        reasons
          .filter(({ source, kind }) => source === row.source && kind === row.kind)
          .map(({ reason, rejected }) => [String(reason), Number(rejected)]),
      ),
      lastReadAt: Number(row.last_read_at),
      newestRecordAt: row.newest_record_at === null ? null : Number(row.newest_record_at),
    }));
    const [sum] = await query('SELECT coalesce(sum(records), 0) AS n, min(quarter) AS low, max(quarter) AS high FROM agentops_rollups');
    const [records] = await query('SELECT min(at) AS low, max(at) AS high FROM agentops_records');
    const within = (at: unknown, quarter: unknown): number | null => {
      if (quarter === null || quarter === undefined) return null;
      const start = Number(quarter) * quarterMs;
      return typeof at === 'bigint' && Number(at) >= start && Number(at) < start + quarterMs ? Number(at) : start;
    };
    return {
      sources,
      records: Number(sum?.n ?? 0),
      firstAt: within(records?.low, sum?.low),
      lastAt: within(records?.high, sum?.high),
      priceVersion: (await meta(query, 'price_version')) ?? this.#book.version,
    };
  }

  async reprice(book: PriceBook): Promise<{ readonly changed: number }> {
    this.#book = book;
    if ((await meta((sql, values) => this.#connection.query(sql, values), 'price_version')) === book.version) return { changed: 0 };
    let changed = 0;
    for (let more = true; more; ) {
      const done = await this.#connection.transaction(async (query) => {
        const result = await repriceChunk(query, book);
        if (!result.more) await setMeta(query, 'price_version', book.version);
        return result;
      });
      changed += done.changed;
      more = done.more;
    }
    return { changed };
  }

  async compact(before: number): Promise<{ readonly deleted: number }> {
    let deleted = 0;
    for (let some = 1; some > 0; deleted += some) some = await this.#connection.transaction((query) => compactChunk(query, before));
    return { deleted };
  }

  retain(from: number): Promise<{ readonly deleted: number }> {
    const quarter = Math.floor(from / quarterMs);
    const at = quarter * quarterMs;
    return this.#connection.transaction(async (query) => {
      const deleted = await retainFrom(query, quarter, at);
      if (at > Number((await meta(query, 'retained_from')) ?? 0)) await setMeta(query, 'retained_from', String(at));
      return { deleted };
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

async function meta(query: Query, key: string): Promise<string | undefined> {
  const [row] = await query('SELECT value FROM agentops_meta WHERE key = $1', [key]);
  return row === undefined ? undefined : String(row.value);
}

async function setMeta(query: Query, key: string, value: string): Promise<void> {
  await query('INSERT INTO agentops_meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value', [
    key,
    value,
  ]);
}
