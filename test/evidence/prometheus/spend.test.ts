import { describe, expect, it } from 'vitest';
import { type BudgetConfig, configSchema } from '../../../packages/core/src/config/schema.ts';
import { readSpend } from '../../../packages/core/src/evidence/prometheus/spend.ts';
import type { Amount, SpendMetrics } from '../../../packages/core/src/model/prometheus.ts';
import type { Series } from '../../../packages/lab/src/prometheus/store.ts';
import { counter, labNow, series, withLab } from './lab.ts';

/** Midnight and the first of the month, UTC, as seconds before the lab's now (13:07:30 on the 21st). */
const sinceMidnight = 13 * 3600 + 7 * 60 + 30;
const sinceFirst = 20 * 86_400 + sinceMidnight;

async function read(all: Series[], budget: Record<string, unknown> = {}, timeZone = 'UTC'): Promise<SpendMetrics> {
  const parsed: BudgetConfig = configSchema.parse({ budget }).budget;
  const evidence = await withLab(all, (client) => readSpend(client, parsed, timeZone, labNow + 400));
  if (!evidence.ok) throw new Error(evidence.detail);
  return evidence.data;
}

/** Dollars (or tokens), `$x…`: no upper bound. */
function brief(amount: Amount | null): string {
  if (!amount) return 'not seen';
  const number = (pico: string): string => String(Number((Number(pico) / 1e12).toPrecision(9)));
  if (amount.atMost === null) return `${number(amount.atLeast)}…`;
  return amount.atMost === amount.atLeast ? number(amount.atLeast) : `${number(amount.atLeast)}–${number(amount.atMost)}`;
}

// Sparse enough to be quick, dense enough for the five minutes that a sample is valid.
const month = { from: 22 * 86_400, step: 240 };
const up = series('up', {}, () => 1, month);
const spent = (labels: Record<string, string>, perDay: number, span = month): Series =>
  counter('litellm_spend_metric_total', labels, perDay / 86_400, span);

describe('a counter of dollars', () => {
  it('gives today, the month, and the parts', async () => {
    const metrics = await read([
      up,
      spent({ model: 'm', api_key_alias: 'coder' }, 86.4),
      spent({ model: 'm', api_key_alias: 'planner' }, 8.64),
    ]);
    expect(metrics.dayStart).toBe(labNow - sinceMidnight * 1000);
    expect(metrics.monthStart).toBe(labNow - sinceFirst * 1000);
    expect(metrics.sources).toEqual([{ metric: 'litellm_spend_metric_total', basis: 'counter' }]);
    expect([metrics.todayCoverage, metrics.monthCoverage]).toEqual([1, 1]);
    // 0.0011 $/s between the last samples before the period and before its end, each at most 240 s early.
    expect(Number(brief(metrics.today))).toBeCloseTo(0.0011 * sinceMidnight, 0);
    expect(Number(brief(metrics.month))).toBeCloseTo(0.0011 * sinceFirst, 0);
    expect(metrics.today?.atMost).toBe(metrics.today?.atLeast);
    expect(metrics.byAgent.map(({ name }) => name)).toEqual(['coder', 'planner']);
    const parts = metrics.byAgent.reduce((sum, { amount }) => sum + BigInt(amount.atLeast), 0n);
    expect(String(parts)).toBe(metrics.today?.atLeast);
    expect(metrics.bySession).toEqual([]);
    expect(metrics.unpriced).toEqual([]);
    expect(metrics.gaps.map(({ piece, unavailable }) => [piece, unavailable.reason])).toEqual([['tokens', 'absent']]);
  });

  it('follows the days of the time zone', async () => {
    const all = [up, spent({}, 86_400)];
    const [utc, tokyo, newYork] = [await read(all), await read(all, {}, 'Asia/Tokyo'), await read(all, {}, 'America/New_York')];
    // 22:07 in Tokyo, 08:07 in New York; a dollar a second.
    expect([utc, tokyo, newYork].map(({ today }) => Math.round(Number(brief(today)) / 3600))).toEqual([13, 22, 8]);
  });

  it('makes the month a lower bound where the server does not reach back to its start', async () => {
    const young = { from: 10 * 86_400, step: 240 };
    const metrics = await read([
      series('up', {}, () => 1, young),
      series('litellm_spend_metric_total', {}, (ago) => 5000 + (10 * 86_400 - ago) / 86_400, young),
    ]);
    expect(metrics.today?.atMost).toBe(metrics.today?.atLeast);
    expect(brief(metrics.month)).toBe('10…');
    expect(metrics.monthCoverage).toBeCloseTo(10 / (sinceFirst / 86_400), 2);
    expect(metrics.notes.join()).toContain('the server has samples of 48 % of this month');
  });

  it('keeps dollars of a series that is gone by now', async () => {
    const metrics = await read([
      up,
      series('litellm_spend_metric_total', { model: 'm' }, (ago) => (month.from - ago) / 86_400, { ...month, to: 7200 }),
    ]);
    expect(Number(brief(metrics.today))).toBeCloseTo((sinceMidnight - 7200) / 86_400, 2);
  });

  it('says of a counter without samples today that today is not seen, not that it is $0', async () => {
    const metrics = await read([up, series('litellm_spend_metric_total', {}, () => 7, { ...month, to: 2 * 86_400 })]);
    expect(brief(metrics.today)).toBe('not seen');
    expect(metrics.gaps.find(({ piece }) => piece === 'today')?.unavailable).toMatchObject({
      reason: 'absent',
      detail: 'the spend counters have no samples in that time',
    });
  });

  it('finds tokens that LiteLLM left at $0', async () => {
    const tokens = (model: string, rate: number): Series => counter('litellm_input_tokens_metric_total', { model }, rate, month);
    const all = [up, spent({ model: 'm' }, 86.4), spent({ model: 'zeta-9' }, 0), tokens('m', 10), tokens('zeta-9', 1)];
    const metrics = await read(all);
    expect(metrics.unpriced.map(({ model, metric }) => [model, metric])).toEqual([['zeta-9', 'litellm_spend_metric_total']]);
    expect(metrics.today?.atMost).toBeNull();
    // A configured price, 0 included, settles it.
    const free = await read(all, { prices: { 'zeta-9': { input: 0, output: 0 } } });
    expect(free.unpriced).toEqual([]);
    expect(free.today?.atMost).toBe(free.today?.atLeast);
  });

  it('knows sessions of Claude Code', async () => {
    const cost = (session_id: string, dollars: number): Series =>
      series('claude_code_cost_usage_USD_total', { session_id, model: 'm' }, () => dollars, { from: 3600, step: 60 });
    const metrics = await read([up, cost('s1', 1.5), cost('s2', 4)]);
    expect(metrics.bySession.map(({ name, amount }) => [name, brief(amount)])).toEqual([
      ['s2', '4'],
      ['s1', '1.5'],
    ]);
    expect(brief(metrics.today)).toBe('5.5');
  });
});

