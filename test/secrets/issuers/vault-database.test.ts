import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { RotationFailure } from '../../../packages/core/src/secrets/failure.ts';
import { vaultDatabaseIssuer } from '../../../packages/core/src/secrets/issuers/vault-database.ts';
import { vaultDatabaseRootIssuer } from '../../../packages/core/src/secrets/issuers/vault-database-root.ts';
import type { VaultRequests } from '../../../packages/core/src/secrets/issuers/vault-requests.ts';
import type { IssueRequest, Issuer, RunContext } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { leaksIn } from '../../support/canary.ts';
import { testGatherContext, testHost, testNow } from '../../support/host.ts';

interface FakeRole {
  username: string;
  password: string;
  rotations: number;
  period?: number;
  schedule?: string;
  type?: string;
}

/** A Vault in memory; `stale` answers of static-creds are from before the last rotation, as a standby's may be. */
class FakeVault implements VaultRequests {
  readonly calls: string[] = [];
  readonly roles: Record<string, FakeRole>;
  stale = 0;
  failure: RotationFailure | undefined;
  /** What config/main says. */
  config: unknown = { verify_connection: true, connection_details: { username: 'vault_root' } };
  #before: FakeRole | undefined;

  constructor(roles: Record<string, Partial<FakeRole>> = { a: { username: 'app_a' }, b: { username: 'app_b' } }) {
    this.roles = Object.fromEntries(
      Object.entries(roles).map(([name, role]) => [name, { username: name, password: `cnry-${name}-0`, rotations: 0, ...role }]),
    );
  }

  async request({ method, path }: Parameters<VaultRequests['request']>[0]): Promise<{ found: boolean; data: unknown }> {
    this.calls.push(`${method} ${path.join('/')}`);
    if (this.failure) throw this.failure;
    const [kind, name = ''] = path.slice(-2);
    if (kind === 'config') return { found: this.config !== undefined, data: this.config };
    const role = this.roles[name];
    if (kind === 'rotate-role' && role) {
      this.#before = { ...role };
      role.rotations++;
      role.password = `cnry-${name}-${role.rotations}`;
      return { found: true, data: undefined };
    }
    if (kind !== 'static-roles' || !role) return { found: kind !== 'static-roles', data: undefined };
    return {
      found: true,
      data: {
        username: role.username,
        last_vault_rotation: timeOf(role),
        rotation_period: role.period ?? (role.schedule === undefined ? 315_360_000 : undefined),
        rotation_schedule: role.schedule,
        credential_type: role.type ?? 'password',
      },
    };
  }

  async requestFields({ method, path }: Parameters<VaultRequests['requestFields']>[0]): Promise<Map<string, SecretValue> | undefined> {
    this.calls.push(`${method} ${path.join('/')}`);
    if (this.failure) throw this.failure;
    let role = this.roles[path.at(-1) ?? ''];
    if (!role) return undefined;
    if (this.stale > 0 && this.#before) {
      this.stale--;
      role = this.#before;
    }
    return new Map([
      ['username', SecretValue.fromText(role.username)],
      ['password', SecretValue.fromText(role.password)],
      ['last_vault_rotation', SecretValue.fromText(timeOf(role))],
    ]);
  }
}

function timeOf({ rotations }: FakeRole): string {
  return `2026-11-21T12:00:00.${String(rotations).padStart(9, '0')}Z`;
}

const host = testHost();
const context = (ms?: number): RunContext => testGatherContext(ms, host);
const names = { name: 'agentops-x-1', namePrefix: 'agentops-x-' };
const issuerOf = (vault: VaultRequests, roles = ['a', 'b'], mount = 'database'): Issuer =>
  vaultDatabaseIssuer({ type: 'vault-database', mount, roles }, vault, host);
