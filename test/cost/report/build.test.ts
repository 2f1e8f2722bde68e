import { describe, expect, it } from 'vitest';
import type { CostRow } from '../../../packages/core/src/model/cost-report.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { usage } from '../../support/price-book.ts';
import { reportOf, spend } from './report-of.ts';

const day = 86_400_000;
/** Saturday, 21 November 2026, 13:07:31 UTC; the week began on the 16th. */
const today = Date.parse('2026-11-21T00:00:00Z');
/** Before all weeks and months that are compared. */
const first = spend(1, '2026-08-01T00:00:00Z');

const named = (rows: readonly CostRow[]): (string | null)[][] => rows.map((row) => [row.name, row.spend, row.previous]);

describe('totals', () => {
  it('of no records: nothing is measured, nothing compared', async () => {
    const report = await reportOf([]);
    expect(report).toMatchObject({
      period: { label: 'Week 47, 16–22 Nov 2026', daysSeen: 6, days: 7, bucket: 'day', timeZone: 'UTC' },
      freshness: { newestRecordAt: null, lastReadAt: null, firstRecordAt: null, records: 0 },
      total: { spend: '0', share: null, previous: null, change: null, spendPerRequest: null, cacheHitShare: null },
      previous: { label: 'Week 46, 9–15 Nov 2026', spend: null, change: null, note: 'no records yet' },
      month: { spent: '0', forecast: null, budget: null, probabilityKept: null },
      trend: null,
      sessions: null,
      cache: { hitShare: null, saved: null },
      notes: [],
    });
    expect(report.tables).toEqual([{ by: 'model', rows: [], total: report.total }]);
  });

  it('add up requests, errors and classes of tokens, exactly', async () => {
    const report = await reportOf([
      usage({ key: 'a', at: today, tokens: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 } }),
      usage({ key: 'b', at: today, status: 'error', requests: 4, tokens: { input: 10 } }),
    ]);
    expect(report.total).toMatchObject({
      // 11 × $3 + 2 × $15 + 3 × $0.30 + 4 × $3.75 + 5 × $6, per million.
      spend: '0.0001089',
      share: 1,
      requests: 5,
      errors: 4,
      inputTokens: 11,
      outputTokens: 2,
      cacheReadTokens: 3,
      cacheWriteTokens: 9,
      cacheHitShare: 3 / 23,
      spendPerRequest: '0.00002178',
      unpricedTokens: 0,
    });
  });

  it('keep what lies outside of the period out, to the millisecond', async () => {
    const records = [
      spend(1, '2026-11-15T23:59:59.999Z'),
      spend(2, '2026-11-16T00:00:00.000Z'),
      spend(4, '2026-11-21T13:07:31Z'),
      spend(8, '2026-11-23T00:00:00.000Z'),
    ];
    expect((await reportOf(records)).total.spend).toBe('6');
  });
});

describe('the period before', () => {
  const week = [
    first,
    spend(3, '2026-11-09T00:00:00Z'),
    spend(9, '2026-11-14T13:14:59Z'),
    spend(90, '2026-11-14T13:15:00Z'),
    spend(15, '2026-11-20T08:00:00Z'),
  ];

  it('is compared up to the same time of the same weekday', async () => {
    const report = await reportOf(week);
    expect(report.previous).toEqual({ label: 'Week 46, 9–15 Nov 2026', spend: '12', change: 0.25 });
    expect(named(report.tables[0]?.rows ?? [])).toEqual([['claude-sonnet-4-5', '15', '12']]);
  });

  it('is not compared where records do not reach back to its beginning', async () => {
    const report = await reportOf([spend(3, '2026-11-09T00:00:00.001Z'), spend(15, '2026-11-20T08:00:00Z')]);
    expect(report.previous).toMatchObject({ spend: null, change: null, note: 'nothing to compare with: records begin 2026-11-09' });
    expect(report.total).toMatchObject({ spend: '15', previous: null, change: null });
    expect(report.movers).toEqual([]);
    expect((await reportOf([spend(3, '2026-11-09T00:00:00.000Z')])).previous.spend).toBe('3');
  });

  it('of $0 has no ratio', async () => {
    expect((await reportOf([first, spend(1, today)])).previous).toMatchObject({ spend: '0', change: null });
  });

  it('holds what is gone now: a row of $0', async () => {
    const report = await reportOf([first, spend(3, '2026-11-10T00:00:00Z', { model: 'claude-haiku-4-5' }), spend(9, today)]);
    expect(named(report.tables[0]?.rows ?? [])).toEqual([
      ['claude-sonnet-4-5', '9', '0'],
      ['claude-haiku-4-5', '0', '3'],
    ]);
    expect(report.tables[0]?.rows[1]).toMatchObject({ change: -1, share: 0, requests: 0, spendPerRequest: null });
  });
});

