import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultLedgerPath, openLedger } from '../../../packages/core/src/cost/ledger/open.ts';
import { openSqliteLedger } from '../../../packages/core/src/cost/ledger/sqlite/ledger.ts';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import { batchOf, describeLedgerContract } from '../../contract/ledger.ts';
import { testHost } from '../../support/host.ts';
import { usageRecord } from '../record.ts';

const root = mkdtempSync(join(tmpdir(), 'agentops-ledger-'));
const book = createPriceBook();
let stores = 0;

function freshPath(): string {
  return join(root, `store-${++stores}`, 'ledger.db');
}

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('SQLite ledger', () => {
  describeLedgerContract(async () => {
    const location = freshPath();
    return { location, remove: async () => rmSync(dirname(location), { recursive: true, force: true }) };
  });

  it('is private: folder and file', async () => {
    const path = freshPath();
    const ledger = await openLedger(path, book, testHost());
    await ledger.write(batchOf([usageRecord({ tokens: { input: 1 } })]));
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(`${path}${suffix}`).mode & 0o777).toBe(0o600);
    await ledger.close();
  });

  it('takes others out of a file that was left open to them, and leaves the folder alone', async () => {
    const path = freshPath();
    mkdirSync(dirname(path), { mode: 0o755 });
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    await (await openLedger(path, book, testHost())).close();
    expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o755]);
  });

  it('many openers of a new file at once: one schema', async () => {
    const path = freshPath();
    const ledgers = await Promise.all(Array.from({ length: 8 }, () => openLedger(path, book, testHost())));
    expect(await ledgers[7]?.state()).toMatchObject({ records: 0 });
    for (const ledger of ledgers) await ledger.close();
  });

  it.each<[string, (path: string) => void, RegExp]>([
    [
      'a file that is no ledger',
      (path) => writeFileSync(path, 'not a database, but long enough to look at: '.repeat(40)),
      /no ledger, or damaged/,
    ],
    [
      'a ledger of a newer agentops',
      (path) => {
        const db = new DatabaseSync(path);
        db.exec('PRAGMA user_version = 999');
        db.close();
      },
      /written by a newer agentops \(schema 999, known 2\)/,
    ],
    ['a folder', (path) => mkdirSync(path), /cannot be opened/],
  ])('%s is refused by name', async (_what, make, message) => {
    const path = freshPath();
    mkdirSync(dirname(path));
    make(path);
    await expect(openLedger(path, book, testHost())).rejects.toMatchObject({
      code: 'ledger-unavailable',
      message: expect.stringMatching(message),
    });
  });

  it('gives up, by name, on a writer that never lets go', async () => {
    const path = freshPath();
    let now = 0;
    // A clock on which every look takes ten seconds.
    const hurried = testHost({ clock: { now: () => 0, monotonic: () => (now += 10_000), timeZone: 'UTC' } });
    const ledger = await openLedger(path, book, hurried);
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(ledger.write(batchOf([usageRecord()]))).rejects.toMatchObject({
      code: 'ledger-unavailable',
      message: expect.stringContaining('locked by another process'),
    });
    other.exec('ROLLBACK');
    expect(await ledger.write(batchOf([usageRecord()]))).toEqual({ counted: 1, duplicate: 0 });
    other.close();
    await ledger.close();
  });

  it('finds keys in the large index as in the small one, while one is merged into the other', async () => {
    const path = freshPath();
    const ledger = await openSqliteLedger(path, book, testHost(), { mostRecentKeys: 7 });
    const at = Date.parse('2026-11-01T00:00:00Z');
    const make = (i: number, output: number) => usageRecord({ key: `k${i}`, at: at + i * 60_000 + output, tokens: { input: 1, output } });
    const range = { from: at, to: at + 86_400_000, by: [] };
    for (let i = 0; i < 60; i += 5) await ledger.write(batchOf(Array.from({ length: 5 }, (_, j) => make(i + j, 1))));
    const db = new DatabaseSync(path, { readOnly: true });
    const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    expect([count('old_keys'), count('recent_keys')]).toEqual([60, 0]);
    // Fuller ones replace those of either index, at another time; lesser ones do not.
    await ledger.write(batchOf([make(60, 5)]));
    const again = [...Array.from({ length: 61 }, (_, i) => make(i, 7)), ...Array.from({ length: 61 }, (_, i) => make(i, 2))];
    expect(await ledger.write(batchOf(again))).toEqual({ counted: 0, duplicate: 122 });
    expect(await ledger.rows(range)).toMatchObject([{ requests: 61, output: 427 }]);
    expect(await ledger.compact(at + 10 * 60_000)).toEqual({ deleted: 10 });
    expect([count('old_keys'), count('recent_keys'), count('records')]).toEqual([50, 1, 51]);
    expect(await ledger.retain(at + 30 * 60_000)).toEqual({ deleted: 30 });
    expect([count('old_keys'), count('recent_keys'), count('records')]).toEqual([30, 1, 31]);
    expect(await ledger.write(batchOf(again))).toEqual({ counted: 0, duplicate: 122 });
    db.close();
    await ledger.close();
  });

  it('sums by model follow replaced and removed records, and are made for a ledger of schema 1', async () => {
    const path = freshPath();
    const at = Date.UTC(2026, 2, 10);
    const make = (key: string, session: string, output: number, minutes: number) =>
      usageRecord({ key, session, model: 'claude-sonnet-4-5', at: at + minutes * 60_000, tokens: { output } });
    const query = { from: at, to: at + 86_400_000 };
    const before = await openLedger(path, book, testHost());
    await before.write(batchOf([make('a', 's1', 1, 0), make('b', 's1', 2, 0), make('c', 's2', 4, 20), make('d', 's2', 8, 40)]));
    // The fuller copy of `a` lies in another session and another quarter of an hour; nothing is left where `c` was.
    await before.write(batchOf([make('a', 's3', 16, 20), make('c', 's2', 32, 40)]));
    const expected = [
      { bucket: 0, output: 2, requests: 1 },
      { bucket: 1, output: 16, requests: 1 },
      { bucket: 2, output: 40, requests: 2 },
    ];
    const buckets = [at, at + 900_000, at + 1_800_000, query.to];
    expect(await before.rows({ ...query, by: ['model'], buckets })).toMatchObject(expected);
    await before.retain(at + 900_000);
    expect(await before.rows({ ...query, by: ['source'], buckets })).toMatchObject(expected.slice(1));
    await before.close();
    const db = new DatabaseSync(path);
    db.exec('DROP TABLE model_rollups; PRAGMA user_version = 1');
    db.close();
    const after = await openLedger(path, book, testHost());
    expect(await after.rows({ ...query, by: [], buckets })).toMatchObject(expected.slice(1));
    const dimensions = ['source', 'model', 'agent', 'session', 'task', 'project'] as const;
    const [whole] = await after.rows({ ...query, by: [] });
    const parts = await after.rows({ ...query, by: dimensions });
    expect(parts.reduce((sum, row) => sum + row.cost, 0n)).toBe(whole?.cost);
    expect(await after.state()).toMatchObject({ records: 3, firstAt: at + 20 * 60_000, lastAt: at + 40 * 60_000 });
    await after.close();
  });

  it('survives a collision of hashes: the keys decide', async () => {
    const path = freshPath();
    const ledger = await openLedger(path, book, testHost());
    await ledger.write(batchOf([usageRecord({ key: 'first', tokens: { input: 1 } })]));
    // Pretend that "first" has the hash of "second".
    const { hashOf } = await import('../../../packages/core/src/cost/ledger/sqlite/hash.ts');
    const db = new DatabaseSync(path);
    db.prepare('UPDATE recent_keys SET hash = ?').run(hashOf('claude-code', 'second'));
    db.close();
    const second = usageRecord({ key: 'second', tokens: { input: 10 } });
    expect(await ledger.write(batchOf([second]))).toEqual({ counted: 1, duplicate: 0 });
    expect(await ledger.write(batchOf([second]))).toEqual({ counted: 0, duplicate: 1 });
    expect(await ledger.rows({ from: 0, to: 2 ** 41 - (2 ** 41 % 900_000), by: [] })).toMatchObject([{ input: 11, requests: 2 }]);
    await ledger.close();
  });

  it.each([
    [{ XDG_STATE_HOME: '/state' }, '/state/agentops/ledger.db'],
    [{ XDG_STATE_HOME: 'relative' }, '/home/u/.local/state/agentops/ledger.db'],
    [{}, '/home/u/.local/state/agentops/ledger.db'],
  ])('by default lies in the state folder (%j)', (env, path) => {
    expect(defaultLedgerPath(testHost({ env, home: '/home/u' }))).toBe(path);
  });
});
