import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, it } from 'vitest';
import { openLedger } from '../../packages/core/src/cost/ledger/open.ts';
import { createPriceBook } from '../../packages/core/src/cost/prices/book.ts';
import { describeLedgerContract } from '../contract/ledger.ts';
import { testHost } from '../support/host.ts';
import { describeReal } from './support.ts';

/** A connection string whose tables lie in a schema of their own. */
function inSchema(url: string, schema: string): string {
  return `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

describeReal(['postgres'], 'PostgreSQL ledger', ({ postgres }) => {
  describeLedgerContract(async () => {
    const schema = `t_${randomBytes(6).toString('hex')}`;
    await execute(postgres.url, `CREATE SCHEMA ${schema}`);
    return { location: inSchema(postgres.url, schema), remove: () => execute(postgres.url, `DROP SCHEMA ${schema} CASCADE`) };
  }, 15);

  it.each<[string, (url: URL) => void, RegExp]>([
    [
      'a wrong password',
      (url) => {
        url.password = 'CANARY-wrong';
      },
      /authentication failed$/,
    ],
    [
      'no such database',
      (url) => {
        url.pathname = '/nowhere';
      },
      /no such database$/,
    ],
    [
      'nobody there',
      (url) => {
        url.port = '1';
      },
      /connection refused$/,
    ],
  ])('%s is said without the password', async (_what, change, message) => {
    // biome-ignore format: short
    const url = new URL(postgres.url);
    change(url);
    const failure = await openLedger(url.href, createPriceBook(), testHost()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ledger-unavailable', message: expect.stringMatching(message) });
    expect(String((failure as Error).message)).not.toContain('CANARY');
  });
});
