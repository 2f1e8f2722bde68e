import { describe, expect, test } from 'vitest';
import { budgetOutlook, type MonthSoFar, projectMonth } from '../../../packages/core/src/cost/statistics/budget.ts';
import { normal, seeded } from '../../support/seeded.ts';

/** The 21st of a month of 30 days, half over; $10 a day, exactly. */
const steady: MonthSoFar = {
  history: new Array<number>(90).fill(10),
  spentBefore: 200,
  spentToday: 5,
  todayElapsed: 0.5,
  daysLeft: 9,
  daysInMonth: 30,
};

describe('projectMonth', () => {
  test('spent, half of today and nine days', () =>
    expect(projectMonth(steady)).toMatchObject({ ok: true, spent: 205, total: { value: 300, low: 300, high: 300 } }));

  test('thin history is refused with what it needs', () =>
    expect(projectMonth({ ...steady, history: [1, 2, 3] })).toEqual({
      ok: false,
      needs: 38,
      why: '10 days ahead need 41 whole days in a row, there are 3',
    }));

  test('never below what is spent already', () => {
    const random = seeded(3);
    const history = Array.from({ length: 90 }, () => Math.max(0, 2 + 8 * normal(random)));
    const projection = projectMonth({ ...steady, history });
    expect(projection.ok && projection.total.low).toBeGreaterThanOrEqual(205);
  });

  test('the last moment of the month costs what it cost', () =>
    expect(projectMonth({ ...steady, daysLeft: 0, todayElapsed: 1 })).toMatchObject({
      spent: 205,
      total: { value: 205, low: 205, high: 205 },
    }));
});

describe('budgetOutlook', () => {
  const outlook = (budget: number, month: MonthSoFar = steady) => budgetOutlook(budget, month, projectMonth(month));

  test('burn rate: two thirds of the budget in 20.5 of 30 days', () => {
    const { used, burnRate } = outlook(307.5);
    expect(used).toBeCloseTo(2 / 3, 12);
    expect(burnRate).toBeCloseTo(2 / 3 / (20.5 / 30), 12);
  });

  test('the first moment of a month has no burn rate', () =>
    expect(outlook(100, { ...steady, spentBefore: 0, spentToday: 0, todayElapsed: 0, daysLeft: 29 }).burnRate).toBeNull());

  test('exceeded already: kept with probability 0', () => expect(outlook(204)).toMatchObject({ probabilityKept: 0, exhaustedIn: 0 }));

  test('$240 is passed on the third day after today: 5 + 10 + 10 + 10', () => expect(outlook(239).exhaustedIn).toBe(3));

  test('an ample budget is kept, but nothing is certain', () => {
    const { probabilityKept, exhaustedIn } = outlook(1000);
    expect(exhaustedIn).toBeNull();
    expect(probabilityKept).toBeGreaterThan(0.9);
    expect(probabilityKept).toBeLessThan(1);
  });

  test('nothing can be forecast: no probability rather than a guess', () =>
    expect(outlook(300, { ...steady, history: [] })).toMatchObject({ probabilityKept: null, exhaustedIn: null }));

  test('of the months that are said to be kept with about 80 %, about 80 % are', () => {
    const kept = { said: 0, done: 0 };
    const runs = 300;
    for (let run = 0; run < runs; run += 1) {
      const random = seeded(31 * run + 5);
      const days = Array.from({ length: 130 }, () => 10 + 3 * normal(random));
      const month: MonthSoFar = {
        history: days.slice(0, 120),
        spentBefore: 0,
        spentToday: 0,
        todayElapsed: 0,
        daysLeft: 9,
        daysInMonth: 10,
      };
      const projection = projectMonth(month);
      if (!projection.ok) throw new Error(projection.why);
      const budget = projection.total.value + 0.7 * (projection.total.high - projection.total.value);
      kept.said += budgetOutlook(budget, month, projection).probabilityKept ?? 0;
      kept.done += Number(days.slice(120).reduce((sum, value) => sum + value, 0) <= budget);
    }
    expect(Math.abs(kept.said / runs - 0.8)).toBeLessThan(0.06);
    // Two standard errors of a share of 300.
    expect(Math.abs(kept.said - kept.done) / runs).toBeLessThan(0.05);
  });
});
