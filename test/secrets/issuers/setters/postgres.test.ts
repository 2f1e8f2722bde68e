import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretEntry } from '../../../../packages/core/src/config/secrets.ts';
import { createIssuer } from '../../../../packages/core/src/secrets/issuers/create.ts';
import type { Issuer } from '../../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../../packages/core/src/secrets/value.ts';
import { testGatherContext, testHost } from '../../../support/host.ts';
import { startScriptedPostgres } from '../../../support/scripted-postgres.ts';

const value = SecretValue.fromText('CANARY-value-0123456789');
const request = { name: 'agentops-db-1234-1', namePrefix: 'agentops-db-1234-', current: { account: 'app_a' }, value };

function issuer(accounts: readonly string[], url = 'postgres://admin:CANARY-admin@127.0.0.1:1/app'): Issuer {
  const entry = secretEntry.parse({
    name: 'db',
    vault: { mount: 'kv', path: 'db', accountField: 'user' },
    issuer: { type: 'random', set: { type: 'postgres', url, accounts } },
  });
  const made = createIssuer(entry, { host: testHost() });
  if (!made) throw new Error('no issuer');
  return made;
}

describe('the postgres setter', () => {
  it.each([
    [{ account: 'app_a' }, { account: 'app_b' }],
    [{ account: 'app_b' }, { account: 'app_a' }],
    [{ account: 'legacy' }, { account: 'app_a' }],
    [{ id: 'x' }, {}],
    [null, {}],
  ])('after %j comes %j', (current, next) => {
    expect(issuer(['app_a', 'app_b']).nextKey?.(current)).toEqual(next);
  });

  it.each([['app_a'], ['app_a', 'app_a']])('one role alone has one value', (...accounts) => {
    const made = issuer(accounts);
    expect(made).toMatchObject({ live: 'one', presentKey: { account: 'app_a' } });
    expect(made.nextKey?.(null)).toEqual({ account: 'app_a' });
    expect(made.disable).toBeUndefined();
  });

  it('is described without a connection and without credentials', () => {
    const on = 'on postgres://127.0.0.1:1/app';
    expect(issuer(['app_a', 'app_b']).describe({ account: 'app_a' })).toEqual({
      issue: 'ALTER ROLE app_b: login with the new password, as a SCRAM-SHA-256 verifier',
      revoke: 'ALTER ROLE app_a: no login, no password',
      objects: [`role app_a ${on}`, `role app_b ${on}`],
    });
    expect(issuer(['app_a', 'app_b']).describe({ account: 'legacy' }).revoke).toBe('by hand: role legacy is none of app_a and app_b');
    expect(issuer(['app_a', 'app_b']).describe(null)).toMatchObject({
      issue: 'ALTER ROLE (the idle one of app_a and app_b): login with the new password, as a SCRAM-SHA-256 verifier',
      revoke: 'ALTER ROLE (the one in use): no login, no password',
    });
    expect(issuer(['app_a']).describe(null).revoke).toBe('nothing: the new password has replaced the old one');
  });

  it('knows nothing of a role that is not its own', async () => {
    const made = issuer(['app_a', 'app_b']);
    expect(await made.revoke({ key: { account: 'legacy' }, value }, testGatherContext())).toEqual({
      result: 'manual',
      detail: 'role legacy is none of app_a and app_b: take its password away',
    });
    expect(await made.revoke({ key: { account: 'app_a' }, value: undefined }, testGatherContext())).toMatchObject({ result: 'manual' });
    expect(await made.check?.({ key: {}, value }, testGatherContext())).toMatchObject({ accepted: 'unknown' });
    // Nothing to do at all: no connection is tried.
    await made.disable?.({ key: { account: 'legacy' }, value }, testGatherContext());
  });

  it.each([
    ['not there', 'postgres://admin:CANARY-admin@127.0.0.1:1/app', 'postgres://127.0.0.1:1/app: connection refused'],
    ['no URL', 'postgres://admin:CANARY-admin@127.0.0.1:port/app', 'postgres: connection failed (ERR_INVALID_URL)'],
  ])('a server that is %s', async (_title, url, message) => {
    const error = await issuer(['app_a', 'app_b'], url)
      .issue(request, testGatherContext())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'transient', message });
    expect(inspect(error, { depth: 9 })).not.toContain('CANARY');
  });

  it('whose password a role has must be seen before it is taken away', async () => {
    const server = await startScriptedPostgres(true, { code: '53300', routine: 'x', message: 'CANARY' });
    onTestFinished(() => server.close());
    const made = issuer(['app_a', 'app_b'], `postgres://admin:CANARY-admin@127.0.0.1:${server.port}/app`);
    const error = await made.revoke({ key: { account: 'app_a' }, value }, testGatherContext()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'transient', message: expect.stringContaining('which password role app_a has could not be seen') });
    expect(inspect(error, { depth: 9 })).not.toContain('CANARY');
    expect(server.passwords).toEqual(['CANARY-value-0123456789']);
  });
});
