import { join } from 'node:path';
import type { Host } from '../../host.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Ledger } from './ledger.ts';

/** `$XDG_STATE_HOME/agentops/ledger.db`, by default below `~/.local/state`. */
export function defaultLedgerPath(host: Host): string {
  // The specification: a relative path there is to be ignored.
  const state = host.env.XDG_STATE_HOME?.startsWith('/') ? host.env.XDG_STATE_HOME : join(host.home, '.local', 'state');
  return join(state, 'agentops', 'ledger.db');
}

/**
 * Opens or creates the ledger: a PostgreSQL URL for a team, else a file.
 * Throws AgentOpsError `ledger-unavailable`. Either implementation loads only
 * when it is asked for.
 */
export async function openLedger(location: string, book: PriceBook, host: Host): Promise<Ledger> {
  if (/^postgres(ql)?:\/\//.test(location)) {
    const { openPostgresLedger } = await import('./postgres/ledger.ts');
    return openPostgresLedger(location, book, host);
  }
  const { openSqliteLedger } = await import('./sqlite/ledger.ts');
  return openSqliteLedger(location, book, host);
}