describe('what was not recorded is not $0', () => {
  it('a period that begins before the records', async () => {
    const report = await reportOf([spend(3, '2026-11-18T09:00:00Z')]);
    expect(report.notes[0]).toBe('records begin 2026-11-18: what was spent in the days before is not known and not in any sum');
  });

  it('a month that begins before them', async () => {
    expect((await reportOf([spend(3, '2026-11-12T09:00:00Z')])).notes[0]).toBe('records begin 2026-11-12: the month is seen from then on');
    expect((await reportOf([spend(3, '2026-11-01T09:00:00Z')])).notes[0]).toMatch(/^unusual days/);
  });

  it('lines that could not be counted are said', async () => {
    expect((await reportOf([first, spend(3, today)], { rejected: 2 })).notes).toContain(
      'logs of agentops: 2 of 4 lines could not be counted (agentops cost ingest --verbose lists them)',
    );
  });
});

describe('movers', () => {
  it('are what changed most, up to four, each once', async () => {
    const agent = (name: string, before: number, now: number): UsageRecord[] => [
      spend(before, '2026-11-10T00:00:00Z', { agent: name }),
      spend(now, today, { agent: name }),
    ];
    const records = [
      first,
      ...agent('a', 12, 15),
      ...agent('b', 30, 9),
      ...agent('c', 6, 6.03),
      ...agent('d', 3, 42),
      ...agent('e', 3, 9),
      ...agent('f', 9, 6),
    ];
    const report = await reportOf(records, { by: ['agent', 'model'] });
    expect(report.movers).toEqual([
      { by: 'agent', name: 'd', change: '39', spend: '42' },
      { by: 'model', name: 'claude-sonnet-4-5', change: '24.03', spend: '87.03' },
      { by: 'agent', name: 'b', change: '-21', spend: '9' },
      { by: 'agent', name: 'e', change: '6', spend: '9' },
    ]);
  });

  it('one agent on one model is one mover', async () => {
    const report = await reportOf([first, spend(3, '2026-11-10T00:00:00Z'), spend(9, today)], { by: ['model', 'agent'] });
    expect(report.movers).toEqual([{ by: 'model', name: 'claude-sonnet-4-5', change: '6', spend: '9' }]);
  });

  it('less than a cent moves nothing', async () => {
    expect((await reportOf([first, spend(0.003, '2026-11-10T00:00:00Z'), spend(0.009, today)])).movers).toEqual([]);
  });
});