const failureOf = (work: Promise<unknown> | undefined): Promise<unknown> =>
  (work ?? Promise.resolve()).then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('which of two roles is idle', () => {
  test.each<[string, IssueRequest['current'], boolean, string]>([
    ['the other one by name', { id: 'a' }, false, 'b'],
    ['by account', { account: 'app_b' }, false, 'a'],
    ['by both', { id: 'b', account: 'app_b' }, false, 'a'],
    ['either, where an account of neither is in use', { account: 'legacy' }, false, 'a'],
    ['either, where an account of neither and a role of old are in use', { id: 'old', account: 'legacy' }, false, 'a'],
    ['by account, whatever the role was called', { id: 'old', account: 'app_a' }, false, 'b'],
    ['the first, where nobody uses any', null, true, 'a'],
    ['the other one all the same, where somebody does', { id: 'a' }, true, 'b'],
  ])('%s', async (_what, current, first, expected) => {
    const vault = new FakeVault();
    const issued = await issuerOf(vault).issue({ ...names, current, ...(first ? { first } : {}) }, context());
    expect(issued.key).toEqual({ id: expected, account: `app_${expected}` });
    expect(issued.value.text()).toBe(`cnry-${expected}-1`);
    expect([vault.roles.a?.rotations, vault.roles.b?.rotations]).toEqual(expected === 'a' ? [1, 0] : [0, 1]);
  });

  test.each<[string, IssueRequest['current'], FakeVault, RegExp]>([
    ['nothing is known', null, new FakeVault(), /it is not known which of a and b of database is in use/],
    ['the key says nothing', {}, new FakeVault(), /it is not known which of a and b of database is in use/],
    ['only a role of old is known', { id: 'old' }, new FakeVault(), /static role old that is in use is none of a, b/],
    [
      'the role has another account now',
      { id: 'a', account: 'app_b' },
      new FakeVault(),
      /static role a of database is for app_a now, not for app_b/,
    ],
    ['both are for one account', { id: 'a' }, new FakeVault({ a: { username: 'app' }, b: { username: 'app' } }), /are both for app$/],
    [
      'one holds a key',
      { id: 'a' },
      new FakeVault({ a: {}, b: { type: 'rsa_private_key' } }),
      /static role b of database holds no password/,
    ],
    ['one is not there', { id: 'a' }, new FakeVault({ a: {} }), /static role b of database is not there/],
  ])('is never guessed: %s', async (_what, current, vault, message) => {
    expect(await failureOf(issuerOf(vault).issue({ ...names, current }, context()))).toMatchObject({
      kind: 'operator',
      message: expect.stringMatching(message),
    });
    expect(vault.calls.filter((call) => call.includes('rotate-role') || call.includes('static-creds'))).toEqual([]);
  });

  test('for plans, without asking Vault', () => {
    const issuer = issuerOf(new FakeVault());
    expect([
      issuer.nextKey?.({ id: 'a' }),
      issuer.nextKey?.({ id: 'b' }),
      issuer.nextKey?.({ account: 'app_a' }),
      issuer.nextKey?.(null),
    ]).toEqual([{ id: 'b' }, { id: 'a' }, {}, {}]);
    expect(issuerOf(new FakeVault(), ['a']).nextKey?.(null)).toEqual({ id: 'a' });
    expect([issuer.origin, issuer.live, issuer.presentKey]).toEqual(['theirs', 'both', undefined]);
    expect([issuerOf(new FakeVault(), ['a']).live, issuerOf(new FakeVault(), ['a']).presentKey]).toEqual(['one', { id: 'a' }]);
    expect(issuer.describe({ id: 'a' })).toEqual({
      issue: 'rotate static role b of database and read its new password',
      revoke: 'rotate static role a of database: its present password is refused',
      objects: ['database/static-roles/a', 'database/static-roles/b'],
    });
    expect(issuer.describe(null).issue).toBe('rotate static role the idle one of a and b of database and read its new password');
    expect(issuerOf(new FakeVault(), ['a']).describe(null)).toMatchObject({
      issue: expect.stringContaining('cannot come back'),
      revoke: 'nothing: the rotation has ended the old password',
    });
  });
});

describe('a standby that has not caught up', () => {
  test('is asked again: an old password is never taken for the new one', async () => {
    const vault = new FakeVault();
    vault.stale = 2;
    const issued = await issuerOf(vault).issue({ ...names, current: { id: 'a' } }, context());
    expect(issued.value.text()).toBe('cnry-b-1');
    expect(vault.calls.filter((call) => call === 'GET database/static-creds/b')).toHaveLength(3);
  });

  test('for too long is a failure that may be tried again', async () => {
    const vault = new FakeVault();
    vault.stale = 99;
    expect(await failureOf(issuerOf(vault).issue({ ...names, current: { id: 'a' } }, context(600)))).toMatchObject({ kind: 'transient' });
  });
});

