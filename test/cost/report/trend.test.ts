import { describe, expect, it } from 'vitest';
import { costTrend } from '../../../packages/core/src/cost/report/trend.ts';
import { dailySpend, temporaryLedger } from '../../support/temporary-ledger.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

describe('costTrend', () => {
  it('a week that rises by a dollar a day', async () => {
    const ledger = await temporaryLedger(dailySpend('2026-11-13', [99, 1, 2, 3, 4, 5, 6, 7]));
    const trend = await costTrend({ ledger, now, timeZone: 'UTC', days: 28 });
    // The 13th, on which recording began, was not seen whole.
    expect(trend.days).toEqual(
      ['Sat', 'Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri'].map((weekday, i) => ({
        date: `2026-11-${14 + i}`,
        weekday,
        spend: String(i + 1),
        requests: 1,
        unpricedTokens: 0,
        unusual: null,
      })),
    );
    expect(trend.slope).toEqual({
      perDay: '1',
      low: '1',
      high: '1',
      confidence: 0.95,
      pValue: expect.closeTo(0.0026, 4),
      significant: true,
      byWeekday: false,
    });
    expect(trend.episodes).toEqual([]);
    expect(trend.notes).toEqual(['unusual days are not looked for yet: 22 more days of records needed']);
  });

  it('an episode is marked on its days and named with its drivers; the days before the shown ones say what is usual', async () => {
    const planner = Array.from({ length: 41 }, (_, day) => (day === 37 || day === 38 ? 50 : 10));
    const ledger = await temporaryLedger([
      ...dailySpend('2026-10-11', planner, { agent: 'planner', session: 's' }),
      ...dailySpend(
        '2026-10-11',
        Array.from({ length: 41 }, () => 1),
        { agent: 'coder', session: 't' },
      ),
    ]);
    const trend = await costTrend({ ledger, now, timeZone: 'UTC', days: 5 });
    expect(trend.days.map(({ date, spend, unusual }) => [date, spend, unusual])).toEqual([
      ['2026-11-16', '11', null],
      ['2026-11-17', '51', 'high'],
      ['2026-11-18', '51', 'high'],
      ['2026-11-19', '11', null],
      ['2026-11-20', '11', null],
    ]);
    expect(trend.episodes).toEqual([
      {
        label: 'Tue 17 Nov – Wed 18 Nov',
        spend: '102',
        usual: '22',
        factor: expect.closeTo(102 / 22, 10),
        drivers: ['planner on dollar', 'session s (98 %)'],
      },
    ]);
    expect(trend.slope).toBeNull();
    expect(trend.needs).toEqual({ days: 1, why: 'a trend needs at least 6 values' });
  });

  it('days are those of the time zone', async () => {
    const ledger = await temporaryLedger(dailySpend('2026-11-17', [1, 2, 3]));
    const trend = await costTrend({ ledger, now, timeZone: 'Pacific/Kiritimati', days: 28 });
    // Noon in London is 02:00 of the next day there; the 22nd has begun.
    expect(trend.days.map(({ date, weekday, spend }) => [date, weekday, spend])).toEqual([
      ['2026-11-19', 'Thu', '2'],
      ['2026-11-20', 'Fri', '3'],
      ['2026-11-21', 'Sat', '0'],
    ]);
    expect(trend.notes[0]).toBe('the newest record is of 2026-11-20: 1 whole day since then counts as $0');
  });

  it('tokens without a price are told by day', async () => {
    const ledger = await temporaryLedger(dailySpend('2026-11-18', [1, 2], { model: 'unheard-of' }));
    const trend = await costTrend({ ledger, now, timeZone: 'UTC', days: 2 });
    expect(trend.days.map(({ spend, unpricedTokens }) => [spend, unpricedTokens])).toEqual([
      ['0', 2_000_000],
      ['0', 0],
    ]);
    expect(trend.history.unpricedTokens).toBe(2_000_000);
  });

  it('an empty ledger has no days', async () => {
    const trend = await costTrend({ ledger: await temporaryLedger([]), now, timeZone: 'UTC', days: 28 });
    expect(trend).toMatchObject({ days: [], slope: null, episodes: [], notes: ['there are no records'] });
  });
});