describe('a series', () => {
  it('of a day has a point an hour, none for hours that have not come', async () => {
    const report = await reportOf([first, spend(3, '2026-11-21T00:59:59Z'), spend(6, '2026-11-21T13:00:00Z')], { kind: 'day' });
    expect(report.period).toMatchObject({ bucket: 'hour', label: 'Sat 21 Nov 2026' });
    expect(report.period.buckets).toHaveLength(24);
    expect(report.period.buckets.slice(0, 2)).toEqual(['00:00', '01:00']);
    expect(report.total.series).toEqual([3, ...Array<number>(12).fill(0), 6, ...Array<null>(10).fill(null)]);
  });

  it.each([
    ['ends', '2026-10-25', 25, ['01:00', '02:00', '02:00', '03:00']],
    ['begins', '2026-03-29', 23, ['01:00', '03:00', '04:00', '05:00']],
  ])('of the day on which summer time %s (%s) has %d hours', async (_what, date, hours, labels) => {
    const start = Date.parse(date === '2026-10-25' ? '2026-10-24T22:00:00Z' : '2026-03-28T23:00:00Z');
    const records = Array.from({ length: hours }, (_, hour) => spend(3, start + hour * 3_600_000));
    const options = { from: date, to: date, timeZone: 'Europe/Berlin', now: Date.parse('2026-11-21T00:00:00Z') };
    const report = await reportOf([...records, spend(99, start - 1), spend(99, start + hours * 3_600_000)], options);
    expect(report.total.series).toEqual(Array<number>(hours).fill(3));
    expect(report.period.buckets.slice(1, 5)).toEqual(labels);
    expect(report.total.spend).toBe(String(3 * hours));
  });

  it('of a month with such a day still has a point a day', async () => {
    const start = Date.parse('2026-09-30T22:00:00Z');
    const records = Array.from({ length: 31 * 24 + 1 }, (_, hour) => spend(3, start + hour * 3_600_000));
    const report = await reportOf(records, { from: '2026-10-01', to: '2026-10-31', timeZone: 'Europe/Berlin' });
    expect(report.total.series).toEqual(Array.from({ length: 31 }, (_, index) => (index === 24 ? 75 : 72)));
  });

  it('of a long period has a point a month', async () => {
    const report = await reportOf([spend(3, '2026-07-15T00:00:00Z'), spend(6, '2026-08-01T00:00:00Z')], { from: '2026-07-15' });
    expect(report.period).toMatchObject({
      bucket: 'month',
      days: 130,
      buckets: ['Jul 2026', 'Aug 2026', 'Sept 2026', 'Oct 2026', 'Nov 2026'],
    });
    expect(report.total.series).toEqual([3, 6, 0, 0, 0]);
  });
});

describe('a table', () => {
  it('shows twelve rows, and what is left as one, with its part of the period before', async () => {
    const records = Array.from({ length: 15 }, (_, index) => spend(45 - 3 * index, today, { agent: `a${String(index).padStart(2, '0')}` }));
    const before = Array.from({ length: 15 }, (_, index) =>
      spend(3, '2026-11-10T00:00:00Z', { agent: `a${String(index).padStart(2, '0')}` }),
    );
    const table = (await reportOf([first, ...records, ...before], { by: ['agent'] })).tables[0];
    expect(table?.rows).toHaveLength(12);
    expect(named(table?.rows ?? []).slice(-2)).toEqual([
      ['a10', '15', '3'],
      ['(others)', '30', '12'],
    ]);
    expect(table?.rows.at(-1)).toMatchObject({ requests: 4 });
    expect(table?.total).toMatchObject({ requests: 15 });
  });

  it('thirteen rows are eleven and the others: no row stands for one alone', async () => {
    const records = Array.from({ length: 12 }, (_, index) => spend(15 - index, today, { agent: `a${index}` }));
    expect((await reportOf(records, { by: ['agent'] })).tables[0]?.rows.map(({ name }) => name)).not.toContain('(others)');
  });

  it('a dimension that is named twice is shown once, and every table has the same total', async () => {
    const { tables, total } = await reportOf([spend(3, today, { agent: '', task: 't' })], { by: ['model', 'agent', 'task', 'model'] });
    expect(tables.map(({ by }) => by)).toEqual(['model', 'agent', 'task']);
    for (const table of tables) expect(table.total).toEqual(total);
    expect(tables[1]?.rows[0]?.name).toBe('');
  });
});

