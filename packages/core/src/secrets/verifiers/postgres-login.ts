import { classifyPostgres } from '../../cost/ledger/postgres/failure.ts';
import type { RunContext, Verdict } from '../ports.ts';
import type { SecretValue } from '../value.ts';
import { type PostgresServer, withPostgres } from './postgres-client.ts';

/** `wrongPassword`: it is none of the role's; else it is, and the role may not log in. */
type LoginVerdict = Exclude<Verdict, { accepted: false }> | (Extract<Verdict, { accepted: false }> & { readonly wrongPassword: boolean });

/**
 * Tries to log in. A refusal is a wrong password (28P01), or a right one of a
 * role that may not log in; that pg_hba.conf lets nobody in from here (28000 as
 * well) says nothing about the value, nor does a server that asks for no
 * password. `throughTo`: whether the database must be reached, or the login
 * alone is asked about.
 */
export async function tryPostgresLogin(
  server: PostgresServer,
  user: string,
  value: SecretValue,
  throughTo: 'database' | 'login',
  context: RunContext,
): Promise<LoginVerdict> {
  const name = postgresName(server);
  let asked = false;
  const password = (): string => {
    asked = true;
    return value.text();
  };
  const accepted = (): LoginVerdict =>
    asked
      ? { accepted: true, detail: `${name} accepts it for ${user}` }
      : { accepted: 'unknown', detail: `${name} asks ${user} for no password` };
  try {
    await withPostgres({ ...server, user, password }, context, async () => undefined);
    return accepted();
  } catch (error) {
    const { code, routine } = error as { readonly code?: unknown; readonly routine?: unknown };
    if (code === '28P01') return { accepted: false, detail: `${name} refuses it for ${user}`, wrongPassword: true };
    // Raised after the password was found right: https://www.postgresql.org/docs/current/errcodes-appendix.html, InitializeSessionUserId.
    if (code === '28000' && routine === 'InitializeSessionUserId') {
      return { accepted: false, detail: `${name} does not let ${user} log in`, wrongPassword: false };
    }
    if (throughTo === 'login' && isAboutDatabase(code)) return accepted();
    return {
      accepted: 'unknown',
      detail: `${name}: ${code === '28000' ? 'lets nobody log in so from here' : classifyPostgres(error).detail}`,
    };
  }
}

/** No such database, no right to connect to it: told to whoever has logged in. */
function isAboutDatabase(code: unknown): boolean {
  return code === '3D000' || code === '42501';
}

/** `postgres db:5432/agents` */
export function postgresName({ host, port, database }: Pick<PostgresServer, 'host' | 'port' | 'database'>): string {
  return `postgres ${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}
