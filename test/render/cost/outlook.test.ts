import { describe, expect, it } from 'vitest';
import type { CostForecast, CostTrend } from '../../../packages/core/src/model/cost-outlook.ts';
import { renderForecast, renderTrend } from '../../../packages/core/src/render/cost/outlook.ts';

const options = { width: 80, color: false };

const forecast: CostForecast = {
  schemaVersion: 1,
  generatedAt: '2026-11-28T12:00:00.000Z',
  timeZone: 'Europe/Berlin',
  horizon: { kind: 'month', label: 'rest of November', from: '2026-11-28', to: '2026-11-30' },
  history: { days: 63, from: '2026-09-26', to: '2026-11-27', newestRecordAt: '2026-11-28T11:58:03.000Z', unpricedTokens: 0 },
  forecast: {
    method: 'damped Holt',
    skill: 'useful',
    relativeError: 0.846,
    origins: 39,
    coverage: 0.8,
    forecastable: true,
    total: { point: '25.012', low: '21', high: '131.4' },
    days: [
      { date: '2026-11-28', point: '1.004', low: '0.5', high: '2' },
      { date: '2026-11-29', point: '12.004', low: '10', high: '15' },
      { date: '2026-11-30', point: '12.004', low: '10', high: '15' },
    ],
  },
  month: {
    label: 'November',
    spent: '163.4',
    end: { point: '188.412', low: '184.4', high: '294.8' },
    budget: '200',
    probabilityKept: 0.832,
    burnRate: 0.891,
    exhaustedOn: null,
  },
  notes: [],
};

describe('renderForecast', () => {
  it('sum, method, what it rests on, the month, the days: what is printed adds up', () => {
    expect(renderForecast(forecast, options).split('\n')).toEqual([
      'Rest of November, 2026-11-28 to 2026-11-30 (Europe/Berlin)',
      '',
      '  $25.01   80 %: $21.00–$131',
      '  damped Holt, tried from 39 past days: its error is 0.85 of that of repeating last week',
      '  rests on 63 whole days of records, 2026-09-26 to 2026-11-27; newest record 2026-11-28T11:58Z',
      '  November: $163 so far, $188 by its end (80 %: $184–$295) · budget $200: 83 % likely kept, burn rate 0.89',
      '',
      '  DAY               EXPECTED     LOW    HIGH',
      '  2026-11-28, rest     $1.01   $0.50   $2.00',
      '  2026-11-29          $12.00  $10.00  $15.00',
      '  2026-11-30          $12.00  $10.00  $15.00',
      '  total               $25.01',
    ]);
  });

  it('a series that cannot be forecast is said to be one, and so are a lower bound and old data', () => {
    const text = renderForecast(
      {
        ...forecast,
        history: { ...forecast.history, unpricedTokens: 2_100_000 },
        forecast: forecast.forecast && { ...forecast.forecast, method: 'seasonal naive', skill: 'none', forecastable: false },
        month: { ...forecast.month, exhaustedOn: '2026-11-29' },
        notes: ['the newest record is of 2026-11-20: 7 whole days since then count as $0'],
      },
      options,
    );
    expect(text.split('\n').slice(2, 8)).toEqual([
      '  ≥ $25.01   80 %: $21.00–$131',
      '  seasonal naive, tried from 39 past days: nothing did better than repeating last week',
      '  ! the interval is wider than the amount: this says little',
      '  rests on 63 whole days of records, 2026-09-26 to 2026-11-27; newest record 2026-11-28T11:58Z; 2.10 M tokens of them have no exact price: at least',
      '  November: $163 so far, $188 by its end (80 %: $184–$295) · budget $200: 83 % likely kept, burn rate 0.89, expected to be used up on 2026-11-29',
      '  ! the newest record is of 2026-11-20: 7 whole days since then count as $0',
    ]);
  });

  it('a thin history: no figure, but what is missing', () => {
    const text = renderForecast(
      {
        ...forecast,
        forecast: null,
        needs: { days: 1, why: '3 days ahead need 28 whole days in a row, there are 27' },
        month: { ...forecast.month, end: null, budget: null, probabilityKept: null, burnRate: null },
      },
      options,
    );
    expect(text.split('\n')).toEqual([
      'Rest of November, 2026-11-28 to 2026-11-30 (Europe/Berlin)',
      '',
      '  no forecast   1 more whole day of records needed: 3 days ahead need 28 whole days in a row, there are 27',
      '  rests on 63 whole days of records, 2026-09-26 to 2026-11-27; newest record 2026-11-28T11:58Z',
      '  November: $163 so far · no budget set (budget.monthly)',
    ]);
  });
});