describe('tokens without a price', () => {
  it('make the total a lower bound, by name', async () => {
    const records = [first, spend(3, today), usage({ key: 'z', at: today, model: 'zeta-9', agent: 'b', tokens: { input: 5, output: 7 } })];
    const report = await reportOf(records);
    expect(report.total).toMatchObject({ spend: '3', unpricedTokens: 12 });
    expect(report.month).toMatchObject({ spent: '3', unpricedTokens: 12 });
    expect(report.unpriced).toEqual([
      { model: 'zeta-9', tokens: 12, lowerBound: '0', why: 'not in the price list; set cost.prices in agentops.yaml' },
    ]);
    expect(report.tables[0]?.rows.map((row) => [row.name, row.unpricedTokens])).toEqual([
      ['claude-sonnet-4-5', 0],
      ['zeta-9', 12],
    ]);
  });

  it('of a known model used in an unknown way', async () => {
    const odd = usage({ key: 'z', at: today, serviceTier: 'priority', tokens: { input: 5 } });
    expect((await reportOf([odd])).unpriced).toMatchObject([
      { model: 'claude-sonnet-4-5', why: 'a price is known, but not for how it was used' },
    ]);
  });
});

describe('what caching saved', () => {
  it('is cached tokens at the price of input, less what they cost', async () => {
    const report = await reportOf([
      usage({ key: 'a', at: today, tokens: { input: 10_000, cacheRead: 1_000_000, cacheWrite5m: 100_000, cacheWrite1h: 50_000 } }),
    ]);
    // 1,150,000 × $3 = 3.45; less 0.30 + 0.375 + 0.30.
    expect(report.cache).toEqual({ hitShare: 1_000_000 / 1_160_000, saved: '2.475' });
  });

  it('by the price that was paid: half for batch', async () => {
    const report = await reportOf([usage({ key: 'a', at: today, serviceTier: 'batch', tokens: { input: 10_000, cacheRead: 1_000_000 } })]);
    expect(report.cache.saved).toBe('1.35');
  });

  it('by the list where nothing was plain input', async () => {
    expect((await reportOf([usage({ key: 'a', at: today, tokens: { cacheRead: 1_000_000 } })])).cache).toEqual({
      hitShare: 1,
      saved: '2.7',
    });
  });

  it('is negative where writes cost more than reads brought', async () => {
    const report = await reportOf([usage({ key: 'a', at: today, tokens: { cacheRead: 10, cacheWrite1h: 1_000_000 } })]);
    // 10 × $2.70 saved, 1,000,000 × $3 more paid.
    expect(report.cache.saved).toBe('-2.999973');
  });

  it('is not known without a price, and nothing without reads', async () => {
    const unpriced = usage({ key: 'a', at: today, model: 'zeta-9', tokens: { cacheRead: 10 } });
    expect((await reportOf([unpriced])).cache).toEqual({ hitShare: 1, saved: null });
    expect((await reportOf([usage({ key: 'a', at: today, tokens: { input: 5, cacheWrite5m: 5 } })])).cache).toEqual({
      hitShare: 0,
      saved: null,
    });
  });
});

describe('sessions', () => {
  it('how many, what one costs, the dearest; requests without one are not counted', async () => {
    const records = [
      spend(3, today, { session: 's1' }),
      spend(9, today, { session: 's2' }),
      spend(3, today, { session: 's1' }),
      spend(99, today),
    ];
    expect((await reportOf(records)).sessions).toEqual({ count: 2, mean: '7.5', dearest: { name: 's2', spend: '9' } });
  });
});

/** Dollars of each day from `days` ago to today, at noon, but today at 06:00. */
function daily(days: number, dollars: (ago: number) => number, more: Partial<UsageRecord> = {}): UsageRecord[] {
  return Array.from({ length: days + 1 }, (_, index) => days - index).map((ago) =>
    spend(dollars(ago), today - ago * day + (ago === 0 ? 6 : 12) * 3_600_000, more),
  );
}

