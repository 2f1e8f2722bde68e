import { beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { vaultDatabaseIssuer } from '../../packages/core/src/secrets/issuers/vault-database.ts';
import { vaultDatabaseRootIssuer } from '../../packages/core/src/secrets/issuers/vault-database-root.ts';
import type { Credential, RunContext } from '../../packages/core/src/secrets/ports.ts';
import { openVault, type VaultSession } from '../../packages/core/src/secrets/vault/session.ts';
import { testGatherContext, testHost } from '../support/host.ts';
import { exchange, type HttpAnswer } from './http.ts';

/** A Vault whose database engine is mounted and empty, and a database with three logins. */
export interface VaultDatabaseTarget {
  readonly url: string;
  readonly rootToken: string;
  /** May `update` rotate-role/app-a and `read` static-creds/app-a, and nothing else. */
  readonly limitedToken: string;
  readonly mount: string;
  /** With `{{username}}` and `{{password}}` in it. */
  readonly connectionUrl: string;
  readonly root: { readonly user: string; readonly password: string };
  /** Logins of the static roles app-a and app-b. */
  readonly accounts: readonly [string, string];
  /** Whether the database lets somebody in. */
  login(user: string, password: string): Promise<boolean>;
  /** Behind Vault's back. */
  setPassword(user: string, password: string): Promise<void>;
}

interface StaticCredentials {
  readonly username: string;
  readonly password: string;
  readonly last_vault_rotation: string;
  readonly ttl: number;
}

const longPeriod = 315_360_000;

/** What agentops relies on in Vault's database engine, and the issuers made of it. */
export function describeVaultDatabaseContract(getTarget: () => VaultDatabaseTarget): void {
  const call = (method: string, path: string, body?: object, token = getTarget().rootToken): Promise<HttpAnswer> =>
    exchange(`${getTarget().url}/v1/${getTarget().mount}/${path}`, {
      method,
      headers: { 'x-vault-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const connect = (more: object = {}): Promise<HttpAnswer> => {
    const { connectionUrl, root } = getTarget();
    return call('POST', 'config/main', {
      plugin_name: 'postgresql-database-plugin',
      connection_url: connectionUrl,
      allowed_roles: ['app-a', 'app-b', 'app-missing'],
      username: root.user,
      password: root.password,
      ...more,
    });
  };
  const setRole = (role: 'app-a' | 'app-b', settings: object = { rotation_period: longPeriod }): Promise<HttpAnswer> =>
    call('POST', `static-roles/${role}`, { db_name: 'main', username: getTarget().accounts[role === 'app-a' ? 0 : 1], ...settings });
  const credentials = async (role: string): Promise<StaticCredentials> =>
    ((await call('GET', `static-creds/${role}`)).json() as { data: StaticCredentials }).data;

  beforeAll(async () => {
    expect((await connect()).status).toBe(204);
    expect((await setRole('app-a')).status).toBe(204);
    expect((await setRole('app-b')).status).toBe(204);
  });

  it('tells a static role without its password', async () => {
    const answer = await call('GET', 'static-roles/app-a');
    const { data } = answer.json() as { data: object };
    expect(data).toEqual({
      credential_type: 'password',
      db_name: 'main',
      last_vault_rotation: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
      rotation_period: longPeriod,
      rotation_statements: [],
      skip_import_rotation: false,
      username: getTarget().accounts[0],
    });
    expect((await call('LIST', 'static-roles')).json()).toMatchObject({ data: { keys: ['app-a', 'app-b'] } });
  });

  it('hands out a password that the database accepts', async () => {
    const { username, password, ttl, last_vault_rotation } = await credentials('app-a');
    expect([username, password.length, last_vault_rotation.endsWith('Z')]).toEqual([getTarget().accounts[0], 20, true]);
    expect(ttl).toBeGreaterThan(longPeriod - 600);
    expect(await getTarget().login(username, password)).toBe(true);
  });

  it('rotates a role: the new password is accepted, the old one refused', async () => {
    const before = await credentials('app-a');
    const answer = await call('POST', 'rotate-role/app-a', {});
    expect([answer.status, answer.text]).toEqual([204, '']);
    const after = await credentials('app-a');
    expect(after.password).not.toBe(before.password);
    expect(after.last_vault_rotation > before.last_vault_rotation).toBe(true);
    expect(await getTarget().login(after.username, after.password)).toBe(true);
    expect(await getTarget().login(before.username, before.password)).toBe(false);
  });

  it('updates a role’s settings and leaves its password', async () => {
    const before = await credentials('app-b');
    expect((await setRole('app-b', { rotation_period: 86_400 })).status).toBe(204);
    expect((await call('GET', 'static-roles/app-b')).json()).toMatchObject({ data: { rotation_period: 86_400 } });
    expect((await credentials('app-b')).password).toBe(before.password);
    await setRole('app-b');
  });

  it.each<[string, string, string, number, readonly string[]]>([
    ['an unknown role’s settings', 'GET', 'static-roles/nope', 404, []],
    ['an unknown role’s credentials', 'GET', 'static-creds/nope', 400, ['unknown role: nope']],
    ['the rotation of an unknown role', 'POST', 'rotate-role/nope', 400, ['no static role found for role name']],
    ['an unknown connection', 'GET', 'config/nope', 404, []],
    [
      'the rotation of an unknown connection',
      'POST',
      'rotate-root/nope',
      500,
      ['1 error occurred:\n\t* failed to find entry for connection with name: "nope"\n\n'],
    ],
    [
      'the reset of an unknown connection',
      'POST',
      'reset/nope',
      500,
      ['1 error occurred:\n\t* failed to find entry for connection with name: "nope"\n\n'],
    ],
    ['a read of what only rotates', 'GET', 'rotate-role/app-a', 405, ['1 error occurred:\n\t* unsupported operation\n\n']],
    ['a path that is none', 'GET', 'nothing/here', 404, ['1 error occurred:\n\t* unsupported path\n\n']],
  ])('refuses %s', async (_what, method, path, status, errors) => {
    const answer = await call(method, path, method === 'POST' ? {} : undefined);
    expect([answer.status, answer.json()]).toEqual([status, { errors }]);
  });

  it.each<[string, object, number, RegExp]>([
    ['without an account', { db_name: 'main', rotation_period: 60 }, 400, /^username is a required field to create a static account$/],
    ['without a connection', { username: 'x', rotation_period: 60 }, 400, /^database name is a required field$/],
    ['without a rhythm', { db_name: 'main', username: 'x' }, 400, /^one of rotation_schedule or rotation_period must be provided/],
    ['with too short a period', { db_name: 'main', username: 'x', rotation_period: 1 }, 400, /^rotation_period must be 5 seconds or more$/],
    [
      'for a login that is not there',
      { db_name: 'main', username: 'no_such_login', rotation_period: 60 },
      500,
      /role "no_such_login" does not exist/,
    ],
  ])('refuses a static role %s', async (_what, body, status, message) => {
    const answer = await call('POST', 'static-roles/app-missing', body);
    expect(answer.status).toBe(status);
    expect((answer.json() as { errors: string[] }).errors[0]).toMatch(message);
    expect((await call('GET', 'static-roles/app-missing')).status).toBe(404);
  });

  it('refuses a role that the connection does not allow, and another account for one that is there', async () => {
    const denied = await call('POST', 'static-roles/other', { db_name: 'main', username: getTarget().accounts[0], rotation_period: 60 });
    expect([denied.status, denied.json()]).toEqual([500, { errors: ['1 error occurred:\n\t* "other" is not an allowed role\n\n'] }]);
    const changed = await setRole('app-a', { username: getTarget().accounts[1] });
    expect([changed.status, changed.json()]).toEqual([400, { errors: ['cannot update static account username'] }]);
  });

  it('keeps to policies, by path', async () => {
    const { limitedToken } = getTarget();
    expect((await call('GET', 'static-creds/app-a', undefined, limitedToken)).status).toBe(200);
    expect((await call('POST', 'rotate-role/app-a', {}, limitedToken)).status).toBe(204);
    for (const [method, path] of [
      ['GET', 'static-creds/app-b'],
      ['GET', 'static-roles/app-a'],
      ['POST', 'rotate-role/app-b'],
      ['POST', 'rotate-root/main'],
    ] as const) {
      const answer = await call(method, path, method === 'POST' ? {} : undefined, limitedToken);
      expect([path, answer.status, answer.json()]).toEqual([path, 403, { errors: ['1 error occurred:\n\t* permission denied\n\n'] }]);
    }
  });

  it('rotates the root password: the engine goes on, the old one is refused', async () => {
    const { root, login } = getTarget();
    expect(await login(root.user, root.password)).toBe(true);
    const answer = await call('POST', 'rotate-root/main', {});
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await login(root.user, root.password)).toBe(false);
    expect((await call('POST', 'reset/main', {})).status).toBe(204);
    expect((await call('POST', 'rotate-role/app-a', {})).status).toBe(204);
    const config = await call('GET', 'config/main');
    expect(config.json()).toMatchObject({ data: { connection_details: { username: root.user }, verify_connection: true } });
    expect(config.text).not.toContain(root.password);
  });

  it('a reset tries the stored root password, unless verify_connection is off', async () => {
    const { root, setPassword } = getTarget();
    await setPassword(root.user, 'behind-its-back');
    const refused = await call('POST', 'reset/main', {});
    expect(refused.status).toBe(500);
    expect(refused.text).toMatch(/error verifying connection: ping failed: .*password authentication failed for user/);
    const wrong = await connect({ password: 'wrong' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toMatch(/error creating database object: error verifying connection: ping failed/);
    expect((await connect({ password: 'wrong', verify_connection: false })).status).toBe(204);
    expect((await call('POST', 'reset/main', {})).status).toBe(204);
    expect((await call('POST', 'rotate-role/app-a', {})).status).toBe(500);
    await setPassword(root.user, root.password);
    expect((await connect({ verify_connection: true })).status).toBe(204);
    expect((await call('POST', 'reset/main', {})).status).toBe(204);
  });

  describe('issuers', () => {
    const host = testHost({ now: Date.now() });
    const context = (): RunContext => testGatherContext(20_000, host);
    const open = (): Promise<VaultSession> => {
      const { url, rootToken } = getTarget();
      return openVault(configSchema.parse({ vault: { address: url, auth: { method: 'token', token: rootToken } } }), context());
    };
    const withSession = async (use: (session: VaultSession) => Promise<void>): Promise<void> => {
      const session = await open();
      try {
        await use(session);
      } finally {
        await session.close();
      }
    };
    const names = { name: 'agentops-x-1', namePrefix: 'agentops-x-' };
    const accepts = ({ key, value }: Credential): Promise<boolean> => getTarget().login(key.account ?? '', value.text());

    it('two static roles take turns, and what consumers hold is accepted all the time', async () =>
      withSession(async (session) => {
        const issuer = vaultDatabaseIssuer({ type: 'vault-database', mount: getTarget().mount, roles: ['app-a', 'app-b'] }, session, host);
        const [accountA, accountB] = getTarget().accounts;
        let held = await issuer.issue({ ...names, current: { account: accountB } }, context());
        expect(held.key).toEqual({ id: 'app-a', account: accountA });
        const probes: boolean[] = [];
        let probing = true;
        const probe = (async () => {
          while (probing) {
            probes.push(await accepts(held));
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        })();
        for (const [id, account] of [
          ['app-b', accountB],
          ['app-a', accountA],
        ] as const) {
          const old = held;
          expect(issuer.nextKey?.(old.key)).toEqual({ id });
          const issued = await issuer.issue({ ...names, current: old.key }, context());
          expect(issued.key).toEqual({ id, account });
          expect([await accepts(old), await accepts(issued)]).toEqual([true, true]);
          // After a crash it is done again: the idle role's former value was nobody's.
          const again = await issuer.issue({ ...names, current: old.key }, context());
          expect([await accepts(old), await accepts(issued), await accepts(again)]).toEqual([true, false, true]);
          held = again;
          // A probe that began with the old one must not meet its end.
          const seen = probes.length;
          while (probes.length < seen + 2) await new Promise((resolve) => setTimeout(resolve, 5));
          expect(await issuer.revoke(old, context())).toMatchObject({ result: 'revoked' });
          expect([await accepts(old), await accepts(held)]).toEqual([false, true]);
          expect(await issuer.revoke(old, context())).toMatchObject({ result: 'gone' });
        }
        probing = false;
        await probe;
        expect(probes.length).toBeGreaterThan(5);
        expect(probes.filter((accepted) => !accepted)).toEqual([]);
      }));

    it('a way back ends the new password and leaves the old one', async () =>
      withSession(async (session) => {
        const issuer = vaultDatabaseIssuer({ type: 'vault-database', mount: getTarget().mount, roles: ['app-a', 'app-b'] }, session, host);
        const old = await issuer.issue({ ...names, current: { id: 'app-b' } }, context());
        const issued = await issuer.issue({ ...names, current: old.key }, context());
        expect(await issuer.revoke({ key: issued.key, value: undefined }, context())).toMatchObject({ result: 'revoked' });
        expect([await accepts(old), await accepts(issued)]).toEqual([true, false]);
      }));

    it('one static role: its old password ends with the rotation', async () =>
      withSession(async (session) => {
        const issuer = vaultDatabaseIssuer({ type: 'vault-database', mount: getTarget().mount, roles: ['app-a'] }, session, host);
        expect(issuer.live).toBe('one');
        const old = await issuer.issue({ ...names, current: null }, context());
        const issued = await issuer.issue({ ...names, current: old.key }, context());
        expect([await accepts(old), await accepts(issued)]).toEqual([false, true]);
        expect(await issuer.revoke(old, context())).toMatchObject({ result: 'nothing-to-do' });
        expect(await accepts(issued)).toBe(true);
      }));

    it('a role that Vault rotates within the overlap forbids a rotation', async () =>
      withSession(async (session) => {
        const issuer = vaultDatabaseIssuer({ type: 'vault-database', mount: getTarget().mount, roles: ['app-a', 'app-b'] }, session, host);
        const secret = { key: { id: 'app-a' }, since: undefined, maxAgeMs: 86_400_000, overlapMs: 3_600_000 };
        expect(await issuer.inspect?.(context(), secret)).toEqual({ warnings: [] });
        await setRole('app-b', { rotation_period: 3600 });
        expect(await issuer.inspect?.(context(), secret)).toEqual({
          warnings: [],
          blocked: 'Vault rotates static role app-b by itself every 1 h, within the overlap of 1 h: raise its rotation_period',
        });
        await setRole('app-b');
      }));

    it('what is not there is said', async () =>
      withSession(async (session) => {
        const { mount } = getTarget();
        const role = vaultDatabaseIssuer({ type: 'vault-database', mount, roles: ['nope'] }, session, host);
        await expect(role.issue({ ...names, current: null }, context())).rejects.toMatchObject({
          kind: 'operator',
          message: `Vault: static role nope of ${mount} is not there`,
        });
        const nowhere = vaultDatabaseIssuer({ type: 'vault-database', mount: `${mount}/below`, roles: ['app-a'] }, session, host);
        await expect(nowhere.issue({ ...names, current: null }, context())).rejects.toMatchObject({ kind: 'operator' });
      }));

    it('the root password is rotated and Vault can use it', async () =>
      withSession(async (session) => {
        const { mount, root, login, setPassword } = getTarget();
        const issuer = vaultDatabaseRootIssuer({ type: 'vault-database-root', mount, connection: 'main' }, session);
        expect(await issuer.inspect?.(context())).toEqual({ warnings: [`whoever else logs in as ${root.user} is locked out`] });
        expect(await login(root.user, root.password)).toBe(true);
        const issued = await issuer.issue({ ...names, current: null }, context());
        expect([issued.key, issued.value.length]).toEqual([{ id: 'main' }, 0]);
        expect(await login(root.user, root.password)).toBe(false);
        expect(await issuer.check?.(issued, context())).toMatchObject({ accepted: true });
        expect((await call('POST', 'rotate-role/app-b', {})).status).toBe(204);
        await setPassword(root.user, 'behind-its-back');
        expect(await issuer.check?.(issued, context())).toMatchObject({ accepted: 'unknown' });
        expect((await connect({ password: 'behind-its-back', verify_connection: false })).status).toBe(204);
        expect(await issuer.check?.(issued, context())).toMatchObject({ accepted: 'unknown' });
        expect(await issuer.inspect?.(context())).toMatchObject({ blocked: expect.stringContaining('verify_connection') });
        await setPassword(root.user, root.password);
        await connect({ verify_connection: true });
      }));
  });
}