const day = (date: string, weekday: string, spend: string): CostTrend['days'][number] => ({
  date,
  weekday,
  spend,
  requests: 2,
  unpricedTokens: 0,
  unusual: null,
});

const trend: CostTrend = {
  schemaVersion: 1,
  generatedAt: '2026-11-21T12:00:00.000Z',
  timeZone: 'UTC',
  history: { days: 3, from: '2026-11-18', to: '2026-11-20', newestRecordAt: '2026-11-20T12:00:00.000Z', unpricedTokens: 7 },
  days: [
    day('2026-11-18', 'Wed', '1.005'),
    { ...day('2026-11-19', 'Thu', '8'), unusual: 'high', requests: 12_345 },
    { ...day('2026-11-20', 'Fri', '0.5'), unpricedTokens: 7 },
  ],
  slope: { perDay: '-0.42', low: '-0.6', high: '-0.2', confidence: 0.95, pValue: 0.0004, significant: true, byWeekday: true },
  episodes: [{ label: 'Thu 19 Nov', spend: '8', usual: '1', factor: 8, drivers: ['planner on gpt-5'] }],
  notes: [],
};

describe('renderTrend', () => {
  it('sparkline, slope, what stands out, the days', () => {
    expect(renderTrend(trend, options).split('\n')).toEqual([
      '2026-11-18 to 2026-11-20 (UTC)',
      '',
      '  ▂█▂',
      '  −$0.42 a day, every day',
      '  Theil–Sen over 3 days, each against the same weekdays; 95 % interval −$0.60 to −$0.20, p < 0.001',
      '',
      'Stands out',
      '  Thu 19 Nov $8.00, 8.0 × what is usual ($1.00): planner on gpt-5',
      '',
      '  DAY               SPEND  REQUESTS',
      '  Wed 2026-11-18    $1.01         2  ███',
      '  Thu 2026-11-19    $8.00      12 k  ████████████████████████ ▲ unusual',
      '  Fri 2026-11-20  ≥ $0.50         2  █▌',
      '  total           ≥ $9.51      12 k',
    ]);
  });

  it('a slope that chance could make is no trend; too few days have none', () => {
    const chance = renderTrend(
      {
        ...trend,
        slope: trend.slope && { ...trend.slope, perDay: '0.06', low: '-0.07', significant: false, byWeekday: false, pValue: 0.23 },
      },
      options,
    );
    expect(chance.split('\n').slice(3, 5)).toEqual([
      '  no trend that can be told from chance (+$0.06 a day)',
      '  Theil–Sen over 3 days; 95 % interval −$0.07 to −$0.20, p 0.23',
    ]);
    const thin = renderTrend({ ...trend, slope: null, needs: { days: 3, why: 'a trend needs at least 6 values' } }, options);
    expect(thin.split('\n')[3]).toBe('  no trend: 3 more whole days of records needed');
  });

  it('an empty ledger', () => {
    const empty = { ...trend.history, days: 0, from: null, to: null, newestRecordAt: null };
    const text = renderTrend(
      { ...trend, history: empty, days: [], slope: null, needs: { days: 6, why: '' }, episodes: [], notes: ['there are no records'] },
      options,
    );
    expect(text.split('\n')).toEqual([
      'No whole day of records (UTC)',
      '',
      '  no trend: 6 more whole days of records needed',
      '  there are no records',
    ]);
  });
});
