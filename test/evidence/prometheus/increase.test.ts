import { describe, expect, it } from 'vitest';
import { counterGrowth, lookAtStart } from '../../../packages/core/src/evidence/prometheus/increase.ts';
import type { Series } from '../../../packages/lab/src/prometheus/store.ts';
import { counter, labNow, series, withLab } from './lab.ts';

const hour = 3_600_000;

/** Growth in the last hour by `id` label, in units, and what was short. */
async function grown(all: Series[]): Promise<{ by: Record<string, number>; short: readonly string[] }> {
  return withLab(all, async (client) => {
    const began = await lookAtStart(client, 'up|m_total', labNow - hour);
    const growth = await counterGrowth(client, 'm_total', labNow - hour, labNow, began);
    if ('ok' in growth) throw new Error(growth.detail);
    return {
      by: Object.fromEntries(growth.series.map(({ labels, grown: amount }) => [labels.id, Number(amount) / 1e12])),
      short: growth.short,
    };
  });
}

const up2 = series('up', {}, () => 1, { from: 2 * 86_400, step: 300 });
const up = series('up', {}, () => 1);
const m = (id: string, value: (ago: number) => number, span = {}): Series => series('m_total', { id }, value, span);

describe('counterGrowth', () => {
  it('is the exact difference, where increase() would extrapolate', async () => {
    // The last scrape was 40 s ago.
    const all = [up, m('a', (ago) => 7000 - Math.floor(ago / 100), { to: 40 })];
    expect(await grown(all)).toEqual({ by: { a: 36 }, short: [] });
  });

  it('counts a series that began since in full, and one that ended until its end', async () => {
    const born = m('born', (ago) => 5 + (1800 - ago), { from: 1800 });
    const gone = m('gone', (ago) => 7200 - ago, { to: 1800 });
    expect((await grown([up, born, gone])).by).toEqual({ born: 1805, gone: 1800 });
  });

  it('adds up over resets', async () => {
    // 100 a reset ten times an hour: each life counts 0…585 in steps of 15.
    const all = [up, m('a', (ago) => 600 - (ago % 600 === 0 ? 600 : ago % 600))];
    expect(await grown(all)).toEqual({ by: { a: 6 * 585 }, short: [] });
  });

  it('sees a reset on the edge of the period', async () => {
    const all = [up, m('a', (ago) => (ago > 3600 ? 5000 : (3600 - ago) / 15), { from: 7200 })];
    expect((await grown(all)).by).toEqual({ a: 240 });
  });

  it('sees a reset whose new count has passed the old one', async () => {
    // 100 until half an hour ago, then restarted and by now at 1,800.
    const all = [up, m('a', (ago) => (ago > 1800 ? 100 : 1800 - ago))];
    expect((await grown(all)).by).toEqual({ a: 1800 });
  });

  it('keeps what was counted across a gap in scraping', async () => {
    const before = m('a', (ago) => 7200 - ago, { to: 4000 });
    const after = m('a', (ago) => 7200 - ago, { from: 900 });
    const all = [up, { labels: before.labels, samples: [...(before.samples as []), ...(after.samples as [])] }];
    // From the last sample before the period, 4,005 s ago.
    expect((await grown(all)).by).toEqual({ a: 4005 });
  });

  it('is a lower bound where the server did not see the start', async () => {
    const all = [series('up', {}, () => 1, { from: 1800 }), m('a', (ago) => 1_000_000 + (1800 - ago), { from: 1800 })];
    expect(await grown(all)).toEqual({ by: { a: 1800 }, short: ['m_total was not seen from the start'] });
  });

  it('is a lower bound for an old process whose target is new', async () => {
    const other = series('up', { instance: 'other' }, () => 1);
    const young = { from: 1800 };
    const started = series('process_start_time_seconds', {}, () => labNow / 1000 - 86_400, young);
    const all = [other, series('up', {}, () => 1, young), started, m('a', (ago) => 1_000_000 + (1800 - ago), young)];
    expect(await grown(all)).toEqual({ by: { a: 1800 }, short: ['m_total was not seen from the start'] });
  });

  it('counts a new label of an old process in full', async () => {
    const started = series('process_start_time_seconds', {}, () => labNow / 1000 - 86_400);
    expect(await grown([up, started, m('a', () => 40, { from: 1800 })])).toEqual({ by: { a: 40 }, short: [] });
  });

  it('has no series where nothing was counted', async () => {
    expect(await grown([up, counter('other_total', {}, 1)])).toEqual({ by: {}, short: [] });
  });

  it('leaves out a series that is not a number, and says so', async () => {
    expect(await grown([up, m('a', () => Number.NaN), m('b', () => 3)])).toEqual({
      by: { b: 0 },
      short: ['m_total has a series that is not a number'],
    });
  });
});

it('adds up over resets in a period too long to read whole, whichever part they lie in', async () => {
  // Lives of 7 h 10 min, of 35 min and of one life: with chunks of six hours, resets inside, between and in the first, shorter one.
  const day = { from: 2 * 86_400, step: 300 };
  const life = (seconds: number) => (ago: number) => (day.from - ago) % seconds;
  const all = [
    up2,
    series('m_total', { id: 'long' }, life(25_800), day),
    series('m_total', { id: 'short', extra: 'x' }, life(2100), day),
    series('m_total', { id: 'one' }, life(1e9), day),
  ];
  const start = labNow - 100_000_000;
  const expected = Object.fromEntries(
    all.slice(1).map(({ labels, samples }) => {
      const values = (samples as [number, number][]).filter(([at]) => at >= Math.floor(start / 300_000) * 300_000 - 300_000);
      const inside = values.filter(([at]) => at > start);
      const before = values.filter(([at]) => at <= start).at(-1)?.[1] ?? Number.NaN;
      return [
        labels.id,
        inside.reduce(({ sum, last }, [, value]) => ({ sum: sum + (value < last ? value : value - last), last: value }), {
          sum: 0,
          last: before,
        }).sum,
      ];
    }),
  );
  const { series: found, short } = await withLab(all, async (client) => {
    const growth = await counterGrowth(client, 'm_total', start, labNow, await lookAtStart(client, 'up|m_total', start));
    if ('ok' in growth) throw new Error(growth.detail);
    return growth;
  });
  expect(short).toEqual([]);
  expect(Object.fromEntries(found.map(({ labels, grown: amount }) => [labels.id, Number(amount) / 1e12]))).toEqual(expected);
});

it('says of a restarted series that was not seen from the start that it is a lower bound', async () => {
  const young = { from: 1800 };
  expect(await grown([series('up', {}, () => 1, young), m('a', (ago) => (ago > 900 ? 5000 - ago : 900 - ago), young)])).toEqual({
    by: { a: 885 + 900 },
    short: ['m_total was not seen from the start'],
  });
});
