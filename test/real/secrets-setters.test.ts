import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import pg from 'pg';
import { createClient } from 'redis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretEntry } from '../../packages/core/src/config/secrets.ts';
import { createIssuer } from '../../packages/core/src/secrets/issuers/create.ts';
import type { IssueRequest, Issuer, Verifier } from '../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';
import { createVerifier } from '../../packages/core/src/secrets/verifiers/create.ts';
import { testGatherContext, testHost } from '../support/host.ts';
import { startTap } from '../support/tcp-tap.ts';
import { describeReal } from './support.ts';

const host = testHost();
const context = () => testGatherContext(20_000);

function parts(config: object): { readonly issuer: Issuer; readonly verifier: Verifier | undefined } {
  const entry = secretEntry.parse({ name: 'db', vault: { mount: 'kv', path: 'db', accountField: 'user' }, ...config });
  const issuer = createIssuer(entry, { host });
  if (!issuer) throw new Error('no issuer');
  return { issuer, verifier: createVerifier(entry) };
}

const request = (value: SecretValue, more: Partial<IssueRequest> = {}): IssueRequest => ({
  name: 'agentops-db-0123456789-1',
  namePrefix: 'agentops-db-0123456789-',
  value,
  current: null,
  ...more,
});

const unique = (name: string): string => `${name}_${randomUUID().slice(0, 8)}`;

