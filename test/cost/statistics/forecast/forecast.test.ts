import { describe, expect, test } from 'vitest';
import { daysNeeded, type Forecast, forecast } from '../../../../packages/core/src/cost/statistics/forecast/forecast.ts';
import { normal, seeded } from '../../../support/seeded.ts';

function made(series: readonly (number | null)[], horizon: number): Forecast {
  const result = forecast(series, { horizon });
  if (!result.ok) throw new Error(result.why);
  return result;
}

describe('thin history', () => {
  test.each([
    [0, 7, 35],
    [34, 7, 1],
    [40, 1, 0],
    [40, 30, 41],
  ])('%i days for %i ahead: %i more', (days, horizon, needs) => {
    const result = forecast(new Array<number>(days).fill(3), { horizon });
    if (needs === 0) expect(result.ok).toBe(true);
    else
      expect(result).toEqual({
        ok: false,
        needs,
        why: `${horizon} days ahead need ${days + needs} whole days in a row, there are ${days}`,
      });
  });

  test('a day that was not seen cuts the history', () =>
    expect(forecast([...new Array<number>(200).fill(3), null, ...new Array<number>(20).fill(3)], { horizon: 7 })).toMatchObject({
      ok: false,
      needs: 15,
    }));

  test('daysNeeded says it beforehand', () => expect([daysNeeded(1), daysNeeded(10), daysNeeded(30)]).toEqual([28, 41, 81]));
});

describe('certain series', () => {
  test('all zero', () => {
    const { total, days, skill } = made(new Array<number>(60).fill(0), 5);
    expect({ total, skill }).toEqual({ total: { value: 0, low: 0, high: 0 }, skill: 'none' });
    expect(days).toEqual(new Array(5).fill({ value: 0, low: 0, high: 0 }));
  });

  test('a pattern that repeats exactly: naive, no width, the sum of its week', () => {
    const week = [10, 11, 12, 13, 14, 3, 2];
    const result = made(
      Array.from({ length: 70 }, (_, i) => week[i % 7] ?? 0),
      7,
    );
    expect(result).toMatchObject({ model: 'seasonal naive', skill: 'none', forecastable: true, total: { value: 65, low: 65, high: 65 } });
  });

  test('weights make a part of the first day', () => {
    const result = forecast(new Array<number>(60).fill(8), { horizon: 3, weights: [0.25, 1, 1] });
    expect(result).toMatchObject({ ok: true, total: { value: 18, low: 18, high: 18 } });
  });
});

test('the same series has the same forecast', () => {
  const random = seeded(5);
  const series = Array.from({ length: 120 }, () => 50 + 10 * normal(random));
  expect(forecast(series, { horizon: 10 })).toEqual(forecast([...series], { horizon: 10 }));
});

test('the interval of a sum is narrower than the sum of the intervals', () => {
  const random = seeded(6);
  const { days, total } = made(
    Array.from({ length: 200 }, () => 50 + 10 * normal(random)),
    14,
  );
  const summed = days.reduce((sum, { low, high }) => sum + high - low, 0);
  expect(total.high - total.low).toBeLessThan(0.6 * summed);
});

test('rare bursts are said to be not forecastable', () => {
  const random = seeded(7);
  const bursts = Array.from({ length: 150 }, () => (random() < 0.04 ? 1000 * random() ** 2 : 0.1));
  expect(made(bursts, 7).forecastable).toBe(false);
});

describe('80 % intervals hold what they promise', () => {
  const week = [20, 25, 25, 22, 18, -50, -60];
  type Process = (n: number, random: () => number) => number[];
  const processes: Record<string, Process> = {
    'weekly pattern and noise': (n, random) => Array.from({ length: n }, (_, i) => 100 + (week[i % 7] ?? 0) + 8 * normal(random)),
    'trend, pattern and noise': (n, random) => Array.from({ length: n }, (_, i) => 100 + i / 2 + (week[i % 7] ?? 0) + 8 * normal(random)),
    'skewed (log-normal)': (n, random) => Array.from({ length: n }, (_, i) => (100 + (week[i % 7] ?? 0)) * Math.exp(0.4 * normal(random))),
    'random walk': (n, random) => {
      let level = 300;
      return Array.from({ length: n }, (_, i) => {
        level += 5 * normal(random);
        return level + (week[i % 7] ?? 0);
      });
    },
    'autoregressive, 0.7': (n, random) => {
      let state = 0;
      return Array.from({ length: n }, (_, i) => {
        state = 0.7 * state + 10 * normal(random);
        return 150 + state + (week[i % 7] ?? 0);
      });
    },
  };

  test.each([
    [200, 14, 60],
    [200, 30, 40],
    [60, 10, 100],
  ])('%i days of history, %i ahead', (days, horizon, replications) => {
    const covered = { days: 0, totals: 0 };
    let runs = 0;
    for (const [index, process] of Object.values(processes).entries()) {
      for (let run = 0; run < replications; run += 1) {
        const series = process(days + horizon, seeded(7919 * run + 31 * days + 101 * index + horizon));
        const { days: ahead, total } = made(series.slice(0, days), horizon);
        const future = series.slice(days);
        const within = (value: number, low = 0, high = 0): boolean => value >= low && value <= high;
        covered.days += future.filter((value, h) => within(value, ahead[h]?.low, ahead[h]?.high)).length / horizon;
        covered.totals += Number(
          within(
            future.reduce((sum, value) => sum + value, 0),
            total.low,
            total.high,
          ),
        );
        runs += 1;
      }
    }
    for (const share of [covered.days / runs, covered.totals / runs]) {
      expect(share).toBeGreaterThanOrEqual(0.75);
      expect(share).toBeLessThanOrEqual(0.85);
    }
  });
});
