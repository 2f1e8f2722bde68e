import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HeldLock, LockHolder, RunContext } from '../../../packages/core/src/secrets/ports.ts';
import { vaultLock } from '../../../packages/core/src/secrets/vault/lock.ts';
import { openVault, type VaultSession } from '../../../packages/core/src/secrets/vault/session.ts';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { configFor, runContext } from '../../contract/vault-rotation.ts';
import { type Meddler, startMeddler } from '../../support/meddler.ts';

const token = 'CANARY-token';
const place = { mount: 'secret', path: 'agentops/locks/openai' };
const lockUrl = '/v1/secret/data/agentops/locks/openai';

let lab: LabVault;
let between: Meddler;
const sessions: VaultSession[] = [];
beforeEach(async () => {
  lab = await startVault({ tokens: { [token]: ['root'] } });
  between = await startMeddler(lab.url);
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
  await between.close();
  await lab.close();
});

async function contender(lockForMs: number, context = runContext(), url = between.url) {
  const session = await openVault(configFor(url, { method: 'token', token }), context);
  sessions.push(session);
  const lock = vaultLock(session.kv, { mount: 'secret', folder: 'agentops', lockForMs });
  return { session, acquire: (holder: string, within: RunContext = context) => lock.acquire('openai', holder, within) };
}

function mine(result: HeldLock | { held: LockHolder }): HeldLock {
  if ('held' in result) throw new Error(`held by ${result.held.holder}`);
  return result;
}

/** What is stored, seen past the meddler. */
const stored = (): Record<string, unknown> => {
  const secret = lab.mounts.get('secret')?.secrets.get(place.path);
  return { version: secret?.currentVersion, ...secret?.versions.get(secret.currentVersion)?.data };
};

it('is a document with holder, times and epoch', async () => {
  const context = runContext();
  const now = Date.parse('2026-11-21T13:07:31.000Z');
  const { acquire } = await contender(60_000, { ...context, host: { ...context.host, clock: { ...context.host.clock, now: () => now } } });
  const held = mine(await acquire('host-a'));
  expect(stored()).toEqual({
    version: 1,
    holder: 'host-a',
    claim: expect.stringMatching(/^[0-9a-f]{16}$/),
    epoch: 1,
    since: '2026-11-21T13:07:31.000Z',
    expiresAt: '2026-11-21T13:08:31.000Z',
  });
  expect(await acquire('host-b')).toEqual({ held: { holder: 'host-a', since: now, expiresAt: now + 60_000 } });
  // The same name is no claim: two jobs may have it.
  expect(await acquire('host-a')).toHaveProperty('held');
  expect(held.lost.aborted).toBe(false);
});