describeReal(['postgres', 'redis'], 'setters and verifiers', ({ postgres, redis }) => {
  describe('redis', () => {
    const setup = async (rules: readonly string[] = []) => {
      const user = unique('worker');
      const admin = await createClient({ url: redis.url, RESP: 2 }).connect();
      onTestFinished(async () => {
        await admin.sendCommand(['ACL', 'DELUSER', user]);
        await admin.sendCommand(['CONFIG', 'REWRITE']);
        admin.destroy();
      });
      if (rules.length > 0) await admin.sendCommand(['ACL', 'SETUSER', user, ...rules]);
      const config = {
        issuer: { type: 'random', set: { type: 'redis', url: redis.url, user } },
        verify: { type: 'redis', url: redis.url, user },
      };
      const passwords = async (): Promise<number> => {
        const reply = (await admin.sendCommand(['ACL', 'GETUSER', user])) as unknown as unknown[];
        return (reply[reply.indexOf('passwords') + 1] as unknown[]).length;
      };
      return { user, admin, passwords, ...parts(config) };
    };

    it('accepts the old and the new password side by side, then the new one alone', async () => {
      const { issuer, verifier, passwords } = await setup(['on', '>OLD-CANARY-password', '~*', '+@all']);
      const old = { value: SecretValue.fromText('OLD-CANARY-password'), key: {} };
      const value = issuer.generate?.() ?? SecretValue.fromText('');
      const fresh = await issuer.issue(request(value), context());
      expect(fresh.key.name).toBe('agentops-db-0123456789-1');
      await issuer.issue(request(value), context());
      expect(await passwords()).toBe(2);
      for (const credential of [old, fresh]) {
        expect(await issuer.check?.(credential, context())).toMatchObject({ accepted: true });
        expect(await verifier?.verify(credential, context())).toMatchObject({ accepted: true });
      }

      expect(await issuer.revoke(old, context())).toMatchObject({ result: 'revoked' });
      expect(await passwords()).toBe(1);
      expect(await issuer.check?.(old, context())).toMatchObject({ accepted: false });
      expect(await verifier?.verify(old, context())).toMatchObject({ accepted: false });
      expect(await verifier?.verify(fresh, context())).toMatchObject({ accepted: true });
      expect(await issuer.revoke(old, context())).toMatchObject({ result: 'gone' });
    });

    it('sets and removes passwords without sending one', async () => {
      const { user } = await setup(['on', '>OLD-CANARY-password']);
      const tap = await startTap(redis.host, redis.port);
      onTestFinished(() => tap.close());
      const { issuer } = parts({ issuer: { type: 'random', set: { type: 'redis', url: `redis://127.0.0.1:${tap.port}`, user } } });
      await issuer.issue(request(SecretValue.fromText('NEW-CANARY-password')), context());
      await issuer.revoke({ key: {}, value: SecretValue.fromText('OLD-CANARY-password') }, context());
      expect(tap.sent().match(/SETUSER/g)).toHaveLength(2);
      expect(tap.sent()).not.toContain('CANARY');
    });

    it('keeps the password over a restart: it is in the configuration file', async () => {
      const { issuer, user, admin } = await setup(['on', '>OLD-CANARY-password']);
      await issuer.issue(request(SecretValue.fromText('NEW-CANARY-password')), context());
      const info = String(await admin.sendCommand(['INFO', 'server']));
      const file = /^config_file:(.+?)\r?$/m.exec(info)?.[1] ?? '';
      const line = readFileSync(file, 'utf8')
        .split('\n')
        .find((each) => each.startsWith(`user ${user} `));
      expect(line?.match(/#[0-9a-f]{64}/g)).toHaveLength(2);
    });

    it('never takes the last password away', async () => {
      const { issuer, passwords } = await setup(['on', '>OLD-CANARY-password']);
      const revoking = issuer.revoke({ key: {}, value: SecretValue.fromText('OLD-CANARY-password') }, context());
      await expect(revoking).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('only password') });
      expect(await passwords()).toBe(1);
    });

    it.each([
      ['no such user', [], 'has no ACL user'],
      ['a user that takes any password', ['on', 'nopass'], 'takes any password'],
      ['a user that is switched off', ['off', '>OLD-CANARY-password'], 'is switched off'],
    ])('%s: a person must act', async (_title, rules, message) => {
      const { issuer } = await setup(rules);
      const failure = { kind: 'operator', message: expect.stringContaining(message) };
      await expect(issuer.issue(request(SecretValue.fromText('NEW-CANARY-password')), context())).rejects.toMatchObject(failure);
      expect(await issuer.inspect?.(context())).toMatchObject({ blocked: expect.stringContaining(message) });
    });

    it('an administrator without the right to is told so', async () => {
      const issuer = parts({
        issuer: {
          type: 'random',
          set: { type: 'redis', url: redis.url, user: 'worker', adminUser: redis.user.name, adminPassword: redis.user.password },
        },
      }).issuer;
      const failure = await issuer.issue(request(SecretValue.fromText('NEW-CANARY-password')), context()).catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'transient', hint: expect.stringContaining('+acl') });
      expect(inspect(failure, { depth: 9 })).not.toContain('CANARY');
    });

    it('over TLS with its certificate authority', async () => {
      const verifier = parts({
        issuer: { type: 'random' },
        verify: { type: 'redis', url: redis.tlsUrl, user: redis.user.name, tls: { caFile: redis.caFile } },
      }).verifier;
      const verdict = (text: string) => verifier?.verify({ value: SecretValue.fromText(text), key: {} }, context());
      expect(await verdict(redis.user.password)).toMatchObject({ accepted: true });
      expect(await verdict('wrong')).toMatchObject({ accepted: false });
    });

    it('a server that asks for no password tells nothing', async () => {
      const verifier = parts({ issuer: { type: 'random' }, verify: { type: 'redis', url: redis.url } }).verifier;
      const verdict = await verifier?.verify({ value: SecretValue.fromText('any'), key: {} }, context());
      expect(verdict).toEqual({ accepted: 'unknown', detail: expect.stringContaining('asks for no password') });
    });
  });

  describe('postgres', () => {
    const setup = async () => {
      const accounts = [unique('app_a'), unique('app "b"')] as const;
      const admin = new pg.Client({ connectionString: postgres.url });
      await admin.connect();
      onTestFinished(async () => {
        for (const account of accounts) await admin.query(`DROP ROLE IF EXISTS ${admin.escapeIdentifier(account)}`);
        await admin.end();
      });
      await admin.query(`CREATE ROLE ${admin.escapeIdentifier(accounts[0])} LOGIN PASSWORD 'OLD-CANARY-password'`);
      await admin.query(`CREATE ROLE ${admin.escapeIdentifier(accounts[1])} NOLOGIN`);
      const set = { type: 'postgres', url: postgres.url, accounts };
      const verify = { type: 'postgres', host: postgres.host, port: postgres.port };
      const old = { value: SecretValue.fromText('OLD-CANARY-password'), key: { account: accounts[0] } };
      return { accounts, admin, old, ...parts({ issuer: { type: 'random', alphabet: 'printable', set }, verify }) };
    };

    it('two roles take turns: both log in until the old one is revoked', async () => {
      const { accounts, issuer, verifier, old } = await setup();
      expect(issuer.live).toBe('both');
      expect(issuer.nextKey?.(old.key)).toEqual({ account: accounts[1] });
      expect(await issuer.inspect?.(context())).toEqual({ warnings: [] });
      const value = issuer.generate?.() ?? SecretValue.fromText('');
      const fresh = await issuer.issue(request(value, { current: old.key }), context());
      expect(fresh.key).toEqual({ name: 'agentops-db-0123456789-1', account: accounts[1] });
      await issuer.issue(request(value, { current: old.key }), context());
      for (const credential of [old, fresh]) {
        expect(await issuer.check?.(credential, context())).toMatchObject({ accepted: true });
        expect(await verifier?.verify(credential, context())).toMatchObject({ accepted: true });
      }

      await issuer.disable?.(old, context());
      expect(await verifier?.verify(old, context())).toMatchObject({ accepted: false, detail: expect.stringContaining('does not let') });
      await issuer.enable?.(old, context());
      expect(await verifier?.verify(old, context())).toMatchObject({ accepted: true });

      await issuer.disable?.(old, context());
      expect(await issuer.revoke(old, context())).toMatchObject({ result: 'revoked' });
      expect(await issuer.check?.(old, context())).toMatchObject({ accepted: false });
      expect(await verifier?.verify(old, context())).toMatchObject({ accepted: false });
      expect(await verifier?.verify(fresh, context())).toMatchObject({ accepted: true });
      expect(await issuer.revoke(old, context())).toMatchObject({ result: 'gone' });

      // And back: the first role's turn, with a login of its own again.
      const next = await issuer.issue(request(SecretValue.fromText('NEXT-CANARY-password'), { current: fresh.key }), context());
      expect(next.key.account).toBe(accounts[0]);
      expect(await issuer.check?.(next, context())).toMatchObject({ accepted: true });
    });

    it('sets a password without sending it', async () => {
      const { accounts } = await setup();
      const tap = await startTap(postgres.host, postgres.port);
      onTestFinished(() => tap.close());
      const url = postgres.url.replace(`:${postgres.port}/`, `:${tap.port}/`);
      const { issuer } = parts({ issuer: { type: 'random', set: { type: 'postgres', url, accounts: [accounts[0]] } } });
      const fresh = await issuer.issue(request(SecretValue.fromText('NEW-CANARY-password')), context());
      expect(await issuer.check?.(fresh, context())).toMatchObject({ accepted: true });
      expect(tap.sent()).toMatch(/LOGIN PASSWORD 'SCRAM-SHA-256\$4096:/);
      expect(tap.sent()).not.toContain('CANARY');
    });

    it('leaves a role alone that has another password by now', async () => {
      const { accounts, admin, issuer, old } = await setup();
      await admin.query(`ALTER ROLE ${admin.escapeIdentifier(accounts[0])} PASSWORD 'OTHER-CANARY-password'`);
      expect(await issuer.revoke(old, context())).toMatchObject({ result: 'gone' });
      const other = { value: SecretValue.fromText('OTHER-CANARY-password'), key: old.key };
      expect(await issuer.check?.(other, context())).toMatchObject({ accepted: true });
    });

    it('finds the role of a value that is not known to have been set', async () => {
      const { accounts, issuer, old } = await setup();
      const value = SecretValue.fromText('NEW-CANARY-password');
      await issuer.issue(request(value, { current: old.key }), context());
      expect(await issuer.revoke({ key: {}, value }, context())).toMatchObject({
        result: 'revoked',
        detail: expect.stringContaining(accounts[1]),
      });
      expect(await issuer.check?.(old, context())).toMatchObject({ accepted: true });
    });

    it('guesses no role, unless nobody uses either', async () => {
      const { accounts, issuer, old } = await setup();
      const value = SecretValue.fromText('NEW-CANARY-password');
      await expect(issuer.issue(request(value), context())).rejects.toMatchObject({ kind: 'operator' });
      expect(await issuer.check?.(old, context())).toMatchObject({ accepted: true });
      expect((await issuer.issue(request(value, { first: true }), context())).key.account).toBe(accounts[0]);
    });

    it('with one role the new password ends the old one', async () => {
      const { accounts, old } = await setup();
      const { issuer } = parts({ issuer: { type: 'random', set: { type: 'postgres', url: postgres.url, accounts: [accounts[0]] } } });
      expect(issuer.live).toBe('one');
      const fresh = await issuer.issue(request(SecretValue.fromText('NEW-CANARY-p\u00e4ssw\u00f6rd\u00a0\u2168')), context());
      expect(await issuer.check?.(fresh, context())).toMatchObject({ accepted: true });
      expect(await issuer.check?.(old, context())).toMatchObject({ accepted: false });
      expect(await issuer.revoke(old, context())).toMatchObject({ result: 'gone' });
    });

    it('refuses a role that is not there, or its own', async () => {
      for (const [account, message] of [
        ['nobody_at_all', 'has no role nobody_at_all'],
        [postgres.user, 'is the one that agentops itself uses'],
      ] as const) {
        const { issuer } = parts({ issuer: { type: 'random', set: { type: 'postgres', url: postgres.url, accounts: [account] } } });
        const failure = { kind: 'operator', message: expect.stringContaining(message) };
        await expect(issuer.issue(request(SecretValue.fromText('NEW-CANARY-password')), context())).rejects.toMatchObject(failure);
        expect(await issuer.inspect?.(context())).toMatchObject({ blocked: expect.stringContaining(message) });
      }
    });

    it('a role without the right to is told so, and nothing of any password', async () => {
      const { accounts, old } = await setup();
      const url = `postgres://${encodeURIComponent(accounts[0])}:${old.value.text()}@${postgres.host}:${postgres.port}/postgres`;
      const { issuer } = parts({ issuer: { type: 'random', set: { type: 'postgres', url, accounts: [accounts[1]] } } });
      const failure = await issuer.issue(request(SecretValue.fromText('NEW-CANARY-password')), context()).catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'transient', message: expect.stringContaining('permission denied') });
      expect(inspect(failure, { depth: 9 })).not.toContain('CANARY');
    });

    it('a database that cannot be connected to tells the verifier nothing, and the issuer enough', async () => {
      const { accounts, admin, old } = await setup();
      const database = unique('closed');
      await admin.query(`CREATE DATABASE ${database}`);
      onTestFinished(async () => {
        await admin.query(`DROP DATABASE ${database}`);
      });
      await admin.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
      const url = postgres.url.replace(/\/postgres$/, `/${database}`);
      const { issuer, verifier } = parts({
        issuer: { type: 'random', set: { type: 'postgres', url, accounts: [accounts[0]] } },
        verify: { type: 'postgres', host: postgres.host, port: postgres.port, database },
      });
      expect(await issuer.check?.(old, context())).toMatchObject({ accepted: true });
      expect(await verifier?.verify(old, context())).toEqual({ accepted: 'unknown', detail: expect.stringContaining('permission denied') });
    });
  });
});
