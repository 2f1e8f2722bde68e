import { randomBytes } from 'node:crypto';
import type { SetterConfig } from '../../../config/secrets.ts';
import { serverName } from '../../../cost/ledger/postgres/connection.ts';
import type { IssuerKey } from '../../../model/rotation.ts';
import { RotationFailure } from '../../failure.ts';
import type { IssueRequest, RunContext, Verdict } from '../../ports.ts';
import type { SecretValue } from '../../value.ts';
import { postgresServer } from '../../verifiers/postgres-client.ts';
import { tryPostgresLogin } from '../../verifiers/postgres-login.ts';
import { asAdmin, mustBeAlterable } from './postgres-role.ts';
import { scramVerifier } from './scram.ts';
import { inspected, noValue, type Setter } from './setter.ts';

type PostgresConfig = Extract<SetterConfig, { type: 'postgres' }>;

/**
 * Sets the password of a PostgreSQL role, 10 or later, as a SCRAM-SHA-256
 * verifier that is computed here: the password is in no statement, and so in no
 * log of the server. Two roles take turns, so that the old one stays valid; both
 * must exist and may do the same. A role whose turn is over may not log in and
 * has no password; sessions that are open stay open. The role of the URL must be
 * allowed to alter them (a superuser, or CREATEROLE with the admin option).
 */
export function postgresSetter(config: PostgresConfig): Setter {
  const { url } = config;
  const accounts = [...new Set(config.accounts)];
  const [first = '', second] = accounts;
  const server = serverName(url);
  const other = ({ account }: IssuerKey): string => (second !== undefined && account === first ? second : first);
  const knows = (key: IssuerKey | null): key is IssuerKey => second === undefined || key?.account !== undefined;

  /** The role whose turn it is. A guess could change the password that is in use, so none is made. */
  const turnOf = ({ current, first: nobodyYet }: IssueRequest): string => {
    if (knows(current)) return other(current ?? {});
    if (nobodyYet) return first;
    throw new RotationFailure('operator', `it is not known which of the roles ${accounts.join(' and ')} on ${server} is in use`, {
      hint: 'write it into the field that accountField names',
    });
  };
  const alter = (account: string, what: string, context: RunContext): Promise<void> =>
    asAdmin(url, context, async (client) => {
      await mustBeAlterable(client, account, server);
      await client.query(`ALTER ROLE ${client.escapeIdentifier(account)} WITH ${what}`);
    });
  const login = async (account: string, value: SecretValue, context: RunContext): ReturnType<typeof tryPostgresLogin> =>
    tryPostgresLogin(await postgresServer(url), account, value, 'login', context);
  /** Roles that a key may mean: a crash may have come before it was known which. */
  const meant = ({ account }: IssuerKey): readonly string[] => accounts.filter((each) => account === undefined || each === account);

  return {
    live: second === undefined ? 'one' : 'both',
    ...(second === undefined ? { presentKey: { account: first } } : {}),
    nextKey: (current) => (knows(current) ? { account: other(current ?? {}) } : {}),
    describe: (current) => ({
      issue: `ALTER ROLE ${knows(current) ? other(current ?? {}) : `(the idle one of ${accounts.join(' and ')})`}: login with the new password, as a SCRAM-SHA-256 verifier`,
      revoke:
        second === undefined
          ? 'nothing: the new password has replaced the old one'
          : current?.account !== undefined && !accounts.includes(current.account)
            ? `by hand: role ${current.account} is none of ${accounts.join(' and ')}`
            : `ALTER ROLE ${current?.account ?? '(the one in use)'}: no login, no password`,
      objects: accounts.map((account) => `role ${account} on ${server}`),
    }),
    inspect: (context) =>
      inspected(() =>
        asAdmin(url, context, async (client) => {
          for (const account of accounts) await mustBeAlterable(client, account, server);
        }),
      ),
    async issue(request, context) {
      const { value, name } = request;
      if (!value) throw new RotationFailure('operator', noValue);
      const account = turnOf(request);
      await asAdmin(url, context, async (client) => {
        const { iterations } = await mustBeAlterable(client, account, server);
        const verifier = await scramVerifier(value, randomBytes(16), iterations);
        await client.query(`ALTER ROLE ${client.escapeIdentifier(account)} WITH LOGIN PASSWORD ${client.escapeLiteral(verifier)}`);
      });
      return { value, key: { name, account } };
    },
    ...(second === undefined
      ? {}
      : {
          async disable({ key }, context) {
            if (key.account !== undefined && accounts.includes(key.account)) await alter(key.account, 'NOLOGIN', context);
          },
          async enable({ key }, context) {
            if (key.account !== undefined && accounts.includes(key.account)) await alter(key.account, 'LOGIN', context);
          },
        }),
    async revoke({ key, value }, context) {
      if (second === undefined) return { result: 'gone', detail: 'the new password has replaced the old one' };
      const roles = meant(key);
      if (roles.length === 0)
        return { result: 'manual', detail: `role ${key.account} is none of ${accounts.join(' and ')}: take its password away` };
      if (!value)
        return { result: 'manual', detail: `the old password is not known any more: take it from role ${roles.join(' or ')} on ${server}` };
      const ended: string[] = [];
      for (const account of roles) {
        // Only a role that has this very password: another one was set by somebody else, or is the one that serves.
        const verdict = await login(account, value, context);
        if (verdict.accepted === 'unknown') {
          throw new RotationFailure('transient', `which password role ${account} has could not be seen: ${verdict.detail}`);
        }
        if (verdict.accepted === false && verdict.wrongPassword) continue;
        await alter(account, 'NOLOGIN PASSWORD NULL', context);
        ended.push(account);
      }
      return ended.length === 0
        ? { result: 'gone', detail: `role ${roles.join(', ')} on ${server} has another password or none` }
        : { result: 'revoked', detail: `role ${ended.join(', ')} on ${server} may not log in and has no password` };
    },
    async check({ key, value }, context): Promise<Verdict> {
      const account = second === undefined ? first : key.account;
      if (account === undefined) return { accepted: 'unknown', detail: 'the role of the value is not known' };
      return login(account, value, context);
    },
  };
}
