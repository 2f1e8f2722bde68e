import type { Client } from 'pg';
import { serverName } from '../../../cost/ledger/postgres/connection.ts';
import { classifyPostgres } from '../../../cost/ledger/postgres/failure.ts';
import { RotationFailure } from '../../failure.ts';
import type { RunContext } from '../../ports.ts';
import { withPostgres } from '../../verifiers/postgres-client.ts';

/** PostgreSQL's own default, and what its drivers accept at most. */
const [leastIterations, mostIterations] = [4096, 100_000];

interface RoleFacts {
  readonly version: number;
  readonly standby: boolean;
  readonly iterations: string | null;
  readonly self: boolean;
  readonly known: boolean;
}

/** Throws unless the server and the role are such that its password may be changed. Changes nothing. */
export async function mustBeAlterable(client: Client, account: string, server: string): Promise<{ readonly iterations: number }> {
  const { rows } = await client.query<RoleFacts>(
    `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
      current_setting('scram_iterations', true) AS iterations, $1::name IN (session_user, current_user) AS self,
      EXISTS (SELECT FROM pg_roles WHERE rolname = $1::name) AS known`,
    [account],
  );
  const [facts] = rows;
  if (facts?.standby !== false) {
    throw new RotationFailure('transient', `${server} is a standby: roles can be changed on the primary alone`);
  }
  if (facts.version < 100_000) throw new RotationFailure('operator', `${server} is older than PostgreSQL 10: it knows no SCRAM-SHA-256`);
  if (!facts.known)
    throw new RotationFailure('operator', `${server} has no role ${account}`, { hint: 'make it first, with what it may do' });
  if (facts.self) throw new RotationFailure('operator', `role ${account} is the one that agentops itself uses on ${server}`);
  return { iterations: Math.min(mostIterations, Math.max(leastIterations, Number(facts.iterations) || 0)) };
}

/** Work as the role of a URL. Throws `transient` for whatever the server or the network say. */
export async function asAdmin<T>(url: string, context: RunContext, work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await withPostgres({ connectionString: url }, context, work);
  } catch (error) {
    if (error instanceof RotationFailure) throw error;
    const { reason, detail } = classifyPostgres(error);
    const hint = reason === 'forbidden' ? { hint: 'the role of the URL needs CREATEROLE, and the admin option on both accounts' } : {};
    throw new RotationFailure('transient', `${serverName(url)}: ${detail}`, hint);
  }
}
