import type { DatabaseSync } from 'node:sqlite';
import { AgentOpsError } from '../../../errors.ts';
import { countColumns, moneyColumns } from '../sums.ts';

/**
 * Money in a rollup is two integers: micro-dollars and what is left in
 * pico-dollars. Each is a plain sum, so a rollup never overflows int64 however
 * much goes in, and a sum of sums needs no carry.
 */
export const splitMoneyColumns = moneyColumns.flatMap((name) => [`${name}_micro`, `${name}_pico`]);

const rollupColumns = [...countColumns, ...splitMoneyColumns];

/** `id` of a record: milliseconds × 2^21 + the low bits of its hash. Records of a time lie together, without an index. */
export const idShift = 21;

/**
 * `recent_keys` and `old_keys` find a record by the hash of its key. Hashes fall
 * anywhere: in one large table every batch would rewrite most of its pages, so
 * new ones gather in a small table that is merged into the large one in order.
 */
const first = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL, model INTEGER NOT NULL, agent INTEGER NOT NULL,
    session INTEGER NOT NULL, task INTEGER NOT NULL, project INTEGER NOT NULL,
    UNIQUE (source, model, agent, session, task, project)
  ) STRICT;
  CREATE TABLE traits (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL, service_tier TEXT NOT NULL, geo TEXT NOT NULL,
    long_context TEXT NOT NULL, sidechain INTEGER NOT NULL, status TEXT NOT NULL,
    UNIQUE (provider, service_tier, geo, long_context, sidechain, status)
  ) STRICT;
  CREATE TABLE books (id INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    grp INTEGER NOT NULL, traits INTEGER NOT NULL, book INTEGER NOT NULL,
    input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL,
    reasoning INTEGER NOT NULL, requests INTEGER NOT NULL, web_searches INTEGER NOT NULL,
    latency_ms INTEGER, claimed INTEGER,
    unpriced INTEGER NOT NULL,
    cost_input INTEGER NOT NULL, cost_output INTEGER NOT NULL, cost_cache_read INTEGER NOT NULL,
    cost_cache_write_5m INTEGER NOT NULL, cost_cache_write_1h INTEGER NOT NULL, cost_web_search INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE recent_keys (hash INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;
  CREATE TABLE old_keys (hash INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;
  CREATE TABLE rollups (
    quarter INTEGER NOT NULL, grp INTEGER NOT NULL,
    ${rollupColumns.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
    PRIMARY KEY (quarter, grp)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE compacted (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE cursors (
    path TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, mtime_ms REAL NOT NULL,
    offset INTEGER NOT NULL, lines INTEGER NOT NULL, head TEXT NOT NULL, head_bytes INTEGER NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (path, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE counts (
    source TEXT NOT NULL, kind TEXT NOT NULL, lines INTEGER NOT NULL, counted INTEGER NOT NULL, duplicate INTEGER NOT NULL,
    rejected INTEGER NOT NULL, empty INTEGER NOT NULL, last_read_at INTEGER NOT NULL, newest_record_at INTEGER,
    PRIMARY KEY (source, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE reject_counts (
    source TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, rejected INTEGER NOT NULL,
    PRIMARY KEY (source, kind, reason)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rejects (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    UNIQUE (source, line, reason)
  ) STRICT;
`;

/** Rollups without agents and sessions: few rows however many sessions there are, for what looks at months. */
const second = `
  CREATE TABLE model_rollups (
    quarter INTEGER NOT NULL, source INTEGER NOT NULL, model INTEGER NOT NULL,
    ${rollupColumns.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
    PRIMARY KEY (quarter, source, model)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO model_rollups SELECT r.quarter, g.source, g.model, ${rollupColumns.map((name) => `sum(r.${name})`).join(', ')}
    FROM rollups r CROSS JOIN groups g ON g.id = r.grp GROUP BY r.quarter, g.source, g.model;
`;

/** Numbered from 1; a released one never changes. */
const migrations: readonly string[] = [first, second];

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

/** Whether the file has this version's tables: neither empty, nor older, nor newer. */
export function hasCurrentSchema(db: DatabaseSync): boolean {
  return versionOf(db) === migrations.length;
}

/** Brings the schema up to date, in one transaction; refuses a ledger of a newer agentops. */
export function migrate(db: DatabaseSync, path: string): void {
  if (versionOf(db) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have done it while this one waited.
    const from = versionOf(db);
    if (from > migrations.length) {
      throw new AgentOpsError(
        'ledger-unavailable',
        `ledger ${path} was written by a newer agentops (schema ${from}, known ${migrations.length})`,
        {
          hint: 'update agentops',
        },
      );
    }
    for (const sql of migrations.slice(from)) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
