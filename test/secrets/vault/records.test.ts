import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyChain } from '../../../packages/core/src/model/audit-chain.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { recordPath } from '../../../packages/core/src/secrets/vault/documents.ts';
import { recordsIn } from '../../../packages/core/src/secrets/vault/records.ts';
import { openVault, type VaultSession } from '../../../packages/core/src/secrets/vault/session.ts';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { configFor, fieldsOf, journalOf, runContext } from '../../contract/vault-rotation.ts';
import { type Meddler, startMeddler } from '../../support/meddler.ts';

const token = 'CANARY-token';
const at = { mount: 'secret', folder: 'agentops', lockForMs: 60_000 };
const id = 'openai/20261121T130731Z-aaaa';

let lab: LabVault;
let between: Meddler;
let session: VaultSession;
let records: ReturnType<typeof recordsIn>;
beforeEach(async () => {
  lab = await startVault({ tokens: { [token]: ['root'] } });
  between = await startMeddler(lab.url);
  session = await openVault(configFor(between.url, { method: 'token', token }), runContext());
  records = recordsIn(session.kv, at);
});
afterEach(async () => {
  await session.close();
  await between.close();
  await lab.close();
});

const loseWrites = (): void => between.meddle(({ method }) => (method === 'POST' ? 'lose' : 'pass'));
const failureOf = async (act: Promise<unknown>): Promise<unknown> => {
  const error: unknown = await act.catch((caught: unknown) => caught);
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('CANARY');
  return error;
};
const event = { at: '2026-11-21T13:07:31Z', by: 'me', secret: 'openai', event: 'done', rotation: id, version: 5, detail: 'd' } as const;

it.each(['..', 'a/../../b', '', 'a//b'])('a record of %j leads nowhere', (name) => {
  expect(() => recordPath(at, 'rotations', name)).toThrow('is no path in Vault');
});

describe('journals', () => {
  it('are at their place, as they are', async () => {
    await records.journal.write(journalOf(id), 0);
    expect(lab.mounts.get('secret')?.secrets.get(`agentops/rotations/${id}`)?.versions.get(1)?.data).toEqual(journalOf(id));
  });

  it('whose answer is lost are read back', async () => {
    await session.kv.list({ mount: 'secret', path: 'agentops' });
    loseWrites();
    expect(await records.journal.write(journalOf(id), 0)).toBe(1);
    expect(between.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    await expect(records.journal.write({ ...journalOf(id), epoch: 2 }, 0)).rejects.toMatchObject({
      kind: expect.stringMatching(/conflict|transient/),
    });
  });

  it('whose answer is lost and that somebody else wrote are not ours', async () => {
    await session.kv.list({ mount: 'secret', path: 'agentops' });
    const place = { mount: 'secret', path: `agentops/rotations/${id}` };
    between.meddle(async (request) => {
      if (request.method !== 'POST') return 'pass';
      const other = JSON.stringify({ options: { cas: 0 }, data: { ...journalOf(id), holder: 'host-2' } });
      const { 'content-length': _length, ...headers } = request.headers;
      await between.ask({ ...request, headers, body: other });
      return 'lose';
    });
    await expect(records.journal.write(journalOf(id), 0)).rejects.toMatchObject({ kind: 'transient' });
    between.meddle(() => 'pass');
    expect((await session.kv.readDocument(place)).document).toMatchObject({ holder: 'host-2' });
  });

  it.each<[string, object, string]>([
    [
      'a newer one',
      { ...journalOf(id), format: 2, CANARY: 'x' },
      `secret/agentops/rotations/${id} was written by a newer agentops (format 2)`,
    ],
    ['a broken one', { ...journalOf(id), state: 'CANARY' }, `secret/agentops/rotations/${id} is no journal of a rotation (state)`],
    ['something else', { CANARY: 'CANARY' }, `secret/agentops/rotations/${id} is no journal of a rotation (format)`],
  ])('%s is left to a person, and never pruned', async (_what, document, message) => {
    await session.kv.writeDocument({ mount: 'secret', path: `agentops/rotations/${id}` }, document, 0);
    expect(await failureOf(records.journal.read(id))).toMatchObject({ kind: 'operator', message });
    await records.journal.prune('openai', 0);
    expect(await records.journal.list('openai')).toEqual([id]);
  });

  it('that are deleted are not there', async () => {
    await records.journal.write(journalOf(id), 0);
    const version = lab.mounts.get('secret')?.secrets.get(`agentops/rotations/${id}`)?.versions.get(1);
    if (version) version.deletedAt = 1;
    expect(await records.journal.read(id)).toBeUndefined();
  });
});

describe('the audit trail', () => {
  it('has a record once, though its answer was lost', async () => {
    await records.audit.append(event);
    loseWrites();
    const second = await records.audit.append({ ...event, detail: 'second' });
    between.meddle(() => 'pass');
    expect(second.seq).toBe(2);
    const chain = await records.audit.read('openai');
    expect(chain.map(({ detail }) => detail)).toEqual(['d', 'second']);
    expect(verifyChain(chain)).toEqual({ ok: true });
    expect(await session.kv.list({ mount: 'secret', path: 'agentops/audit/openai' })).toEqual(['00000001', '00000002']);
  });

  it('shows what was changed in Vault behind its back', async () => {
    for (const detail of ['a', 'b', 'c']) await records.audit.append({ ...event, detail });
    const chain = await records.audit.read('openai');
    await session.kv.writeDocument({ mount: 'secret', path: 'agentops/audit/openai/00000002' }, { ...chain[1], detail: 'x' }, 1);
    expect(verifyChain(await records.audit.read('openai'))).toEqual({ ok: false, seq: 2, problem: 'record 2 was changed' });
  });

  it('does not go on after a head that was deleted', async () => {
    await records.audit.append(event);
    const version = lab.mounts.get('secret')?.secrets.get('agentops/audit/openai/00000001')?.versions.get(1);
    if (version) version.deletedAt = 1;
    await expect(records.audit.append(event)).rejects.toMatchObject({
      kind: 'operator',
      message: 'secret/agentops/audit/openai/00000001 was deleted: the audit trail is broken there',
      hint: 'bring it back with: vault kv undelete -versions=1 secret/agentops/audit/openai/00000001',
    });
  });

  it('says where something else stands', async () => {
    await session.kv.writeDocument({ mount: 'secret', path: 'agentops/audit/openai/00000001' }, { seq: 'CANARY' }, 0);
    const expected = { kind: 'operator', message: 'secret/agentops/audit/openai/00000001 is no audit record (seq)' };
    expect(await failureOf(records.audit.read('openai'))).toMatchObject(expected);
    expect(await failureOf(records.audit.append(event))).toMatchObject(expected);
  });

  it('is not there before anything happened', async () => {
    expect(await records.audit.read('openai')).toEqual([]);
  });
});

describe('pending values', () => {
  it('leave no trace beside themselves, and a stranger there is left to a person', async () => {
    await session.kv.write({ mount: 'secret', path: `agentops/pending/${id}` }, fieldsOf({ value: 'CANARY', key: '{"id":7}' }), 0);
    expect(await failureOf(records.pending.read(id))).toMatchObject({
      kind: 'operator',
      message: `secret/agentops/pending/${id} is no pending value`,
      hint: `look at it with: vault kv metadata get secret/agentops/pending/${id}`,
    });
  });

  it('whose answer is lost are the caller’s to read back', async () => {
    await session.kv.list({ mount: 'secret', path: 'agentops' });
    loseWrites();
    expect(await failureOf(records.pending.write(id, SecretValue.fromText('CANARY-pending'), { id: 'k' }, 0))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('the outcome of the write is not known'),
    });
    between.meddle(() => 'pass');
    const found = await records.pending.read(id);
    expect([found?.value.text(), found?.key, found?.version]).toEqual(['CANARY-pending', { id: 'k' }, 1]);
  });

  it('leave the given value as it was', async () => {
    const value = SecretValue.fromText('still here');
    await records.pending.write(id, value, {}, 0);
    expect(value.text()).toBe('still here');
  });
});

