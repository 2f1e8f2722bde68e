import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretEntry } from '../../../../packages/core/src/config/secrets.ts';
import { createIssuer } from '../../../../packages/core/src/secrets/issuers/create.ts';
import type { Issuer } from '../../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../../packages/core/src/secrets/value.ts';
import { testGatherContext, testHost } from '../../../support/host.ts';
import { type ScriptedRedis, startScripted } from '../../../support/scripted-redis.ts';

const canary = 'CANARY-value-0123456789';
const value = SecretValue.fromText(canary);
const hash = createHash('sha256').update(canary).digest('hex');
const other = 'b'.repeat(64);
const request = { name: 'agentops-db-1234-1', namePrefix: 'agentops-db-1234-', current: null, value };
const info = (more = ''): string => `redis_version:7.0.15\r\nrole:master\r\nconnected_slaves:0\r\ncluster_enabled:0\r\n${more}`;
const user = (...passwords: string[]) => ['flags', ['on', 'sanitize-payload'], 'passwords', passwords, 'commands', '+@all'];

/** A server on which everything is well, but for what `more` changes. */
async function setup(more: Parameters<typeof startScripted>[0] = {}, set: object = {}): Promise<{ redis: ScriptedRedis; issuer: Issuer }> {
  const script = {
    ...more,
    'AUTH admin': 'OK',
    INFO: info(),
    'ACL GETUSER worker': user(other),
    'ACL SETUSER': 'OK',
    'CONFIG GET aclfile': ['aclfile', ''],
    'CONFIG REWRITE': 'OK',
    'ACL SAVE': 'OK',
    ...more,
  };
  const redis = await startScripted(script);
  onTestFinished(() => redis.close());
  const url = `redis://admin:CANARY-admin-password@127.0.0.1:${redis.port}`;
  const entry = secretEntry.parse({
    name: 'db',
    vault: { mount: 'kv', path: 'db' },
    issuer: { type: 'random', set: { type: 'redis', url, user: 'worker', ...set } },
  });
  const issuer = createIssuer(entry, { host: testHost() });
  if (!issuer) throw new Error('no issuer');
  return { redis, issuer };
}

const begin = ['AUTH admin CANARY-admin-password', 'INFO', 'ACL GETUSER worker'];

