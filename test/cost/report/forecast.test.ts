import { describe, expect, it } from 'vitest';
import { costForecast, mostDaysAhead } from '../../../packages/core/src/cost/report/forecast.ts';
import { daysNeeded } from '../../../packages/core/src/cost/statistics/forecast/forecast.ts';
import { dailySpend, temporaryLedger } from '../../support/temporary-ledger.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const week = [10, 10, 10, 10, 10, 2, 2];

/** A day that recording began on, then `days` whole days with the same week again and again, up to yesterday (20 November). */
function repeating(days: number): ReturnType<typeof dailySpend> {
  const first = new Date(Date.parse('2026-11-20') - days * 86_400_000).toISOString().slice(0, 10);
  const weekday = (day: number): number => (new Date(Date.parse(first) + day * 86_400_000).getUTCDay() + 6) % 7;
  return dailySpend(
    first,
    Array.from({ length: days + 1 }, (_, day) => week[weekday(day)] ?? 0),
  );
}

describe('costForecast', () => {
  it('the rest of the month: half of today, then the days to its end; nothing beats repeating last week', async () => {
    const ledger = await temporaryLedger(repeating(63));
    const result = await costForecast({ ledger, now, timeZone: 'UTC', monthlyBudget: 250_000_000_000_000n });
    // Saturday noon: 1 + Sunday 2 + 5 × 10 + 2 + 2 + Monday 10.
    expect(result).toEqual({
      schemaVersion: 1,
      generatedAt: '2026-11-21T12:00:00.000Z',
      timeZone: 'UTC',
      horizon: { kind: 'month', label: 'rest of November', from: '2026-11-21', to: '2026-11-30' },
      history: { days: 63, from: '2026-09-19', to: '2026-11-20', newestRecordAt: '2026-11-20T12:00:00.000Z', unpricedTokens: 0 },
      forecast: {
        method: 'seasonal naive',
        skill: 'none',
        relativeError: 1,
        origins: 33,
        coverage: 0.8,
        forecastable: true,
        total: { point: '67', low: '67', high: '67' },
        days: [
          { date: '2026-11-21', point: '1', low: '1', high: '1' },
          { date: '2026-11-22', point: '2', low: '2', high: '2' },
          ...['23', '24', '25', '26', '27'].map((day) => ({ date: `2026-11-${day}`, point: '10', low: '10', high: '10' })),
          { date: '2026-11-28', point: '2', low: '2', high: '2' },
          { date: '2026-11-29', point: '2', low: '2', high: '2' },
          { date: '2026-11-30', point: '10', low: '10', high: '10' },
        ],
      },
      month: {
        label: 'November',
        // 15 working days from the 2nd to the 20th, the 1st and two weekends (7–8, 14–15).
        spent: '160',
        end: { point: '227', low: '227', high: '227' },
        budget: '250',
        probabilityKept: expect.closeTo(1 - 1 / 10.4, 10),
        burnRate: expect.closeTo((160 / 250) * (30 / 20.5), 10),
        exhaustedOn: null,
      },
      notes: [],
    });
  });

  it('whole days from tomorrow on: today is not among them', async () => {
    const ledger = await temporaryLedger(repeating(63));
    const { horizon, forecast } = await costForecast({ ledger, now, timeZone: 'UTC', monthlyBudget: undefined, days: 2 });
    expect(horizon).toEqual({ kind: 'days', label: 'next 2 days', from: '2026-11-22', to: '2026-11-23' });
    expect(forecast?.total.point).toBe('12');
    expect(forecast?.days.map(({ date, point }) => [date, point])).toEqual([
      ['2026-11-22', '2'],
      ['2026-11-23', '10'],
    ]);
  });

  it('says on which day the budget is used up', async () => {
    const ledger = await temporaryLedger(repeating(63));
    const { month } = await costForecast({ ledger, now, timeZone: 'UTC', monthlyBudget: 170_000_000_000_000n });
    // 160 + 1 + 2 = 163 by Sunday, 173 on Monday.
    expect(month).toMatchObject({ exhaustedOn: '2026-11-23', probabilityKept: expect.closeTo(1 / 10.4, 10) });
  });

  it('refuses a thin history and says how much more it needs', async () => {
    const ledger = await temporaryLedger(repeating(20));
    const result = await costForecast({ ledger, now, timeZone: 'UTC', monthlyBudget: undefined });
    expect(result.forecast).toBeNull();
    expect(result.needs).toEqual({ days: 21, why: '10 days ahead need 41 whole days in a row, there are 20' });
    expect(result.month).toMatchObject({ spent: '160', end: null, probabilityKept: null, burnRate: null });
  });

  it('an empty ledger: nothing is known, and nothing is $0', async () => {
    const result = await costForecast({ ledger: await temporaryLedger([]), now, timeZone: 'UTC', monthlyBudget: undefined });
    expect(result).toMatchObject({
      forecast: null,
      needs: { days: 41 },
      history: { days: 0, from: null, to: null, newestRecordAt: null },
      notes: ['there are no records'],
    });
  });

  it('says that days without a record count as nothing, and that tokens without a price make it a lower bound', async () => {
    const records = repeating(63).slice(0, -3);
    const ledger = await temporaryLedger([...records, ...dailySpend('2026-11-01', [3], { model: 'unheard-of', agent: 'x' })]);
    const result = await costForecast({ ledger, now, timeZone: 'UTC', monthlyBudget: undefined });
    expect(result.notes).toEqual(['the newest record is of 2026-11-17: 3 whole days since then count as $0']);
    expect(result.history).toMatchObject({ days: 63, unpricedTokens: 3_000_000 });
  });

  it('looks ahead no further than the history that is looked at can bear', () => {
    expect(mostDaysAhead).toBe(78);
    expect([daysNeeded(79), daysNeeded(80)]).toEqual([179, 181]);
  });
});
