import type { Host } from '../../host.ts';
import type { Unavailable } from '../../model/evidence.ts';
import type { Reject, UsageRecord } from '../../model/usage.ts';
import { PostgresConnection, type Query, type Row } from '../ledger/postgres/connection.ts';
import { classifyPostgres } from '../ledger/postgres/failure.ts';
import { Malformed } from '../sources/fields.ts';
import { fromDailySpendRow, fromSpendLogRow } from '../sources/litellm.ts';
import { dailyQuery, logsQuery, type SpendTable, tableColumns, tableNames } from './sql.ts';

export type { SpendTable } from './sql.ts';

export interface SpendPage {
  readonly records: readonly UsageRecord[];
  readonly rejects: readonly Reject[];
  /** Rows of this page. */
  readonly lines: number;
  /** Up to here the table has been read: ms of the last row. */
  readonly at: number;
}

export type SpendReading =
  | {
      readonly ok: true;
      /** Address without credentials. */
      readonly source: string;
      readonly rows: number;
      /** What could not be seen although the rows could. */
      readonly gaps: readonly Unavailable[];
    }
  | Unavailable;

export interface SpendOptions {
  readonly table: SpendTable;
  /** ms: rows that started (whose day begins) here or later. */
  readonly from: number;
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads LiteLLM's own spend table page by page, oldest first, in read-only
 * transactions. What was said in a conversation is never selected: of
 * `metadata` only the counts and names that are needed leave the server.
 */
export async function readSpendTable(
  url: string,
  host: Host,
  options: SpendOptions,
  visit: (page: SpendPage) => Promise<void>,
): Promise<SpendReading> {
  const connection = new PostgresConnection(url, host, { max: 1 });
  const source = `litellm ${connection.name}`;
  const unavailable = (reason: Unavailable['reason'], detail: string, hint?: string): Unavailable => ({
    ok: false,
    reason,
    source,
    detail,
    ...(hint === undefined ? {} : { hint }),
  });
  try {
    const seen = await readOnly(connection, (query) => visibleColumns(query, options.table));
    const name = tableNames[options.table];
    if (seen === undefined)
      return unavailable('absent', `table "${name}" is not there`, 'is it the database of LiteLLM, and its schema on the search path?');
    const { required, optional } = tableColumns[options.table];
    const missing = required.filter((column) => !seen.has(column));
    if (missing.length > 0)
      return unavailable('forbidden', `no permission to read ${missing.join(', ')} of "${name}"`, grantHint(options.table));
    const gaps = optional
      .filter((column) => !seen.has(column.name) && column.gap !== undefined)
      .map((column) => unavailable('forbidden', `"${name}".${column.name} cannot be read: ${column.gap}`, grantHint(options.table)));
    const rows = await readPages(connection, options, seen, source, visit);
    return { ok: true, source, rows, gaps };
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause ?? error;
    if (!isServerFailure(error)) throw error;
    const { reason, detail } = classifyPostgres(cause);
    return unavailable(reason, detail);
  } finally {
    await connection.close();
  }
}

/** The connection's own failures; what `visit` throws is not ours to hide. */
function isServerFailure(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ledger-unavailable' && !(error as { visited?: boolean }).visited;
}

function grantHint(table: SpendTable): string {
  const { required, optional } = tableColumns[table];
  const columns = [...required, ...optional.map(({ name }) => name)].map((name) => `"${name}"`).join(', ');
  return `GRANT SELECT (${columns}) ON "${tableNames[table]}" TO …`;
}

function readOnly<T>(connection: PostgresConnection, action: (query: Query) => Promise<T>): Promise<T> {
  return connection.transaction(async (query) => {
    await query('SET TRANSACTION READ ONLY');
    await query("SET LOCAL statement_timeout = '60s'");
    return action(query);
  });
}

/** Columns that exist and that this user may read; undefined where there is no such table. */
async function visibleColumns(query: Query, table: SpendTable): Promise<ReadonlySet<string> | undefined> {
  const rows = await query(
    `SELECT a.attname AS name, has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.oid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
    [`"${tableNames[table]}"`],
  );
  if (rows.length === 0) return undefined;
  return new Set(rows.filter(({ readable }) => readable === true).map(({ name }) => String(name)));
}

async function readPages(
  connection: PostgresConnection,
  { table, from, pageSize = 5000, signal }: SpendOptions,
  columns: ReadonlySet<string>,
  source: string,
  visit: (page: SpendPage) => Promise<void>,
): Promise<number> {
  const sql = table === 'logs' ? logsQuery(columns, pageSize) : dailyQuery(columns, pageSize);
  let total = 0;
  let after: readonly [at: number, id: string] = [from, ''];
  for (;;) {
    signal?.throwIfAborted();
    const rows = await readOnly(connection, (query) => query(sql, [...after]));
    const last = rows.at(-1);
    if (!last) return total;
    total += rows.length;
    after = [Number(last.position_at), String(last.position_id)];
    await visited(visit({ ...convert(table, rows, source), lines: rows.length, at: after[0] }));
    if (rows.length < pageSize) return total;
  }
}

/** Marks what the visitor throws, so that a failing ledger is not taken for a failing LiteLLM. */
async function visited(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) Object.assign(error, { visited: true });
    throw error;
  }
}

function convert(table: SpendTable, rows: readonly Row[], source: string): Pick<SpendPage, 'records' | 'rejects'> {
  const records: UsageRecord[] = [];
  const rejects: Reject[] = [];
  for (const row of rows) {
    try {
      if (row.metadata_kind === 'string') throw new Malformed('unknown-shape', 'metadata is text, not an object');
      records.push(table === 'logs' ? fromSpendLogRow(asSource(row)) : fromDailySpendRow(asSource(row)));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      rejects.push({ source, line: 0, reason: error.reason, detail: error.message });
    }
  }
  return { records, rejects };
}

/** The driver's BigInts as decimal text and our milliseconds as dates: what the converters of exported rows take. */
function asSource(row: Row): Record<string, unknown> {
  const fields = Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]);
  const times = ['startTime', 'endTime'].filter((name) => row[name] !== undefined && row[name] !== null);
  return { ...Object.fromEntries(fields), ...Object.fromEntries(times.map((name) => [name, new Date(Number(row[name]))])) };
}