describe('the redis setter', () => {
  it('adds a password by its hash and saves it', async () => {
    const { redis, issuer } = await setup();
    expect(issuer).toMatchObject({ origin: 'ours', live: 'both' });
    expect(await issuer.issue(request, testGatherContext())).toEqual({ value, key: { name: 'agentops-db-1234-1', account: 'worker' } });
    expect(redis.requests).toEqual([...begin, `ACL SETUSER worker #${hash}`, 'CONFIG GET aclfile', 'CONFIG REWRITE']);
    expect(redis.requests.join()).not.toContain(canary);
    await expect.poll(() => redis.connections()).toBe(0);
  });

  it('again with the same value: saves it alone', async () => {
    const { redis, issuer } = await setup({
      'ACL GETUSER worker': user(other, hash),
      'CONFIG GET aclfile': ['aclfile', '/etc/redis/users.acl'],
    });
    await issuer.issue(request, testGatherContext());
    expect(redis.requests).toEqual([...begin, 'CONFIG GET aclfile', 'ACL SAVE']);
  });

  it('with other credentials, and without saving', async () => {
    const { redis, issuer } = await setup({ 'AUTH root': 'OK' }, { adminUser: 'root', adminPassword: 'CANARY-root', save: false });
    await issuer.issue(request, testGatherContext());
    expect(redis.requests).toEqual(['AUTH root CANARY-root', 'INFO', 'ACL GETUSER worker', `ACL SETUSER worker #${hash}`]);
  });

  it('removes exactly the old password', async () => {
    const { redis, issuer } = await setup({ 'ACL GETUSER worker': user(hash, other) });
    expect(await issuer.revoke({ key: {}, value }, testGatherContext())).toMatchObject({ result: 'revoked' });
    expect(redis.requests).toEqual([...begin, `ACL SETUSER worker !${hash}`, 'CONFIG GET aclfile', 'CONFIG REWRITE']);
  });

  it.each([
    ['it is not there any more', user(other), ['CONFIG GET aclfile', 'CONFIG REWRITE']],
    ['the user is not there any more', null, []],
  ])('revoke where %s', async (_title, reply, rest) => {
    const { redis, issuer } = await setup({ 'ACL GETUSER worker': reply });
    expect(await issuer.revoke({ key: {}, value }, testGatherContext())).toMatchObject({ result: 'gone' });
    expect(redis.requests).toEqual([...begin, ...rest]);
  });

  it('revoke of a password that nobody knows any more is for a person', async () => {
    const { redis, issuer } = await setup();
    expect(await issuer.revoke({ key: {}, value: undefined }, testGatherContext())).toMatchObject({ result: 'manual' });
    expect(redis.requests).toEqual([]);
  });

  it.each([
    ['the only password', user(hash), 'conflict', 'it is the only password of user worker'],
    ['an answer of another form', ['passwords'], 'transient', 'answers ACL GETUSER in a way that is not known'],
  ])('revoke: %s', async (_title, reply, kind, message) => {
    const { redis, issuer } = await setup({ 'ACL GETUSER worker': reply });
    const revoking = issuer.revoke({ key: {}, value }, testGatherContext());
    await expect(revoking).rejects.toMatchObject({ kind, message: expect.stringContaining(message) });
    expect(redis.requests).toEqual(begin);
  });

  it.each<[string, Parameters<typeof startScripted>[0], string, string]>([
    ['a replica', { INFO: info().replace('role:master', 'role:slave') }, 'operator', 'is a replica'],
    ['a master with replicas', { INFO: info().replace('slaves:0', 'slaves:2') }, 'operator', 'has 2 replicas'],
    ['a node of a cluster', { INFO: info().replace('enabled:0', 'enabled:1') }, 'operator', 'is a node of a cluster'],
    ['one that does not tell', { INFO: 'redis_version:7.0.15\r\n' }, 'transient', 'does not say whether it has replicas'],
    [
      'INFO is not allowed',
      { INFO: { error: "NOPERM this user has no permissions to run the 'info' command" } },
      'transient',
      'the ACL does not allow INFO',
    ],
    ['the wrong password of the administrator', { 'AUTH admin': { error: 'WRONGPASS no' } }, 'transient', 'answers WRONGPASS'],
    [
      'older than 6',
      { 'ACL GETUSER worker': { error: 'ERR unknown command `ACL`, with args beginning with: `GETUSER`, ' } },
      'transient',
      'knows no command ACL',
    ],
    ['read-only', { 'ACL SETUSER': { error: `READONLY ${canary}` } }, 'transient', 'answers an error to ACL (READONLY)'],
    ['no such user', { 'ACL GETUSER worker': null }, 'operator', 'has no ACL user worker'],
  ])('%s', async (_title, more, kind, message) => {
    const { issuer, redis } = await setup(more);
    const error = await issuer.issue(request, testGatherContext()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
    expect((error as Error).message).toMatch(new RegExp(`^redis 127\\.0\\.0\\.1:${redis.port}\\b`));
    expect(inspect(error, { depth: 9 })).not.toContain('CANARY');
  });

  it.each([
    ['without a configuration file', { 'CONFIG REWRITE': { error: 'ERR The server is running without a config file' } }],
    [
      'with an ACL file that cannot be written',
      { 'CONFIG GET aclfile': ['aclfile', '/x'], 'ACL SAVE': { error: 'ERR There was an error trying to save the ACLs.' } },
    ],
  ])('%s the change would not last: a person must act', async (_title, more) => {
    const { issuer } = await setup(more);
    await expect(issuer.issue(request, testGatherContext())).rejects.toMatchObject({
      kind: 'operator',
      message: expect.stringContaining('a restart would undo it'),
      hint: expect.stringContaining('save: false'),
    });
  });

  it('a look before a plan changes nothing', async () => {
    const { redis, issuer } = await setup();
    expect(await issuer.inspect?.(testGatherContext())).toEqual({ warnings: [] });
    expect(redis.requests).toEqual(begin);
    const replica = await setup({ INFO: info().replace('role:master', 'role:slave') });
    expect(await replica.issuer.inspect?.(testGatherContext())).toMatchObject({ blocked: expect.stringContaining('is a replica') });
    const silent = await setup({ INFO: { error: 'NOPERM no' } });
    await expect(silent.issuer.inspect?.(testGatherContext())).rejects.toMatchObject({ kind: 'transient' });
  });

  it('is described without credentials', async () => {
    const { redis, issuer } = await setup();
    expect(issuer.describe(null)).toEqual({
      issue: 'ACL SETUSER worker: one password more',
      revoke: 'ACL SETUSER worker: without the old password',
      objects: [`ACL user worker on redis 127.0.0.1:${redis.port}`],
    });
  });
});