describe('ending a password', () => {
  const revoke = (vault: FakeVault, key: object, text?: string): Promise<unknown> =>
    issuerOf(vault).revoke({ key, value: text === undefined ? undefined : SecretValue.fromText(text) }, context());

  test('rotates the role that has it', async () => {
    const vault = new FakeVault();
    expect(await revoke(vault, { id: 'a' }, 'cnry-a-0')).toMatchObject({ result: 'revoked' });
    expect(await revoke(vault, { account: 'app_b' })).toMatchObject({ result: 'revoked' });
    expect([vault.roles.a?.rotations, vault.roles.b?.rotations]).toEqual([1, 1]);
  });

  test('leaves a role alone that has another one by now: it may be in use', async () => {
    const vault = new FakeVault();
    expect(await revoke(vault, { id: 'a' }, 'cnry-a-of-old')).toEqual({
      result: 'gone',
      detail: 'static role a has another password already',
    });
    expect(vault.roles.a?.rotations).toBe(0);
  });

  test('that Vault never gave is done all the same', async () => {
    const vault = new FakeVault({ a: { username: 'app_a', password: '' }, b: {} });
    expect(await revoke(vault, { id: 'a' }, 'cnry-by-hand')).toMatchObject({ result: 'revoked' });
  });

  test.each<[string, object]>([
    ['an account of neither', { account: 'legacy' }],
    ['a role that is for another account now', { id: 'a', account: 'legacy' }],
    ['nothing known', {}],
  ])('%s is for a person', async (_what, key) => {
    const vault = new FakeVault();
    expect(await revoke(vault, key, 'cnry-a-0')).toMatchObject({ result: 'manual', detail: expect.stringContaining('in the database') });
    expect([vault.roles.a?.rotations, vault.roles.b?.rotations]).toEqual([0, 0]);
  });
});

describe('what Vault does by itself', () => {
  const day = 86_400_000;
  const secret = { key: { id: 'a' }, since: Date.parse('2026-11-21T12:00:01Z'), maxAgeMs: 90 * day, overlapMs: day };
  const inspected = (roles: Record<string, Partial<FakeRole>>, more: object = {}) =>
    issuerOf(new FakeVault(roles), Object.keys(roles)).inspect?.(context(), { ...secret, ...more });

  test('nothing that matters', async () => {
    expect(await inspected({ a: {}, b: {} })).toEqual({ warnings: [] });
    expect(await inspected({ a: { period: 92 * 86_400 }, b: { period: 91 * 86_400 + 1 } })).toEqual({ warnings: [] });
  });

  test('a period within the overlap forbids it', async () => {
    expect(await inspected({ a: {}, b: { period: 86_400 } })).toEqual({
      warnings: [],
      blocked: 'Vault rotates static role b by itself every 24 h, within the overlap of 24 h: raise its rotation_period',
    });
  });

  test('a period within the life of a value, and a schedule, are warned of', async () => {
    expect(await inspected({ a: { period: 91 * 86_400 }, b: { schedule: '0 0 * * SAT' } })).toEqual({
      warnings: [
        'Vault rotates static role a by itself every 91 d, and a value lives 90 d and 24 h of overlap here: raise its rotation_period',
        'Vault rotates static role b by itself on the schedule "0 0 * * SAT": from then on the value that consumers have is refused',
      ],
    });
    expect(await inspected({ a: { schedule: 'cnry\u001b[31m' } })).toEqual({
      warnings: [
        'Vault rotates static role a by itself on the schedule of the role: from then on the value that consumers have is refused',
      ],
    });
  });

  test('one role has no overlap', async () => {
    expect(await inspected({ a: { period: 90 * 86_400 } })).toEqual({
      warnings: ['Vault rotates static role a by itself every 90 d, and a value lives 90 d here: raise its rotation_period'],
    });
    expect(await inspected({ a: { period: 90 * 86_400 + 1 } })).toEqual({ warnings: [] });
  });

  test('a rotation since the value was stored has cut consumers off', async () => {
    expect(await inspected({ a: {}, b: {} }, { since: Date.parse('2026-11-21T11:00:00Z') })).toEqual({
      warnings: ['static role a was rotated after its value was stored: consumers may be refused already'],
    });
    expect(await inspected({ a: {}, b: {} }, { key: null, since: 0 })).toEqual({ warnings: [] });
  });

  test('a rotation that is near', async () => {
    const rotated = Date.parse('2026-11-21T12:00:00Z');
    const period = (testNow - rotated) / 1000 + 3600;
    const near = await inspected({ a: { period }, b: {} }, { overlapMs: 3_600_000, maxAgeMs: 60_000 });
    expect(near?.warnings).toEqual(['Vault rotates static role a, which is in use, by itself in 1 h']);
    const now = await inspected({ a: { period: 60 } }, { maxAgeMs: 1000, overlapMs: 0 });
    expect(now?.warnings).toEqual(['Vault rotates static role a, which is in use, by itself at any moment']);
  });

  test('without the secret the rhythm alone is told', async () => {
    expect(await issuerOf(new FakeVault({ a: { period: 3600 }, b: {} })).inspect?.(context())).toEqual({
      warnings: ['Vault rotates static role a by itself every 1 h', 'Vault rotates static role b by itself every 3,650 d'],
    });
  });

  test('reads no value', async () => {
    const vault = new FakeVault();
    await issuerOf(vault, ['a', 'b'], 'team/db').inspect?.(context(), secret);
    expect(vault.calls).toEqual(['GET team/db/static-roles/a', 'GET team/db/static-roles/b']);
  });
});

