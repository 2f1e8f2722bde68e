import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../../packages/core/src/config/schema.ts';
import type { Ledger } from '../../../packages/core/src/cost/ledger/ledger.ts';
import { openLedger } from '../../../packages/core/src/cost/ledger/open.ts';
import { loadLedger } from '../../../packages/core/src/evidence/ledger/source.ts';
import type { Evidence } from '../../../packages/core/src/model/evidence.ts';
import type { LedgerSpend } from '../../../packages/core/src/model/ledger.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { testGatherContext, testHost, testNow } from '../../support/host.ts';
import { sonnet, testBook, usage } from '../../support/price-book.ts';

const root = mkdtempSync(join(tmpdir(), 'agentops-ledger-evidence-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const fresh = (): string => mkdtempSync(join(root, `f${++folders}-`));

const book = testBook({ 'claude-sonnet-4-5': sonnet });
const million = { input: 1_000_000 };

async function ledgerAt(path: string, records: readonly UsageRecord[], now = testNow): Promise<Ledger> {
  const ledger = await openLedger(path, book, testHost({ now }));
  await ledger.write({ source: 's', kind: 'agentops', records, rejects: [], lines: records.length, empty: 0 });
  return ledger;
}

function read(path: string | undefined, more: Partial<Config> = {}, home = '/nonexistent'): Promise<Evidence<LedgerSpend>> {
  const config = { ...configSchema.parse({ timeZone: 'UTC', ...(path === undefined ? {} : { ledger: path }) }), ...more };
  return loadLedger(config, testGatherContext(5000, testHost({ home }))).then((ask) => ask());
}

describe('a ledger file', () => {
  it('that is not there is not made, nor is its folder', async () => {
    const home = fresh();
    expect(await read(undefined, {}, home)).toEqual({
      ok: false,
      reason: 'not-configured',
      source: `ledger ${home}/.local/state/agentops/ledger.db`,
      detail: 'no usage has been read into it yet',
      hint: 'agentops cost ingest',
    });
    expect(readdirSync(home)).toEqual([]);
  });

  it('tells today and this month, by agent and by session, without a byte written', async () => {
    const path = join(fresh(), 'ledger.db');
    const at = (iso: string): number => Date.parse(iso);
    const ledger = await ledgerAt(
      path,
      [
        usage({ key: 'a', at: at('2026-10-31T23:59:59Z'), tokens: million }),
        usage({ key: 'b', at: at('2026-11-01T00:00:00Z'), agent: 'coder', session: 's2', tokens: million }),
        usage({ key: 'c', at: at('2026-11-21T00:00:00Z'), agent: 'coder', session: 's2', tokens: million }),
        usage({ key: 'd', at: at('2026-11-21T13:07:00Z'), tokens: { input: 2_000_000 } }),
      ],
      testNow - 60_000,
    );
    await ledger.close();
    const before = readFileSync(path);
    const budget = { ...configSchema.parse({}).budget, perSession: 5, monthly: 10 };
    const evidence = await read(path, { budget });
    const three = '3000000000000';
    expect(evidence).toMatchObject({
      ok: true,
      source: `ledger ${path}`,
      data: {
        readAt: testNow - 60_000,
        staleAfter: 3_600_000,
        firstAt: at('2026-10-31T23:59:59Z'),
        mixedPrices: false,
        today: { atLeast: '9000000000000', atMost: '9000000000000' },
        month: { atLeast: '12000000000000', atMost: '12000000000000' },
        byAgent: [
          { name: 'planner', amount: { atLeast: '6000000000000' } },
          { name: 'coder', amount: { atLeast: three, atMost: three } },
        ],
        bySession: [
          { name: 's1', amount: { atLeast: '6000000000000' } },
          { name: 's2', amount: { atLeast: '6000000000000' } },
        ],
        unpriced: [],
        limits: { daily: null, monthly: '10000000000000', perSession: '5000000000000' },
      },
    });
    expect(readFileSync(path)).toEqual(before);
  });

  it('cuts days where the configuration says', async () => {
    const path = join(fresh(), 'ledger.db');
    // 23:30 on the 20th in UTC is the 21st in Berlin.
    await (await ledgerAt(path, [usage({ key: 'a', at: Date.parse('2026-11-20T23:30:00Z'), tokens: million })])).close();
    expect(await read(path)).toMatchObject({ data: { today: { atLeast: '0', atMost: '0' } } });
    expect(await read(path, { timeZone: 'Europe/Berlin' })).toMatchObject({ data: { today: { atLeast: '3000000000000' } } });
  });

  it('is read while another process writes', async () => {
    const path = join(fresh(), 'ledger.db');
    const ledger = await ledgerAt(path, [usage({ key: 'a', at: testNow, tokens: million })]);
    const writer = new DatabaseSync(path);
    writer.exec('BEGIN IMMEDIATE');
    expect(await read(path)).toMatchObject({ ok: true, data: { today: { atLeast: '3000000000000' } } });
    writer.exec('ROLLBACK');
    writer.close();
    await ledger.close();
  });

  it('has no upper bound while tokens have no price', async () => {
    const path = join(fresh(), 'ledger.db');
    await (await ledgerAt(path, [usage({ key: 'a', at: testNow, model: 'zeta-9', tokens: million })])).close();
    expect(await read(path)).toMatchObject({
      data: { today: { atLeast: '0', atMost: null }, unpriced: [{ model: 'zeta-9', tokens: '1000000000000000000' }] },
    });
  });

  it('is no figure while it is empty', async () => {
    const path = join(fresh(), 'ledger.db');
    await (await ledgerAt(path, [])).close();
    expect(await read(path)).toMatchObject({ ok: false, reason: 'not-configured' });
  });

  it.each<[string, string | Buffer, string]>([
    ['is no ledger', 'not a database, and long enough to be sure of it'.repeat(40), 'cannot be read: the file is no ledger, or damaged'],
    ['is of another version', '', 'is of another version of agentops'],
  ])('that %s is said, and left as it is', async (_name, content, detail) => {
    const path = join(fresh(), 'ledger.db');
    writeFileSync(path, content);
    expect(await read(path)).toMatchObject({ ok: false, reason: 'invalid', source: `ledger ${path}`, detail });
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  // Root may read every file, so there is nothing to refuse.
  it.skipIf(process.getuid?.() === 0)('that may not be read is said', async () => {
    const path = join(fresh(), 'ledger.db');
    await (await ledgerAt(path, [])).close();
    chmodSync(path, 0o000);
    expect(await read(path)).toMatchObject({ ok: false, reason: 'invalid', detail: 'cannot be read: no permission' });
  });
});

describe('a shared ledger', () => {
  it('that does not answer is unreachable, and its password is not named', async () => {
    const evidence = await read('postgres://robot:cnry-password@127.0.0.1:1/usage');
    expect(evidence).toEqual({
      ok: false,
      reason: 'unreachable',
      source: 'ledger postgres://127.0.0.1:1/usage',
      detail: 'connection refused',
    });
    expect(existsSync('postgres:')).toBe(false);
  });
});