describe('tokens', () => {
  const hourly = { from: 3 * 3600, step: 60 };
  const tokens = (labels: Record<string, string>, total: number): Series =>
    series('ai_agent_token_usage_total', labels, () => total, { from: 1800, step: 60 });
  const alive = series('up', {}, () => 1, { from: 22 * 86_400, step: 240 });

  it('are priced by the configuration, between the two prices where nobody split them', async () => {
    const metrics = await read([alive, tokens({ agent_type: 'coder', model: 'gpt-5' }, 2_000_000)], {
      prices: { 'gpt-5': { input: 1, output: 10 } },
    });
    expect(metrics.sources).toEqual([{ metric: 'ai_agent_token_usage_total', basis: 'estimated' }]);
    expect(brief(metrics.today)).toBe('2–20');
    expect(metrics.byAgent.map(({ name, amount }) => [name, brief(amount)])).toEqual([['coder', '2–20']]);
    expect(metrics.notes[0]).toMatch(/^estimated: ai_agent_token_usage_total × budget\.prices/);
    expect(brief(metrics.tokensLastHour)).toBe('2000000');
  });

  it('are unpriced without a price, and take the upper bound away', async () => {
    const metrics = await read([alive, tokens({ model: 'gpt-5' }, 1_000_000), tokens({ model: 'zeta-9' }, 30)], {
      prices: { 'gpt-5': { input: 1, output: 1 } },
    });
    expect(brief(metrics.today)).toBe('1…');
    expect(metrics.unpriced).toEqual([{ model: 'zeta-9', tokens: '30000000000000', metric: 'ai_agent_token_usage_total' }]);
  });

  it('that two counters tell may be the same: at least the greater, at most both', async () => {
    const genAi = series('gen_ai_client_token_usage_sum', { gen_ai_request_model: 'gpt-5', gen_ai_token_type: 'input' }, () => 3_000_000, {
      from: 1800,
      step: 60,
    });
    const metrics = await read([alive, tokens({ model: 'gpt-5' }, 2_000_000), genAi], { prices: { 'gpt-5': { input: 1, output: 1 } } });
    expect(brief(metrics.today)).toBe('3–5');
    expect(brief(metrics.tokensLastHour)).toBe('3000000–5000000');
  });

  it('behind a gateway do not raise what it measured', async () => {
    const gateway = series('litellm_spend_metric_total', { model: 'gpt-5' }, () => 0.5, { from: 1800, step: 60 });
    const metrics = await read([alive, tokens({ model: 'gpt-5' }, 2_000_000), gateway], { prices: { 'gpt-5': { input: 1, output: 1 } } });
    expect(brief(metrics.today)).toBe('0.5–2.5');
  });

  it('of a total beside its parts are not counted twice', async () => {
    const part = (token_type: string, count: number): Series => tokens({ model: 'm', token_type }, count);
    const metrics = await read([alive, part('input', 70), part('output', 30), part('total', 100)]);
    expect(brief(metrics.tokensLastHour)).toBe('100');
  });

  it('of the last hour alone', async () => {
    const metrics = await read([alive, counter('ai_agent_token_usage_total', { model: 'm' }, 100, hourly)]);
    expect(brief(metrics.tokensLastHour)).toBe('360000');
  });
});

it('says what it looked for where nothing tells spend', async () => {
  const metrics = await read([up, counter('ai_agent_requests_total', {}, 1)]);
  expect([metrics.today, metrics.month, metrics.tokensLastHour, metrics.sources]).toEqual([null, null, null, []]);
  expect(metrics.gaps.map(({ piece, unavailable }) => [piece, unavailable.reason])).toEqual([
    ['today', 'absent'],
    ['month', 'absent'],
    ['tokens', 'absent'],
  ]);
});

it('carries the budget in pico-dollars', async () => {
  const metrics = await read([up], { daily: 0.1, perSession: 3, perAgent: { coder: 1.25 }, hourlyTokens: 500 });
  expect(metrics.limits).toEqual({
    daily: '100000000000',
    monthly: null,
    perSession: '3000000000000',
    perAgent: { coder: '1250000000000' },
    hourlyTokens: 500,
  });
});

it('refuses a time zone that does not exist', async () => {
  const evidence = await withLab([up], (client) => readSpend(client, configSchema.parse({}).budget, 'Mars/Olympus', labNow));
  expect(evidence).toMatchObject({ ok: false, reason: 'invalid', detail: 'unknown time zone Mars/Olympus' });
});
