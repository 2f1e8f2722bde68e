import { AgentOpsError } from '../../../errors.ts';
import { countColumns, moneyColumns } from '../sums.ts';
import type { PostgresConnection } from './connection.ts';

/**
 * Primary keys are explicit and no value comes from a sequence, so that the
 * same statements work where rows are spread over servers (CockroachDB,
 * YugabyteDB). Groups of names have a digest of the names as id.
 */
const first: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS agentops_groups (
    id uuid PRIMARY KEY, source text NOT NULL, model text NOT NULL, agent text NOT NULL,
    session text NOT NULL, task text NOT NULL, project text NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS agentops_records (
    source text NOT NULL, key text NOT NULL, at bigint NOT NULL, grp uuid NOT NULL,
    provider text NOT NULL, service_tier text NOT NULL, geo text NOT NULL, long_context boolean,
    sidechain boolean NOT NULL, status text NOT NULL,
    input bigint NOT NULL, output bigint NOT NULL, cache_read bigint NOT NULL,
    cache_write_5m bigint NOT NULL, cache_write_1h bigint NOT NULL,
    reasoning bigint NOT NULL, requests bigint NOT NULL, web_searches bigint NOT NULL,
    latency_ms bigint, claimed bigint, unpriced bigint NOT NULL,
    cost_input bigint NOT NULL, cost_output bigint NOT NULL, cost_cache_read bigint NOT NULL,
    cost_cache_write_5m bigint NOT NULL, cost_cache_write_1h bigint NOT NULL, cost_web_search bigint NOT NULL,
    book text NOT NULL,
    PRIMARY KEY (source, key)
  )`,
  'CREATE INDEX IF NOT EXISTS agentops_records_at ON agentops_records (at, source, key)',
  `CREATE TABLE IF NOT EXISTS agentops_rollups (
    quarter bigint NOT NULL, grp uuid NOT NULL,
    ${countColumns.map((name) => `${name} bigint NOT NULL`).join(', ')},
    ${moneyColumns.map((name) => `${name} numeric NOT NULL`).join(', ')},
    PRIMARY KEY (quarter, grp)
  )`,
  'CREATE TABLE IF NOT EXISTS agentops_compacted (digest uuid PRIMARY KEY)',
  `CREATE TABLE IF NOT EXISTS agentops_cursors (
    path text NOT NULL, kind text NOT NULL, size bigint NOT NULL, mtime_ms double precision NOT NULL,
    "offset" bigint NOT NULL, lines bigint NOT NULL, head text NOT NULL, head_bytes bigint NOT NULL, state text NOT NULL,
    PRIMARY KEY (path, kind)
  )`,
  `CREATE TABLE IF NOT EXISTS agentops_counts (
    source text NOT NULL, kind text NOT NULL, lines bigint NOT NULL, counted bigint NOT NULL, duplicate bigint NOT NULL,
    rejected bigint NOT NULL, empty bigint NOT NULL, last_read_at bigint NOT NULL, newest_record_at bigint,
    PRIMARY KEY (source, kind)
  )`,
  `CREATE TABLE IF NOT EXISTS agentops_reject_counts (
    source text NOT NULL, kind text NOT NULL, reason text NOT NULL, rejected bigint NOT NULL,
    PRIMARY KEY (source, kind, reason)
  )`,
  `CREATE TABLE IF NOT EXISTS agentops_rejects (
    source text NOT NULL, line bigint NOT NULL, reason text NOT NULL, detail text NOT NULL, seen_at bigint NOT NULL,
    PRIMARY KEY (source, line, reason)
  )`,
];

/** Numbered from 1; a released one never changes. Every statement may be repeated: not every server runs DDL in transactions. */
const migrations: readonly (readonly string[])[] = [first];

/** Whether there are tables of this version, without making any. */
export async function hasCurrentSchema(connection: PostgresConnection): Promise<boolean> {
  const [table] = await connection.query("SELECT to_regclass('agentops_meta')::text AS name");
  if (!table?.name) return false;
  const [row] = await connection.query("SELECT value FROM agentops_meta WHERE key = 'schema'");
  return Number(row?.value ?? 0) === migrations.length;
}

/** Brings the tables up to date, with any number of processes at it; refuses those of a newer agentops. */
export async function migrate(connection: PostgresConnection): Promise<void> {
  const meta = 'CREATE TABLE IF NOT EXISTS agentops_meta (key text PRIMARY KEY, value text NOT NULL)';
  const exists = await connection.query(
    "SELECT 1 FROM information_schema.tables WHERE table_name = 'agentops_meta' AND table_schema = current_schema()",
  );
  if (exists.length === 0) await connection.transaction((query) => query(meta));
  const [row] = await connection.query("SELECT value FROM agentops_meta WHERE key = 'schema'");
  const from = Number(row?.value ?? 0);
  if (from > migrations.length) {
    throw new AgentOpsError(
      'ledger-unavailable',
      `${connection.name} was written by a newer agentops (schema ${from}, known ${migrations.length})`,
      {
        hint: 'update agentops',
      },
    );
  }
  for (const statements of migrations.slice(from)) for (const sql of statements) await connection.transaction((query) => query(sql));
  if (from < migrations.length) {
    await connection.query(
      "INSERT INTO agentops_meta (key, value) VALUES ('schema', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      [String(migrations.length)],
    );
  }
}
