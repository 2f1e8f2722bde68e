import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { openLedger } from '../../packages/core/src/cost/ledger/open.ts';
import { loadLedger } from '../../packages/core/src/evidence/ledger/source.ts';
import type { Evidence } from '../../packages/core/src/model/evidence.ts';
import type { LedgerSpend } from '../../packages/core/src/model/ledger.ts';
import { testGatherContext, testHost, testNow } from '../support/host.ts';
import { sonnet, testBook, usage } from '../support/price-book.ts';
import { describeReal } from './support.ts';

describeReal(['postgres'], 'a diagnosis reads a shared ledger', ({ postgres }) => {
  const schema = `e_${randomBytes(6).toString('hex')}`;
  const reader = `r_${schema}`;
  const inSchema = (url: string): string => `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
  const location = inSchema(postgres.url);
  let admin: pg.Client;
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query(`CREATE SCHEMA ${schema}`);
  });
  afterAll(async () => {
    await admin.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}; DROP SCHEMA ${schema} CASCADE`);
    await admin.end();
  });

  const read = async (url: string): Promise<Evidence<LedgerSpend>> => {
    const budget = { perSession: 5 };
    const config = configSchema.parse({ timeZone: 'UTC', ledger: url, budget });
    return (await loadLedger(config, testGatherContext(5000, testHost())))();
  };
  const tables = async (): Promise<string[]> =>
    (await admin.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])).rows.map((row) => String(row.tablename));

  it('and makes none: where there is none yet, that is said', async () => {
    expect(await read(location)).toMatchObject({ ok: false, reason: 'absent', detail: 'holds no ledger of this version of agentops' });
    expect(await tables()).toEqual([]);
  });

  it('with the right to read alone', async () => {
    const ledger = await openLedger(location, testBook({ 'claude-sonnet-4-5': sonnet }), testHost({ now: testNow - 60_000 }));
    const records = [
      usage({ key: 'a', at: Date.parse('2026-10-31T23:59:59Z'), tokens: { input: 1_000_000 } }),
      usage({ key: 'b', at: Date.parse('2026-11-02T00:00:00Z'), tokens: { input: 1_000_000 } }),
      usage({ key: 'c', at: testNow, agent: 'coder', session: 's2', tokens: { input: 2_000_000 } }),
      usage({ key: 'd', at: testNow, model: 'zeta-9', tokens: { input: 7 } }),
    ];
    await ledger.write({ source: 's', kind: 'agentops', records, rejects: [], lines: 4, empty: 0 });
    await ledger.close();
    await admin.query(
      `CREATE ROLE ${reader} LOGIN PASSWORD 'CANARY-reader'; GRANT USAGE ON SCHEMA ${schema} TO ${reader}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${reader}`,
    );
    const url = new URL(postgres.url);
    url.username = reader;
    url.password = 'CANARY-reader';
    const evidence = await read(inSchema(url.href));
    expect(evidence).toMatchObject({
      ok: true,
      data: {
        readAt: testNow - 60_000,
        mixedPrices: false,
        today: { atLeast: '6000000000000', atMost: null },
        month: { atLeast: '9000000000000', atMost: null },
        byAgent: [
          { name: 'coder', amount: { atLeast: '6000000000000' } },
          { name: 'planner', amount: { atLeast: '0', atMost: null } },
        ],
        bySession: [{ name: 's2' }, { name: 's1' }],
        unpriced: [{ model: 'zeta-9', tokens: '7000000000000' }],
      },
    });
    expect(JSON.stringify(evidence)).not.toContain('CANARY');
  });

  it('a wrong password is refused, and not shown', async () => {
    const url = new URL(postgres.url);
    url.password = 'CANARY-wrong';
    const evidence = await read(inSchema(url.href));
    expect(evidence).toMatchObject({ ok: false, reason: 'unauthorized', detail: 'authentication failed' });
    expect(JSON.stringify(evidence)).not.toContain('CANARY');
  });
});