describe('the month', () => {
  it('is projected to its end from what days cost', async () => {
    const { month } = await reportOf(
      daily(60, () => 30),
      { monthlyBudget: 1_000_000_000_000_000n },
    );
    expect(month).toMatchObject({ label: 'November', spent: '630', budget: '1000', unpricedTokens: 0 });
    // 630 + 10/24 of today + 9 days of $30: 630 + 13.6 + 270.
    expect(Number(month.forecast?.point)).toBeCloseTo(913.6, 0);
    // 63 % of the budget in 68.5 % of the month.
    expect(month.burnRate).toBeCloseTo(0.63 / ((20 + 13.1253 / 24) / 30), 3);
    expect(month.probabilityKept).toBeGreaterThan(0.8);
  });

  it('is over where the budget is', async () => {
    const { month } = await reportOf(
      daily(60, () => 30),
      { monthlyBudget: 500_000_000_000_000n },
    );
    expect(month.probabilityKept).toBe(0);
  });

  it('is not projected on thin history, and says how much more it needs', async () => {
    const { month } = await reportOf(
      daily(5, () => 30),
      { monthlyBudget: 1_000_000_000_000_000n },
    );
    expect(month.forecast).toBeNull();
    expect(month.forecastNote).toMatch(/^no forecast: \d+ more whole days of records needed$/);
    expect(month.probabilityKept).toBeNull();
  });

  it('has its days: none before the first record, none to come', async () => {
    const { month } = await reportOf([spend(3, '2026-11-18T09:00:00Z'), spend(6, '2026-11-21T09:00:00Z')]);
    expect(month.days).toEqual([...Array<null>(17).fill(null), 3, 0, 0, 6, ...Array<null>(9).fill(null)]);
  });

  it('begins where the time zone says', async () => {
    const late = spend(3, '2026-10-31T23:30:00Z');
    expect((await reportOf([late])).month.spent).toBe('0');
    expect((await reportOf([late], { timeZone: 'Europe/Berlin' })).month.spent).toBe('3');
  });
});

describe('unusual days', () => {
  const usual = daily(60, (ago) => 30 + (ago % 3) * 0.6, { agent: 'coder' });

  it('are named with who drove them, and the session that stands for much of it', async () => {
    const loop = Array.from({ length: 9 }, (_, index) =>
      spend(6, '2026-11-19T14:00:00Z', { agent: 'planner', session: index < 6 ? '8f3c21aa-loop' : 'other' }),
    );
    const report = await reportOf([...usual, ...loop]);
    expect(report.anomalies).toMatchObject([
      { label: 'Thu 19 Nov', spend: '85.2', usual: '30.6', drivers: ['planner on claude-sonnet-4-5', 'session 8f3c21aa (42 %)'] },
    ]);
    expect(report.anomalies[0]?.factor).toBeCloseTo(85.2 / 30.6, 6);
    expect(report.notes).toEqual([]);
  });

  it('of another week are not told, and neither is today, which is not over', async () => {
    const before = spend(90, '2026-11-12T14:00:00Z');
    expect((await reportOf([...usual, before])).anomalies).toEqual([]);
    expect((await reportOf([...usual, spend(90, today)])).anomalies).toEqual([]);
    expect((await reportOf([...usual, before], { from: '2026-11-09', to: '2026-11-15' })).anomalies).toMatchObject([
      { label: 'Thu 12 Nov' },
    ]);
  });
});

describe('the trend', () => {
  it('is the slope of the last eight weeks', async () => {
    const { trend } = await reportOf(daily(60, (ago) => 100 - ago * 0.9));
    expect(trend).toMatchObject({ days: 56 });
    expect([Number(trend?.perDay), Number(trend?.low), Number(trend?.high)]).toEqual(
      [0.9, 0.9, 0.9].map((value) => expect.closeTo(value, 4)),
    );
  });
});