describe('the root password', () => {
  const rootOf = (vault: VaultRequests): Issuer =>
    vaultDatabaseRootIssuer({ type: 'vault-database-root', mount: 'database', connection: 'main' }, vault);
  const credential = { key: { id: 'main' }, value: SecretValue.fromText('') };

  test('is rotated inside, for good', async () => {
    const vault = new FakeVault();
    const issuer = rootOf(vault);
    expect([issuer.origin, issuer.live]).toEqual(['inside', 'one']);
    expect(issuer.describe(null).issue).toMatch(/no way back$/);
    const issued = await issuer.issue({ ...names, current: null }, context());
    expect([issued.key, issued.value.length]).toEqual([{ id: 'main' }, 0]);
    expect(await issuer.revoke(issued, context())).toMatchObject({ result: 'nothing-to-do' });
    expect(await issuer.check?.(issued, context())).toEqual({ accepted: true, detail: 'Vault logs in to connection main of database' });
    expect(vault.calls).toEqual(['POST database/rotate-root/main', 'GET database/config/main', 'POST database/reset/main']);
  });

  test.each<[string, unknown, RegExp]>([
    ['no account', { verify_connection: true, connection_details: {} }, /names no username/],
    ['a connection that Vault does not try', { verify_connection: false, connection_details: { username: 'x' } }, /verify_connection off/],
    ['a server that does not say', { connection_details: { username: 'x' } }, /verify_connection off/],
  ])('%s forbids it', async (_what, config, blocked) => {
    const vault = new FakeVault();
    vault.config = config;
    expect(await rootOf(vault).inspect?.(context())).toEqual({ warnings: [], blocked: expect.stringMatching(blocked) });
  });

  test('what was not seen to work is not said to', async () => {
    const vault = new FakeVault();
    vault.config = { verify_connection: false, connection_details: { username: 'x' } };
    expect(await rootOf(vault).check?.(credential, context())).toMatchObject({ accepted: 'unknown' });
    expect(vault.calls).toEqual(['GET database/config/main']);
    vault.config = undefined;
    expect(await rootOf(vault).check?.(credential, context())).toEqual({
      accepted: 'unknown',
      detail: 'Vault could not be seen to log in to connection main of database: Vault: connection main of database is not there',
    });
    vault.failure = new RotationFailure('transient', 'Vault, database/reset/main: answers 500');
    expect(await rootOf(vault).check?.(credential, context())).toMatchObject({
      accepted: 'unknown',
      detail: expect.stringMatching(/answers 500$/),
    });
  });
});

test('no failure and no answer holds a password', async () => {
  const seen: unknown[] = [];
  const vault = new FakeVault();
  const issuer = issuerOf(vault);
  const issued = await issuer.issue({ ...names, current: { id: 'a' } }, context());
  seen.push(issued, await issuer.revoke(issued, context()), issuer.describe(issued.key), issuer);
  seen.push(await issuer.revoke({ key: { id: 'a' }, value: SecretValue.fromText('cnry-other') }, context()));
  const broken = new FakeVault();
  broken.requestFields = async () => new Map([['password', SecretValue.fromText('cnry-alone')]]);
  seen.push(await failureOf(issuerOf(broken).issue({ ...names, current: { id: 'a' } }, context())));
  const odd = new FakeVault();
  odd.request = async () => ({ found: true, data: { username: { password: 'cnry-odd' } } });
  seen.push(await failureOf(issuerOf(odd).issue({ ...names, current: { id: 'a' } }, context())));
  expect(seen.slice(-2)).toMatchObject([{ kind: 'transient' }, { kind: 'transient' }]);
  expect(leaksIn(seen.map((one) => inspect(one, { depth: 10, showHidden: true })).join('\n'))).toEqual([]);
  expect(leaksIn(JSON.stringify(seen))).toEqual([]);
});
