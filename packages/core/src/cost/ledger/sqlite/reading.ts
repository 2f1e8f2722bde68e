import { DatabaseSync } from 'node:sqlite';
import { AgentOpsError } from '../../../errors.ts';
import type { LedgerReader } from '../reader.ts';
import { reasonOf } from './connection.ts';
import { Dictionary } from './names.ts';
import { readRows, timeRange } from './reader.ts';
import { hasCurrentSchema } from './schema.ts';

/** The ledger of a file that exists, to look at. Throws AgentOpsError `ledger-unavailable`. */
export function readSqliteLedger(path: string): LedgerReader {
  const failed = (error: unknown): AgentOpsError =>
    error instanceof AgentOpsError
      ? error
      : new AgentOpsError('ledger-unavailable', `cannot be read: ${reasonOf(error)}`, { cause: error });
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 500 });
    if (!hasCurrentSchema(db))
      throw new AgentOpsError('ledger-unavailable', 'is of another version of agentops', {
        hint: 'agentops cost report brings an older one up to date',
      });
  } catch (error) {
    db?.close();
    throw failed(error);
  }
  const open = db;
  const guarded = async <T>(action: () => T): Promise<T> => {
    try {
      return action();
    } catch (error) {
      throw failed(error);
    }
  };
  const one = (sql: string): unknown => open.prepare(sql).get()?.value;
  return {
    rows: (query) => guarded(() => readRows(open, new Dictionary(open), query)),
    state: () =>
      guarded(() => {
        const readAt = one('SELECT max(last_read_at) AS value FROM counts');
        return {
          records: Number(one('SELECT coalesce(sum(records), 0) AS value FROM rollups')),
          firstAt: timeRange(open).firstAt,
          readAt: typeof readAt === 'number' ? readAt : null,
          mixedPrices: one("SELECT value FROM meta WHERE key = 'price_version'") === 'mixed',
        };
      }),
    close: async () => open.close(),
  };
}