describe('fingerprints', () => {
  const keyPath = 'agentops/fingerprint-key';
  const storedKey = (): Buffer => Buffer.from(String(lab.mounts.get('secret')?.secrets.get(keyPath)?.versions.get(1)?.data?.key), 'base64');

  it('are HMAC-SHA256 under 32 bytes that are stored once', async () => {
    const print = await records.fingerprint(SecretValue.fromText('value'));
    expect(storedKey()).toHaveLength(32);
    expect(print).toBe(createHmac('sha256', storedKey()).update('value').digest('hex'));
    expect(await records.fingerprint(SecretValue.fromText('value'))).toBe(print);
    expect(between.requests.filter(({ url }) => url.includes('fingerprint-key'))).toHaveLength(2);
    expect(await recordsIn(session.kv, at).fingerprint(SecretValue.fromText('value'))).toBe(print);
  });

  it('use what was stored, though the answer was lost', async () => {
    await session.kv.list({ mount: 'secret', path: 'agentops' });
    loseWrites();
    const print = await records.fingerprint(SecretValue.fromText('value'));
    expect(print).toBe(createHmac('sha256', storedKey()).update('value').digest('hex'));
  });

  it('are tried again after a failure', async () => {
    between.meddle(() => ({ status: 403, headers: { 'content-type': 'application/json' }, body: '{"errors":["permission denied"]}' }));
    await expect(records.fingerprint(SecretValue.fromText('value'))).rejects.toMatchObject({ kind: 'transient' });
    between.meddle(() => 'pass');
    expect(await records.fingerprint(SecretValue.fromText('value'))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('forget the key when the session closes', async () => {
    await records.fingerprint(SecretValue.fromText('value'));
    const wiped: number[] = [];
    const wipe = vi.spyOn(SecretValue.prototype, 'wipe').mockImplementation(function (this: SecretValue) {
      wiped.push(this.length);
    });
    await session.close();
    wipe.mockRestore();
    expect(wiped).toEqual([32]);
    await expect(records.fingerprint(SecretValue.fromText('value'))).rejects.toMatchObject({ kind: 'transient' });
  });

  it.each<[string, object]>([
    ['of another length', { key: 'CANARY' }],
    ['of another name', { CANARY: 'x' }],
  ])('do not use a key %s', async (_what, document) => {
    await session.kv.writeDocument({ mount: 'secret', path: keyPath }, document, 0);
    expect(await failureOf(records.fingerprint(SecretValue.fromText('value')))).toMatchObject({
      kind: 'operator',
      message: 'secret/agentops/fingerprint-key is no key of 32 bytes',
    });
  });

  it('do not replace a key that was deleted: older fingerprints would mean nothing', async () => {
    await records.fingerprint(SecretValue.fromText('value'));
    const version = lab.mounts.get('secret')?.secrets.get(keyPath)?.versions.get(1);
    if (version) version.deletedAt = 1;
    await expect(recordsIn(session.kv, at).fingerprint(SecretValue.fromText('value'))).rejects.toMatchObject({
      kind: 'operator',
      hint: 'bring it back with: vault kv undelete secret/agentops/fingerprint-key',
    });
  });
});
