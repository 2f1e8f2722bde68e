import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../packages/core/src/config/schema.ts';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { verifyChain } from '../../packages/core/src/model/audit-chain.ts';
import type { RotationJournal } from '../../packages/core/src/model/rotation.ts';
import { failureKind } from '../../packages/core/src/secrets/failure.ts';
import type { KvPath, RunContext } from '../../packages/core/src/secrets/ports.ts';
import { type SecretFields, SecretValue } from '../../packages/core/src/secrets/value.ts';
import { recordsIn } from '../../packages/core/src/secrets/vault/records.ts';
import { openVault, type VaultSession } from '../../packages/core/src/secrets/vault/session.ts';
import { testHost } from '../support/host.ts';
import { exchange } from './http.ts';

/** What {@link vaultRotationSetup} names, in place. */
export interface VaultRotationTarget {
  readonly url: string;
  readonly rootToken: string;
  /** One token a policy of the setup. */
  readonly tokens: Readonly<Record<'keeper' | 'noPatch' | 'reader', string>>;
  /** Logs in for policy `keeper` with tokens of two seconds that may live four. */
  readonly approle: { readonly roleId: string; readonly secretId: string };
  /** Puts a rate limit on `rotation-busy/` that answers 429, and after a second or so lets requests pass again. */
  limit(): Promise<void>;
}

/** Mounts and policies that the suite works with; `rotation-busy` is the one that gets the rate limit. */
export const vaultRotationSetup = {
  mounts: {
    rotation: { version: 2 },
    'rotation-busy': { version: 2 },
    'rotation-few': { version: 2, maxVersions: 3 },
    'rotation-old': { version: 1 },
  },
  policies: {
    keeper: [
      { path: 'rotation/data/*', capabilities: ['create', 'read', 'update'] },
      { path: 'rotation/metadata/*', capabilities: ['create', 'read', 'update', 'patch', 'list', 'delete'] },
      { path: 'rotation/config', capabilities: ['read'] },
    ],
    noPatch: [
      { path: 'rotation/data/*', capabilities: ['create', 'read', 'update'] },
      { path: 'rotation/metadata/*', capabilities: ['create', 'read', 'update'] },
    ],
    reader: [{ path: 'rotation/metadata/*', capabilities: ['read', 'list'] }],
  },
} as const;

