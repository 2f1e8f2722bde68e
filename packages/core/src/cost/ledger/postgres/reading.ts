import { AgentOpsError } from '../../../errors.ts';
import type { Host } from '../../../host.ts';
import type { UnavailableReason } from '../../../model/evidence.ts';
import { quarterMs } from '../fit.ts';
import type { LedgerReader } from '../reader.ts';
import { PostgresConnection } from './connection.ts';
import { classifyPostgres } from './failure.ts';
import { readRows } from './reader.ts';
import { hasCurrentSchema } from './schema.ts';

/** Why a shared ledger could not be read. */
export function reasonOf(error: unknown): UnavailableReason {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? 'absent' : classifyPostgres(cause).reason;
}

/** A shared ledger, to look at: only SELECT is sent. Throws AgentOpsError `ledger-unavailable`. */
export async function readPostgresLedger(url: string, host: Host): Promise<LedgerReader> {
  const connection = new PostgresConnection(url, host);
  try {
    if (!(await hasCurrentSchema(connection)))
      throw new AgentOpsError('ledger-unavailable', 'holds no ledger of this version of agentops', {
        hint: 'agentops cost ingest makes one',
      });
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    rows: (query) => readRows((sql, values) => connection.query(sql, values), query),
    state: async () => {
      const [row] = await connection.query(
        `SELECT (SELECT coalesce(sum(records), 0) FROM agentops_rollups) AS records,
           (SELECT min(quarter) FROM agentops_rollups) AS quarter,
           (SELECT max(last_read_at) FROM agentops_counts) AS read_at,
           (SELECT value FROM agentops_meta WHERE key = 'price_version') AS prices`,
      );
      const time = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
      const quarter = time(row?.quarter);
      return {
        records: Number(row?.records ?? 0),
        firstAt: quarter === null ? null : quarter * quarterMs,
        readAt: time(row?.read_at),
        mixedPrices: row?.prices === 'mixed',
      };
    },
    close: () => connection.close(),
  };
}
