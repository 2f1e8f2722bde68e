import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import { adviceInReport } from '../../../packages/core/src/cost/report/advise.ts';
import { temporaryLedger } from '../../support/temporary-ledger.ts';
import { usageRecord } from '../record.ts';

const noon = Date.parse('2026-11-18T12:00:00Z');
const period = { from: Date.parse('2026-11-16T00:00:00Z'), to: Date.parse('2026-11-23T00:00:00Z') };
const settings = { qualityFloor: 0.9, nonInteractive: [] };

/** A conversation that sends its whole prompt again every minute, and never caches it. */
const uncached = Array.from({ length: 30 }, (_, minute) =>
  usageRecord({ key: `m${minute}`, at: noon + minute * 60_000, tokens: { input: 50_000 + minute * 1000, output: 100 } }),
);
/** One record of an export: a bucket of a million requests. */
const bucket = usageRecord({ key: 'day', source: 'openai-usage', at: noon, model: 'gpt-5', provider: 'openai', requests: 1_000_000 });

async function advise(records: typeof uncached, limit: number) {
  const book = createPriceBook();
  const ledger = await temporaryLedger(records, book);
  const { recommendations, note } = await adviceInReport(
    { ledger, book, timeZone: 'UTC', close: async () => undefined },
    period,
    [],
    settings,
    limit,
  );
  return { ids: recommendations.map(({ id }) => id), note };
}

describe('adviceInReport', () => {
  it('advises up to the limit', async () => {
    const { ids, note } = await advise(uncached, 30);
    expect(ids).toContain('cache-missing/main/claude-sonnet-4-5');
    expect(note).toBeUndefined();
  });

  it('says where advice on more requests is to be had', async () => {
    expect(await advise(uncached, 29)).toEqual({
      ids: [],
      note: 'no advice: that takes a look at each of 30 requests; "agentops cost recommend" for this period does it',
    });
  });

  it('so are buckets of a source that has single requests, too', async () => {
    const { ids, note } = await advise([...uncached, { ...bucket, source: 'otlp' }], 31);
    expect(ids).toContain('cache-missing/main/claude-sonnet-4-5');
    expect(note).toBeUndefined();
  });

  it('a bucket of many requests is one record', async () => {
    const { ids, note } = await advise([...uncached, bucket], 30);
    expect(ids).toContain('cache-missing/main/claude-sonnet-4-5');
    expect(note).toBeUndefined();
  });
});