/** Our own client on KV v2, and what rotations keep there. */
export function describeVaultRotationContract(getTarget: () => VaultRotationTarget): void {
  const sessions: VaultSession[] = [];
  let session: VaultSession;
  let context: RunContext;
  const open = async (auth: object): Promise<VaultSession> => {
    const opened = await openVault(configFor(getTarget().url, auth), runContext());
    sessions.push(opened);
    return opened;
  };
  const withToken = (token: string): Promise<VaultSession> => open({ method: 'token', token });
  beforeAll(async () => {
    context = runContext();
    session = await withToken(getTarget().rootToken);
  });
  afterAll(async () => {
    await Promise.all(sessions.map((one) => one.close()));
  });
  const raw = async (method: string, path: string, body?: object): Promise<number> => {
    const options = { method, headers: { 'x-vault-token': getTarget().rootToken }, ...(body ? { body: JSON.stringify(body) } : {}) };
    return (await exchange(`${getTarget().url}/v1/${path}`, options)).status;
  };
  const at = (path: string, mount = 'rotation'): KvPath => ({ mount, path });
  const records = (folder: string): ReturnType<typeof recordsIn> => recordsIn(session.kv, { mount: 'rotation', folder, lockForMs: 30_000 });

  describe('values', () => {
    it('come back as they went in, with the version they are', async () => {
      expect(await session.kv.metadata(at('values/a'))).toBeUndefined();
      expect(await session.kv.read(at('values/a'))).toBeUndefined();
      const text = 'a "quoted" \\ back\u2028slash\n\t\u0001<&> é 😀';
      expect(await session.kv.write(at('values/a'), fieldsOf({ value: text, empty: '' }), 0)).toEqual({ version: 1 });
      expect(await session.kv.write(at('values/a'), fieldsOf({ value: 'second' }), 1)).toEqual({ version: 2 });
      expect(await shown(session, at('values/a'))).toEqual({ value: 'second' });
      expect(await shown(session, at('values/a'), 1)).toEqual({ value: text, empty: '' });
      expect(await session.kv.read(at('values/a'), 3)).toBeUndefined();
      const metadata = await session.kv.metadata(at('values/a'));
      expect(metadata).toEqual({
        currentVersion: 2,
        versions: [
          { version: 1, createdAt: expect.any(Number), gone: false },
          { version: 2, createdAt: expect.any(Number), gone: false },
        ],
        customMetadata: {},
        keptVersions: 10,
        maxVersions: 0,
        casRequired: false,
      });
      expect(Math.abs(Date.now() - (metadata?.versions[1]?.createdAt ?? 0))).toBeLessThan(3_600_000);
    });

    it('that are no text survive being carried along', async () => {
      const data = { port: 5432, on: true, none: null, list: [1, 'two', { three: 3.5 }], text: '5432' };
      await raw('POST', 'rotation/data/values/mixed', { data });
      const read = await session.kv.read(at('values/mixed'));
      await session.kv.write(at('values/mixed'), new Map([...(read?.fields ?? []), ['value', SecretValue.fromText('new')]]), 1);
      const answer = await exchange(`${getTarget().url}/v1/rotation/data/values/mixed`, {
        headers: { 'x-vault-token': getTarget().rootToken },
      });
      expect((answer.json() as { data: { data: unknown } }).data.data).toEqual({ ...data, value: 'new' });
    });

    it('at odd paths', async () => {
      const path = 'values/sp ace/100%/ä?#&+*';
      expect(await session.kv.write(at(path), fieldsOf({ value: 'x' }), 0)).toEqual({ version: 1 });
      expect(await shown(session, at(path))).toEqual({ value: 'x' });
      expect(await session.kv.list(at('values/sp ace/100%'))).toEqual(['ä?#&+*']);
    });
  });

  describe('check-and-set', () => {
    it('refuses another version than the current one, and leaves it alone', async () => {
      await session.kv.write(at('cas/a'), fieldsOf({ value: 'first' }), 0);
      for (const cas of [0, 2, 7]) {
        await expect(session.kv.write(at('cas/a'), fieldsOf({ value: 'CANARY-other' }), cas)).rejects.toMatchObject({
          kind: 'conflict',
          message: 'rotation/data/cas/a was changed by somebody else meanwhile (check-and-set refused)',
        });
      }
      expect(await shown(session, at('cas/a'))).toEqual({ value: 'first' });
    });

    it('works where the key requires it', async () => {
      await raw('POST', 'rotation/metadata/cas/required', { cas_required: true });
      expect(await session.kv.write(at('cas/required'), fieldsOf({ value: 'x' }), 0)).toEqual({ version: 1 });
      expect(await session.kv.metadata(at('cas/required'))).toMatchObject({ casRequired: true });
    });

    it('0 does not bring a deleted key back', async () => {
      await session.kv.write(at('cas/deleted'), fieldsOf({ value: 'x' }), 0);
      await raw('DELETE', 'rotation/data/cas/deleted');
      await expect(session.kv.write(at('cas/deleted'), fieldsOf({ value: 'y' }), 0)).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('lets one of eight writers win', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => session.kv.write(at('cas/race'), fieldsOf({ value: `writer ${index}` }), 0)),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) if (result.status === 'rejected') expect(failureKind(result.reason)).toBe('conflict');
      expect((await session.kv.metadata(at('cas/race')))?.currentVersion).toBe(1);
    });
  });

  describe('what is gone', () => {
    it.each([
      ['deleted', 'delete'],
      ['destroyed', 'destroy'],
    ])('a %s version has no value, and the key its metadata', async (name, action) => {
      await session.kv.write(at(`gone/${name}`), fieldsOf({ value: 'x' }), 0);
      await raw('POST', `rotation/${action}/gone/${name}`, { versions: [1] });
      expect(await session.kv.read(at(`gone/${name}`))).toBeUndefined();
      expect(await session.kv.read(at(`gone/${name}`), 1)).toBeUndefined();
      expect(await session.kv.readDocument(at(`gone/${name}`))).toEqual({ version: 1, document: undefined });
      expect(await session.kv.metadata(at(`gone/${name}`))).toMatchObject({ currentVersion: 1, versions: [{ version: 1, gone: true }] });
    });

    it('a key with metadata alone', async () => {
      await session.kv.configure(at('gone/bare'), { customMetadata: { owner: 'team' } });
      expect(await session.kv.metadata(at('gone/bare'))).toMatchObject({
        currentVersion: 0,
        versions: [],
        customMetadata: { owner: 'team' },
      });
      expect(await session.kv.read(at('gone/bare'))).toBeUndefined();
      expect(await session.kv.readDocument(at('gone/bare'))).toEqual({ version: 0, document: undefined });
    });

    it('versions beyond the limit of key and mount', async () => {
      for (let cas = 0; cas < 5; cas++) await session.kv.write(at('pruned', 'rotation-few'), fieldsOf({ value: `${cas}` }), cas);
      const metadata = await session.kv.metadata(at('pruned', 'rotation-few'));
      expect(metadata).toMatchObject({ currentVersion: 5, keptVersions: 3, maxVersions: 0 });
      expect(metadata?.versions.map(({ version }) => version)).toEqual([3, 4, 5]);
      expect(await session.kv.read(at('pruned', 'rotation-few'), 2)).toBeUndefined();
      await session.kv.configure(at('pruned', 'rotation-few'), { maxVersions: 12 });
      expect(await session.kv.metadata(at('pruned', 'rotation-few'))).toMatchObject({ keptVersions: 12, maxVersions: 12 });
      await session.kv.configure(at('pruned', 'rotation-few'), { maxVersions: 2 });
      expect(await session.kv.metadata(at('pruned', 'rotation-few'))).toMatchObject({ keptVersions: 3, maxVersions: 2 });
    });

    it('a removed key, removed again', async () => {
      await session.kv.write(at('gone/removed'), fieldsOf({ value: 'x' }), 0);
      await session.kv.remove(at('gone/removed'));
      expect(await session.kv.metadata(at('gone/removed'))).toBeUndefined();
      await session.kv.remove(at('gone/removed'));
      expect(await session.kv.write(at('gone/removed'), fieldsOf({ value: 'y' }), 0)).toEqual({ version: 1 });
    });
  });

  describe('settings of a key', () => {
    it.each([
      ['with patch', 'keeper'],
      ['without patch', 'noPatch'],
    ] as const)('merge, %s', async (_what, name) => {
      const { kv } = await withToken(getTarget().tokens[name]);
      const place = at(`settings/${name}`);
      await kv.configure(place, { customMetadata: { owner: 'team', stage: 'prod' }, maxVersions: 20 });
      await kv.configure(place, { customMetadata: { stage: null, agentops_version: '4' } });
      const metadata = await kv.metadata(place);
      expect(metadata).toMatchObject({ maxVersions: 20 });
      expect(metadata?.customMetadata).toEqual({ owner: 'team', agentops_version: '4' });
    });

    it.each<[string, Record<string, string>]>([
      ['an empty key', { '': 'x' }],
      ['an empty value', { k: '' }],
      ['a key of 129 bytes', { ['k'.repeat(129)]: 'x' }],
      ['a value of 513 bytes', { k: `${'ä'.repeat(256)}x` }],
      ['65 entries', Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'x']))],
      ['an unprintable value', { k: 'a\nb' }],
    ])('refuse %s before anything is sent', async (_what, customMetadata) => {
      await expect(session.kv.configure(at('settings/limits'), { customMetadata })).rejects.toMatchObject({ kind: 'operator' });
      expect(await session.kv.metadata(at('settings/limits'))).toBeUndefined();
    });

    it('take what is just within the limits, and refuse one more even where it would be merged', async () => {
      const most = {
        ...Object.fromEntries(Array.from({ length: 63 }, (_, index) => [`k${index}`, 'x'])),
        ['k'.repeat(128)]: 'ä'.repeat(256),
      };
      await session.kv.configure(at('settings/most'), { customMetadata: most });
      expect((await session.kv.metadata(at('settings/most')))?.customMetadata).toEqual(most);
      await expect(session.kv.configure(at('settings/most'), { customMetadata: { more: 'x' } })).rejects.toMatchObject({
        kind: 'operator',
      });
      await session.kv.configure(at('settings/most'), { customMetadata: { k0: null, more: 'x' } });
      expect((await session.kv.metadata(at('settings/most')))?.customMetadata).toMatchObject({ more: 'x', k1: 'x' });
    });
  });

  describe('who may not', () => {
    it.each<[string, (kv: VaultSession['kv']) => Promise<unknown>, string]>([
      ['read a value', (kv) => kv.read(at('deny/a')), 'needs "read" on rotation/data/deny/a'],
      ['create', (kv) => kv.write(at('deny/a'), fieldsOf({ value: 'CANARY' }), 0), 'needs "create" on rotation/data/deny/a'],
      ['update', (kv) => kv.write(at('deny/a'), fieldsOf({ value: 'CANARY' }), 3), 'needs "update" on rotation/data/deny/a'],
      ['configure', (kv) => kv.configure(at('deny/a'), { maxVersions: 3 }), 'needs "create" and "update" on rotation/metadata/deny/a'],
      ['remove', (kv) => kv.remove(at('deny/a')), 'needs "delete" on rotation/metadata/deny/a'],
    ])('%s is told the path and the capability', async (_what, act, needs) => {
      const { kv } = await withToken(getTarget().tokens.reader);
      await expect(act(kv)).rejects.toMatchObject({
        kind: 'transient',
        hint: `${needs}; \`agentops rbac --vault --for secrets\` prints the policy`,
      });
    });

    it('list is told so with the slash of a folder', async () => {
      const { kv } = await withToken(getTarget().tokens.noPatch);
      await expect(kv.list(at('deny'))).rejects.toMatchObject({
        hint: expect.stringContaining('needs "list" on rotation/metadata/deny/;'),
      });
    });

    it('see the mount’s settings is not told how many versions are kept', async () => {
      await session.kv.write(at('deny/kept'), fieldsOf({ value: 'x' }), 0);
      const { kv } = await withToken(getTarget().tokens.reader);
      expect(await kv.metadata(at('deny/kept'))).toMatchObject({ currentVersion: 1, keptVersions: undefined });
    });

    it('a token that Vault does not know', async () => {
      const { kv } = await withToken('CANARY-no-such-token');
      const error: unknown = await kv.metadata(at('deny/a')).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ kind: 'transient', message: expect.stringContaining('the token is missing, invalid or expired') });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('CANARY');
    });
  });

  describe('mounts', () => {
    it('KV v1 is refused before anything is written', async () => {
      const place = at('agents/openai', 'rotation-old');
      for (const act of [
        () => session.kv.write(place, fieldsOf({ value: 'CANARY' }), 0),
        () => session.kv.metadata(place),
        () => session.kv.list(place),
      ]) {
        await expect(act()).rejects.toMatchObject({ kind: 'operator', message: expect.stringContaining('mount rotation-old is KV v1') });
      }
      expect(await raw('GET', 'rotation-old/data/agents/openai')).toBe(404);
    });

    it('one that is not there, and one that is none', async () => {
      await expect(session.kv.metadata(at('a', 'nowhere'))).rejects.toMatchObject({ kind: 'transient' });
      await expect(session.kv.metadata(at('b', 'rotation/a'))).rejects.toMatchObject({ kind: 'operator' });
    });

    it.each(['', '..', 'a/../b', 'a//b', '/a', 'a/', './a'])('the path %j is refused', async (path) => {
      await expect(session.kv.read(at(path))).rejects.toMatchObject({ kind: 'operator' });
      await expect(session.kv.write(at(path), fieldsOf({ value: 'x' }), 0)).rejects.toMatchObject({ kind: 'operator' });
    });

    it('a namespace that this server would ignore is refused before anything is written', async () => {
      const config = configFor(getTarget().url, { method: 'token', token: getTarget().rootToken }, 'team-a');
      await expect(openVault(config, runContext())).rejects.toMatchObject({
        kind: 'operator',
        message: expect.stringContaining('namespace team-a'),
      });
    });
  });

  it('waits where a quota refuses', async () => {
    await getTarget().limit();
    const results = await Promise.all(
      Array.from({ length: 4 }, (_, index) => session.kv.writeDocument(at(`q${index}`, 'rotation-busy'), { index }, 0)),
    );
    expect(results).toEqual([1, 1, 1, 1]);
  });

  it('lists folders and names', async () => {
    await session.kv.writeDocument(at('listed/b'), {}, 0);
    await session.kv.writeDocument(at('listed/a/x'), {}, 0);
    expect(await session.kv.list(at('listed'))).toEqual(['a/', 'b']);
    expect(await session.kv.list(at('listed/none'))).toEqual([]);
    expect(await session.kv.list(at(''))).toContain('listed/');
  });

  it('asks other engines, and says what is not there', async () => {
    expect(await session.request({ path: ['auth', 'token', 'lookup-self'] })).toMatchObject({ found: true, data: { policies: ['root'] } });
    expect(await session.request({ path: ['rotation', 'metadata', 'no', 'such'] })).toEqual({ found: false, data: undefined });
    await expect(session.request({ method: 'POST', path: ['nowhere', 'rotate-role', 'app'] })).rejects.toMatchObject({
      kind: 'operator',
      message: 'Vault, nowhere/rotate-role/app: nothing is mounted there',
    });
    await session.kv.writeDocument(at('engine'), { password: 'p', ttl: 30 }, 0);
    const fields = await session.requestFields({ path: ['rotation', 'data', 'engine'] });
    expect([...(fields?.keys() ?? [])].sort()).toEqual(['data', 'metadata']);
    expect(await session.requestFields({ path: ['rotation', 'data', 'engine-none'] })).toBeUndefined();
  });

  it('outlives its token: renews it, and logs in again when that ends', async () => {
    const { roleId, secretId } = getTarget().approle;
    const short = await open({ method: 'approle', roleId, secretId });
    const place = at('long-run');
    for (let version = 0; version < 6; version++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(await short.kv.writeDocument(place, { version }, version)).toBe(version + 1);
    }
    await short.close();
  });

  describe('lock', () => {
    it('is taken by one of eight, the others learn by whom', async () => {
      const rivals = await Promise.all(Array.from({ length: 8 }, () => withToken(getTarget().rootToken)));
      const results = await Promise.all(
        rivals.map(({ kv }, index) =>
          recordsIn(kv, { mount: 'rotation', folder: 'locks-of-eight', lockForMs: 30_000 }).lock.acquire(
            'openai',
            `host-${index}`,
            context,
          ),
        ),
      );
      const winner = results.findIndex((result) => 'epoch' in result);
      expect(results.filter((result) => 'epoch' in result)).toHaveLength(1);
      for (const result of results) if ('held' in result) expect(result.held.holder).toBe(`host-${winner}`);
      const lock = results[winner];
      if (lock && 'epoch' in lock) await lock.release();
      expect(await session.kv.readDocument(at('locks-of-eight/locks/openai'))).toMatchObject({
        version: 2,
        document: { holder: null, epoch: 1 },
      });
    });

    it('grows its epoch with every holder', async () => {
      const { lock } = records('epochs');
      for (const epoch of [1, 2, 3]) {
        const held = await lock.acquire('openai', `host-${epoch}`, context);
        if (!('epoch' in held)) throw new Error('it is held');
        expect(held.epoch).toBe(epoch);
        await held.release();
      }
      expect(lock.description('openai')).toBe('Vault rotation/epochs/locks/openai');
    });
  });

  it('keeps journals', async () => {
    const { journal } = records('journals');
    const first = journalOf('openai/20261121T130731Z-aaaa');
    expect(await journal.read(first.id)).toBeUndefined();
    expect(await journal.write(first, 0)).toBe(1);
    await expect(journal.write(first, 0)).rejects.toMatchObject({ kind: 'conflict' });
    const done: RotationJournal = { ...first, state: 'DONE' };
    expect(await journal.write(done, 1)).toBe(2);
    expect(await journal.read(first.id)).toEqual({ journal: done, version: 2 });
    await journal.write({ ...done, id: 'openai/20261122T130731Z-bbbb' }, 0);
    await journal.write({ ...journalOf('openai/20261120T130731Z-cccc'), state: 'GRACE' }, 0);
    expect(await journal.list('openai')).toEqual([
      'openai/20261120T130731Z-cccc',
      'openai/20261121T130731Z-aaaa',
      'openai/20261122T130731Z-bbbb',
    ]);
    expect(await journal.list('other')).toEqual([]);
    await journal.prune('openai', 1);
    expect(await journal.list('openai')).toEqual(['openai/20261120T130731Z-cccc', 'openai/20261122T130731Z-bbbb']);
  });

  it('keeps one audit chain, however many append', async () => {
    const { audit } = records('audits');
    const event = (detail: string) =>
      ({ at: '2026-11-21T13:07:31Z', by: 'me', secret: 'openai', event: 'done', rotation: null, version: 1, detail }) as const;
    await Promise.all(Array.from({ length: 8 }, (_, index) => audit.append(event(`append ${index}`))));
    const chain = await audit.read('openai');
    expect(chain.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(chain.map(({ detail }) => detail).sort()).toEqual(Array.from({ length: 8 }, (_, index) => `append ${index}`));
    expect(verifyChain(chain)).toEqual({ ok: true });
    expect(await session.kv.list(at('audits/audit/openai'))).toContain('00000008');
    await session.kv.remove(at('audits/audit/openai/00000004'));
    expect(verifyChain(await audit.read('openai'))).toEqual({ ok: false, seq: 4, problem: 'record 4 is missing (5 follows 3)' });
  });

  it('keeps a pending value until it is removed', async () => {
    const { pending } = records('pendings');
    const id = 'openai/20261121T130731Z-aaaa';
    const key = { id: 'key_1', account: 'agent-b' };
    expect(await pending.read(id)).toBeUndefined();
    expect(await pending.write(id, SecretValue.fromText('pending "value"'), key, 0)).toBe(1);
    await expect(pending.write(id, SecretValue.fromText('other'), key, 0)).rejects.toMatchObject({ kind: 'conflict' });
    const found = await pending.read(id);
    expect([found?.value.text(), found?.key, found?.version]).toEqual(['pending "value"', key, 1]);
    await pending.remove(id);
    expect(await pending.read(id)).toBeUndefined();
    expect(await session.kv.metadata(at(`pendings/pending/${id}`))).toBeUndefined();
    expect(pending.description('openai')).toBe('rotation/pendings/pending/openai');
  });

  it('makes one key for fingerprints, whoever comes first', async () => {
    const rivals = await Promise.all(Array.from({ length: 4 }, () => withToken(getTarget().rootToken)));
    const prints = await Promise.all(
      rivals.map(({ kv }) =>
        recordsIn(kv, { mount: 'rotation', folder: 'prints', lockForMs: 1000 }).fingerprint(SecretValue.fromText('value')),
      ),
    );
    expect(new Set(prints).size).toBe(1);
    expect(prints[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await records('prints').fingerprint(SecretValue.fromText('Value'))).not.toBe(prints[0]);
  });
}

/** Configuration with this Vault alone. */
export function configFor(address: string, auth: object, namespace?: string): Config {
  return configSchema.parse({ vault: { address, auth, ...(namespace === undefined ? {} : { namespace }) } });
}

/** A run of `ms` from now, on the real clock. */
export function runContext(ms = 60_000): RunContext {
  const base = testHost({ random: Math.random });
  const host = { ...base, clock: { ...base.clock, now: Date.now } };
  return { host, signal: AbortSignal.timeout(ms), deadline: host.clock.monotonic() + ms };
}

/** Text fields. */
export function fieldsOf(texts: Readonly<Record<string, string>>): SecretFields {
  return new Map(Object.entries(texts).map(([name, text]) => [name, SecretValue.fromText(text)]));
}

async function shown({ kv }: VaultSession, at: KvPath, version?: number): Promise<Record<string, string> | undefined> {
  const read = await kv.read(at, version);
  return read && Object.fromEntries([...read.fields].map(([name, value]) => [name, value.text()]));
}

/** A journal that has just begun. */
export function journalOf(id: string): RotationJournal {
  return {
    format: 1,
    id,
    secret: id.split('/')[0] ?? '',
    state: 'LOCKED',
    intent: null,
    epoch: 1,
    holder: 'host-1',
    by: 'me',
    startedAt: '2026-11-21T13:07:31Z',
    updatedAt: '2026-11-21T13:07:31Z',
    target: { mount: 'rotation', path: 'agents/openai', field: 'value' },
    issuer: 'random',
    oldVersion: 4,
    newVersion: null,
    restoredVersion: null,
    oldCreatedAt: null,
    oldKey: null,
    newKey: null,
    oldFingerprint: null,
    newFingerprint: null,
    consumers: [],
    acceptDowntime: false,
    overlapMs: 86_400_000,
    graceUntil: null,
    revoke: null,
    failure: null,
    operator: null,
    remarks: [],
    history: [{ state: 'LOCKED', at: '2026-11-21T13:07:31Z', ms: 0 }],
  };
}
