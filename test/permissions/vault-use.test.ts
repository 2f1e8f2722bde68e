import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import type { RotationJournal } from '../../packages/core/src/model/rotation.ts';
import { vaultRules } from '../../packages/core/src/permissions/vault.ts';
import { failureKind } from '../../packages/core/src/secrets/failure.ts';
import type { RunContext } from '../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';
import { recordsIn } from '../../packages/core/src/secrets/vault/records.ts';
import { openVault, type VaultSession } from '../../packages/core/src/secrets/vault/session.ts';
import { type LabVault, startVault } from '../../packages/lab/src/vault/server.ts';
import { journalOf } from '../contract/vault-rotation.ts';
import { testHost } from '../support/host.ts';

const config = configSchema.parse({
  secrets: [
    { name: 'openai-key', vault: { mount: 'kv', path: 'agents/openai' }, issuer: { type: 'random' } },
    { name: 'team', vault: { mount: 'kv', path: 'team/*' }, issuer: { type: 'random' } },
  ],
});

let server: LabVault;
const sessions: VaultSession[] = [];
beforeAll(async () => {
  const secret = { versions: [{ data: { value: 'cnry-old' } }] };
  server = await startVault({
    mounts: { kv: { secrets: { 'agents/openai': secret, 'team/a': secret, 'agents/other': secret } } },
    policies: { secrets: vaultRules(config, 'secrets'), diagnose: vaultRules(config, 'diagnose') },
    tokens: { rotates: ['secrets'], looks: ['diagnose'] },
  });
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  await server.close();
});

const host = testHost({ now: Date.now() });
const contextOf = (): RunContext => ({ host, signal: AbortSignal.timeout(15_000), deadline: host.clock.monotonic() + 15_000 });
async function open(token: string): Promise<VaultSession> {
  const session = await openVault({ vault: { address: server.url, auth: { method: 'token', token }, secrets: [] } }, contextOf());
  sessions.push(session);
  return session;
}
const recordsOf = ({ kv }: VaultSession) => recordsIn(kv, { mount: 'kv', folder: 'agentops', lockForMs: 60_000 });
const journal = (secret: string, run: number): RotationJournal => ({ ...journalOf(`${secret}/2026010${run}t000000z-0000`), state: 'DONE' });
const record = { at: new Date(0).toISOString(), by: 'test', event: 'verified', rotation: null, version: null, detail: '' } as const;

describe('with exactly the printed policy', () => {
  it.each([
    ['openai-key', 'agents/openai'],
    ['team-a', 'team/a'],
  ])('a rotation of %s can do all that it does', async (secret, path) => {
    const session = await open('rotates');
    const { lock, journal: journals, audit, pending, fingerprint } = recordsOf(session);
    const at = { mount: 'kv', path };
    for (const holder of ['first', 'second']) {
      const held = await lock.acquire(secret, holder, contextOf());
      if ('held' in held) throw new Error('nobody holds it');
      await held.release();
    }
    const [one, two] = [journal(secret, 1), journal(secret, 2)];
    expect(await journals.write({ ...one, state: 'GRACE' }, 0)).toBe(1);
    expect(await journals.write(one, 1)).toBe(2);
    expect(await journals.write(two, 0)).toBe(1);
    expect(await journals.list(secret)).toEqual([one.id, two.id]);
    expect((await journals.read(two.id))?.version).toBe(1);
    await journals.prune(secret, 1);
    expect(await journals.list(secret)).toEqual([two.id]);
    const value = SecretValue.fromText('cnry-new');
    const version = await pending.write(one.id, value, { id: 'x' }, 0);
    await pending.write(one.id, value, { id: 'x' }, version);
    expect((await pending.read(one.id))?.version).toBe(2);
    await pending.remove(one.id);
    expect(await fingerprint(value)).toBe(await recordsOf(await open('rotates')).fingerprint(value));
    const metadata = await session.kv.metadata(at);
    expect([metadata?.currentVersion, metadata?.keptVersions]).toEqual([1, 10]);
    expect((await session.kv.read(at))?.version).toBe(1);
    await session.kv.configure(at, { maxVersions: 12, customMetadata: { agentops_version: '2' } });
    expect(await session.kv.write(at, new Map([['value', value]]), 1)).toEqual({ version: 2 });
    await audit.append({ ...record, secret });
    expect((await audit.read(secret)).map(({ seq }) => seq)).toEqual([1]);
    if (secret === 'team-a') expect(await session.kv.list({ mount: 'kv', path: 'team' })).toEqual(['a']);
  });

  it('neither of two who add to the audit trail at once is turned away, nor overwrites', async () => {
    const trails = await Promise.all(['rotates', 'rotates', 'rotates'].map(async (token) => recordsOf(await open(token)).audit));
    const written = await Promise.all(trails.map((audit, who) => audit.append({ ...record, secret: 'team-race', detail: `${who}` })));
    expect(written.map(({ seq }) => seq).sort()).toEqual([1, 2, 3]);
    expect((await trails[0]?.read('team-race'))?.map(({ detail }) => detail).sort()).toEqual(['0', '1', '2']);
    // Where it may not add at all, it says so instead of counting on for ever.
    const error: unknown = await trails[0]?.append({ ...record, secret: 'another' }).catch((thrown: unknown) => thrown);
    expect(failureKind(error)).toBe('transient');
  });

  it('nobody else’s secret is read, and no record is changed or deleted', async () => {
    const { kv } = await open('rotates');
    const refused = (work: Promise<unknown>) =>
      work.then(
        () => 'allowed',
        (error: Error) => (error.message.endsWith('permission denied') ? 'refused' : error.message),
      );
    expect(await refused(kv.read({ mount: 'kv', path: 'agents/other' }))).toBe('refused');
    expect(await refused(kv.metadata({ mount: 'kv', path: 'agents/other' }))).toBe('refused');
    expect(await refused(kv.list({ mount: 'kv', path: 'agents' }))).toBe('refused');
    const first = { mount: 'kv', path: 'agentops/audit/openai-key/00000001' };
    expect((await kv.readDocument(first)).version).toBe(1);
    expect(await refused(kv.writeDocument(first, { forged: true }, 1))).toBe('refused');
    expect(await refused(kv.remove(first))).toBe('refused');
    expect(await refused(kv.remove({ mount: 'kv', path: 'agents/openai' }))).toBe('refused');
    const key = { mount: 'kv', path: 'agentops/fingerprint-key' };
    expect(await refused(kv.write(key, new Map([['key', SecretValue.fromText('x')]]), 1))).toBe('refused');
  });

  it('who looks sees metadata, journals and locks, no value, and changes nothing', async () => {
    const session = await open('looks');
    const at = { mount: 'kv', path: 'agents/openai' };
    expect((await session.kv.metadata(at))?.currentVersion).toBe(2);
    const { journal: journals, lock } = recordsOf(session);
    expect(await journals.list('openai-key')).toHaveLength(1);
    const kinds = await Promise.all(
      [
        session.kv.read(at),
        session.kv.write(at, new Map(), 2),
        session.kv.configure(at, { maxVersions: 3 }),
        lock.acquire('openai-key', 'me', contextOf()),
        journals.write(journal('openai-key', 3), 0),
      ].map((work) => work.then(() => 'allowed', failureKind)),
    );
    expect(kinds).toEqual(['transient', 'transient', 'transient', 'transient', 'transient']);
  });
});