describe('an expired one', () => {
  it('is taken over with a higher epoch, and the earlier holder learns that it is lost', async () => {
    const slow = await contender(900);
    // Its renewals do not arrive, until somebody else has come.
    const first = mine(await slow.acquire('host-a'));
    between.meddle(({ method }) => (method === 'POST' ? 'refuse' : 'pass'));
    const past = await contender(60_000, runContext(), lab.url);
    const second = await vi.waitUntil(
      async () => {
        const result = await past.acquire('host-b');
        return 'epoch' in result ? result : undefined;
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(second.epoch).toBe(2);
    await vi.waitFor(() => expect(first.lost.aborted).toBe(true), { timeout: 10_000 });
    between.meddle(() => 'pass');
    await first.release();
    expect(stored()).toMatchObject({ holder: 'host-b', epoch: 2 });
    expect(second.lost.aborted).toBe(false);
  });

  it('that somebody took although it was not, is lost at the next renewal', async () => {
    const { acquire, session } = await contender(3000);
    const held = mine(await acquire('host-a'));
    // The other's clock goes wrong.
    const context = runContext();
    const ahead = { ...context, host: { ...context.host, clock: { ...context.host.clock, now: () => Date.now() + 3_600_000 } } };
    const other = mine(await (await contender(60_000, ahead, lab.url)).acquire('host-b'));
    expect(other.epoch).toBe(2);
    await vi.waitFor(() => expect(held.lost.aborted).toBe(true), { timeout: 10_000 });
    await held.release();
    expect((await session.kv.readDocument(place)).document).toMatchObject({ holder: 'host-b' });
  });
});

describe('while it is held', () => {
  it('it is renewed, and nobody else gets it', async () => {
    const { acquire } = await contender(3000);
    const held = mine(await acquire('host-a'));
    const begun = stored();
    await vi.waitFor(() => expect(stored().version).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
    expect(stored()).toMatchObject({ holder: 'host-a', epoch: 1, claim: begun.claim, since: begun.since });
    expect(Date.parse(String(stored().expiresAt))).toBeGreaterThan(Date.parse(String(begun.expiresAt)));
    expect(await acquire('host-b')).toMatchObject({ held: { holder: 'host-a' } });
    expect(held.lost.aborted).toBe(false);
    await held.release();
  });

  it('a renewal whose answer is lost is found again, and nothing is lost', async () => {
    const { acquire } = await contender(3000);
    const held = mine(await acquire('host-a'));
    let lost = 0;
    between.meddle(({ method }) => (method === 'POST' && lost++ < 1 ? 'lose' : 'pass'));
    await vi.waitFor(() => expect(stored().version).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
    expect(held.lost.aborted).toBe(false);
    await held.release();
    expect(stored()).toMatchObject({ holder: null, epoch: 1 });
  });

  it('a renewal whose answer and whose reading back are lost is found by the next one', async () => {
    const { acquire } = await contender(3000);
    const held = mine(await acquire('host-a'));
    let writes = 0;
    between.meddle(({ method }) => {
      if (method === 'POST') return writes++ < 1 ? 'lose' : 'pass';
      return writes === 1 ? { status: 400, body: '' } : 'pass';
    });
    await vi.waitFor(() => expect(stored().version).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
    expect(held.lost.aborted).toBe(false);
    await held.release();
    expect(stored()).toMatchObject({ holder: null });
  });

  it('it outlives the run’s own signal, for what must be undone after it', async () => {
    const stop = new AbortController();
    const context = { ...runContext(), signal: stop.signal };
    const { acquire } = await contender(3000, context);
    const held = mine(await acquire('host-a'));
    stop.abort();
    await vi.waitFor(() => expect(stored().version).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
    await held.release();
    expect(stored()).toMatchObject({ holder: null, epoch: 1 });
  });
});

describe('acquiring', () => {
  it('whose answer is lost reads back whether it worked', async () => {
    const { acquire, session } = await contender(60_000);
    await session.kv.metadata(place);
    between.meddle(({ method, url }) => (method === 'POST' && url === lockUrl ? 'lose' : 'pass'));
    const held = mine(await acquire('host-a'));
    between.meddle(() => 'pass');
    expect(held.epoch).toBe(1);
    expect(between.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    await held.release();
    expect(stored()).toMatchObject({ version: 2, holder: null });
  });

  it('from a server that is silent ends by itself, long before the run does', async () => {
    const { acquire, session } = await contender(60_000, runContext(60_000));
    await session.kv.metadata(place);
    between.meddle(() => 'hold');
    const error: unknown = await acquire('host-a').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind: 'transient' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('CANARY');
  }, 10_000);

  it('from a server that does not answer at all', async () => {
    const { acquire } = await contender(60_000);
    await between.close();
    await expect(acquire('host-a')).rejects.toMatchObject({ kind: 'transient' });
  });

  it('keeps the epoch growing where the lock was deleted', async () => {
    const { acquire } = await contender(60_000);
    for (const holder of ['a', 'b', 'c']) await mine(await acquire(holder)).release();
    const secret = lab.mounts.get('secret')?.secrets.get(place.path);
    const last = secret?.versions.get(6);
    if (last) last.deletedAt = Date.now() - 1;
    expect(mine(await acquire('host-d')).epoch).toBeGreaterThan(3);
  });

  it('over something that is no lock leaves it to a person', async () => {
    const { acquire, session } = await contender(60_000);
    await session.kv.writeDocument(place, { holder: 'CANARY' }, 0);
    const error: unknown = await acquire('host-a').catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      kind: 'operator',
      message: 'secret/agentops/locks/openai is no lock of agentops',
      hint: 'look at it with: vault kv get secret/agentops/locks/openai',
    });
    expect(inspect(error)).not.toContain('CANARY');
  });
});

describe('releasing', () => {
  it('never throws, and may be done twice', async () => {
    const { acquire } = await contender(60_000);
    const held = mine(await acquire('host-a'));
    await held.release();
    await held.release();
    expect(stored()).toMatchObject({ version: 2, holder: null });
    const again = mine(await acquire('host-b'));
    await between.close();
    await again.release();
    expect(again.lost.aborted).toBe(false);
  });
});
