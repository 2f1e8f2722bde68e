import { describe, expect, it } from 'vitest';
import { checks } from '../../../packages/core/src/checks/budget/index.ts';
import type { CheckOutcome } from '../../../packages/core/src/checks/check.ts';
import { available, type Evidence } from '../../../packages/core/src/model/evidence.ts';
import type { EvidenceKey } from '../../../packages/core/src/model/evidence-map.ts';
import type { LedgerSpend } from '../../../packages/core/src/model/ledger.ts';
import type { SpendMetrics } from '../../../packages/core/src/model/prometheus.ts';
import { amount, context, limits, noLedger, pico, spendOf } from './evidence.ts';

const budget = { ...limits, daily: pico(100), monthly: pico(1000) };
const noPrometheus = { ok: false, reason: 'not-configured', source: 'prometheus', detail: 'no Prometheus is configured' } as const;
const unreachable = { ok: false, reason: 'unreachable', source: 'prometheus http://prom:9090', detail: 'connection refused' } as const;
const hour = 3_600_000;

/** $20 today, $200 this month, read 12 minutes ago; $100 a day and $1,000 a month may be spent. */
function ledgerOf(more: Partial<LedgerSpend> = {}): LedgerSpend {
  return {
    location: '/state/ledger.db',
    timeZone: 'UTC',
    dayStart: Date.parse('2026-11-21T00:00:00Z'),
    monthStart: Date.parse('2026-11-01T00:00:00Z'),
    now: context.now,
    readAt: context.now - 12 * 60_000,
    staleAfter: hour,
    firstAt: Date.parse('2026-09-01T00:00:00Z'),
    mixedPrices: false,
    today: amount(20),
    month: amount(200),
    byAgent: [],
    bySession: [],
    unpriced: [],
    limits: budget,
    ...more,
  };
}

function run(
  name: string,
  ledger: LedgerSpend | Evidence<LedgerSpend>,
  prometheus: SpendMetrics | Evidence<SpendMetrics> = noPrometheus,
): CheckOutcome {
  const check = checks.find(({ meta }) => meta.id === `budget/${name}`);
  if (!check) throw new Error(`no check ${name}`);
  const evidence = new Map<EvidenceKey, Evidence<unknown>>([
    ['prometheus.spend', 'ok' in prometheus ? prometheus : available('prometheus http://prom:9090', prometheus)],
    ['ledger.spend', 'ok' in ledger ? ledger : available('ledger /state/ledger.db', ledger)],
  ]);
  return check.run(evidence, undefined, context);
}

function told({ findings, gaps = [] }: CheckOutcome): string[] {
  return [
    ...findings.map(({ severity, resource, seen, expected }) => `${severity} ${resource.name}: ${seen}, ${expected}`),
    ...gaps.map(({ source, detail }) => `? ${source}: ${detail}`),
  ];
}

describe('a ledger that was read lately', () => {
  it('tells the spend without Prometheus, and when it was read', () => {
    const outcome = run('daily-spend', ledgerOf());
    expect(told(outcome)).toEqual([]);
    expect(outcome.facts).toEqual([{ label: 'spend today', text: '$20.00 (ledger, read 12 min ago)', measured: { value: 20, unit: '$' } }]);
    expect(run('monthly-spend', ledgerOf()).facts).toMatchObject([{ text: '$200.00 (ledger, read 12 min ago)' }]);
  });

  it('wins over the counters, which are mentioned', () => {
    const outcome = run('daily-spend', ledgerOf({ today: amount(101) }), spendOf({ today: amount(99), limits: budget }));
    expect(told(outcome)).toEqual(['critical daily: $101.00 today, over 100 % of $100.00']);
    expect(outcome.findings[0]).toMatchObject({
      detail: 'from the usage ledger, read 12 min ago; the counters in Prometheus say $99.00',
      next: ['agentops cost report --period day', 'agentops explain budget/daily-spend'],
    });
    expect(outcome.facts).toMatchObject([{ text: '$101.00 (ledger, read 12 min ago; the counters in Prometheus say $99.00)' }]);
  });

  it('is enough while Prometheus does not answer', () => {
    expect(told(run('daily-spend', ledgerOf(), unreachable))).toEqual([]);
    expect(told(run('unpriced', ledgerOf(), unreachable))).toEqual([]);
  });

  it('a little less than the counters is the time since it was read', () => {
    expect(
      run('daily-spend', ledgerOf({ today: amount(95) }), spendOf({ today: amount(100), limits: { ...budget, daily: pico(200) } })).facts,
    ).toMatchObject([{ text: '$95.00 (ledger, read 12 min ago; the counters in Prometheus say $100.00)' }]);
  });

  it('much less than the counters is not everything: at least theirs, at most both', () => {
    const few = ledgerOf({ today: amount(2) });
    const counters = (dollars: number): SpendMetrics => spendOf({ today: amount(dollars), limits: budget });
    expect(told(run('daily-spend', few, counters(50)))).toEqual([]);
    expect(told(run('daily-spend', few, counters(101)))).toEqual(['critical daily: $101.00 to $103.00 today, over 100 % of $100.00']);
    const less = 'the ledger (read 12 min ago) holds $2.00, less than the counters in Prometheus have seen: it does not hold everything';
    expect(told(run('daily-spend', few, counters(79)))).toEqual([
      `? ledger /state/ledger.db: $79.00 to $81.00 today, over 80 % of $100.00 or not can’t be said: ${less}`,
    ]);
    expect(run('daily-spend', few, counters(50)).facts).toMatchObject([
      { text: '$50.00 to $52.00 (counters; the ledger, read 12 min ago, holds only $2.00)' },
    ]);
  });
});

describe('what the ledger cannot know makes its figure a lower bound', () => {
  const open = 'at least $20.00 today, over 80 % of $100.00 or not can’t be said';
  it.each<[string, Partial<LedgerSpend>, string]>([
    [
      'stale',
      { readAt: context.now - 26 * hour },
      `${open}: the ledger was last read 26 h ago, over 1 h (agentops cost ingest reads what is new)`,
    ],
    [
      'read before today began, though not stale yet',
      { readAt: context.now - 14 * hour, staleAfter: 48 * hour },
      `${open}: the ledger was last read 14 h ago, before that time began (agentops cost ingest reads what is new)`,
    ],
    ['records begin today', { firstAt: Date.parse('2026-11-21T08:00:00Z') }, `${open}: its records begin 2026-11-21`],
    [
      'tokens without a price',
      { today: amount(20, null), unpriced: [{ model: 'zeta-9', tokens: pico(5) }] },
      `${open}: no price is known for "zeta-9"`,
    ],
    ['two price lists', { mixedPrices: true }, `${open}: it was priced with two price lists (agentops cost report prices it anew)`],
  ])('%s', (_name, changes, detail) => {
    expect(told(run('daily-spend', ledgerOf(changes)))).toEqual([`? ledger /state/ledger.db: ${detail}`]);
    expect(told(run('daily-spend', ledgerOf({ ...changes, today: amount(101, null) })))).toEqual([
      'critical daily: at least $101.00 today, over 100 % of $100.00',
    ]);
  });

  it('an hour is an hour: read exactly so long ago, it is trusted', () => {
    expect(told(run('daily-spend', ledgerOf({ readAt: context.now - hour })))).toEqual([]);
    expect(told(run('daily-spend', ledgerOf({ readAt: context.now - hour - 1 })))).toHaveLength(1);
  });

  it('stale beside counters: at least the greater, and unknown unless that is over', () => {
    const stale = ledgerOf({ readAt: context.now - 26 * hour, month: amount(300) });
    const counters = (dollars: number): SpendMetrics => spendOf({ month: amount(dollars), limits: budget });
    expect(told(run('monthly-spend', stale, counters(200)))[0]).toMatch(/^\? .*at least \$300\.00 this month, .*last read 26 h ago/);
    expect(told(run('monthly-spend', stale, counters(400)))[0]).toMatch(/^\? .*at least \$400\.00 this month, .*last read 26 h ago/);
    expect(told(run('monthly-spend', stale, counters(1001)))).toEqual([
      'critical monthly: at least $1,001.00 this month, over 100 % of $1,000.00',
    ]);
  });

  it('nothing is compared, so nothing is unknown, where no budget is set', () => {
    const outcome = run('daily-spend', ledgerOf({ readAt: 0, limits }));
    expect(outcome).toMatchObject({ findings: [], note: 'no daily budget is set (budget.daily)' });
    expect(outcome.gaps).toBeUndefined();
  });
});

describe('a ledger that is there and cannot be read', () => {
  const broken = { ok: false, reason: 'invalid', source: 'ledger /state/ledger.db', detail: 'cannot be read: no permission' } as const;

  it('is a gap, whatever the counters say below the limit', () => {
    expect(told(run('daily-spend', broken))).toEqual(['? ledger /state/ledger.db: cannot be read: no permission']);
    expect(told(run('daily-spend', broken, spendOf({ today: amount(10), limits: budget })))).toEqual([
      '? prometheus http://prom:9090: at least $10.00 today, over 80 % of $100.00 or not can’t be said: there is a ledger that could not be read: cannot be read: no permission',
      '? ledger /state/ledger.db: cannot be read: no permission',
    ]);
    expect(told(run('daily-spend', broken, spendOf({ today: amount(101), limits: budget })))).toEqual([
      'critical daily: at least $101.00 today, over 100 % of $100.00',
    ]);
  });

  it('neither ledger nor counters: both reasons', () => {
    expect(told(run('daily-spend', broken, unreachable))).toEqual([
      '? prometheus http://prom:9090: connection refused',
      '? ledger /state/ledger.db: cannot be read: no permission',
    ]);
    expect(told(run('daily-spend', noLedger, unreachable))).toEqual(['? prometheus http://prom:9090: connection refused']);
  });
});

describe('agents, sessions and models of the ledger', () => {
  const part = (name: string, dollars: number) => ({ name, amount: amount(dollars) });

  it('judges agents', () => {
    const ledger = ledgerOf({
      byAgent: [part('coder', 11), part('planner', 5)],
      limits: { ...budget, perAgent: { coder: pico(10), writer: pico(1) } },
    });
    const outcome = run('per-agent', ledger, spendOf({ today: amount(19), byAgent: [part('writer', 3)] }));
    expect(told(outcome)).toEqual([
      'critical coder: $11.00 today, over 100 % of $10.00',
      '? ledger /state/ledger.db: no spend is labelled "writer"',
    ]);
    expect(outcome.findings[0]?.next).toEqual(['agentops cost report --period day --by agent', 'agentops explain budget/per-agent']);
  });

  it('takes the greater of both for an agent where the ledger does not hold everything', () => {
    const ledger = ledgerOf({
      today: amount(5),
      byAgent: [part('coder', 5)],
      limits: { ...budget, perAgent: { coder: pico(10), planner: pico(10) } },
    });
    const counters = spendOf({ today: amount(60), byAgent: [part('planner', 45), part('coder', 3)] });
    expect(told(run('per-agent', ledger, counters))).toMatchObject([
      'critical planner: at least $45.00 today, over 100 % of $10.00',
      expect.stringMatching(/^\? .*coder: at least \$5\.00 today, over 80 % of \$10\.00 or not/),
    ]);
  });

  it('judges sessions', () => {
    const ledger = ledgerOf({ bySession: [part('s1', 7), part('s2', 1)], limits: { ...budget, perSession: pico(5) } });
    expect(told(run('per-session', ledger))).toEqual(['warning s1: $7.00 in this session, over 100 % of $5.00']);
  });

  it('names models without a price, and its own: counters that lack prices do not matter to it', () => {
    const ledger = ledgerOf({ today: amount(20, null), unpriced: [{ model: 'zeta-9', tokens: pico(2_100_000) }] });
    const counters = spendOf({ unpriced: [{ model: 'local', tokens: pico(7), metric: 't' }] });
    expect(run('unpriced', ledger, counters).findings).toMatchObject([
      {
        severity: 'warning',
        resource: { name: 'zeta-9' },
        seen: '2,100,000 tokens today without a price',
        detail: 'counted by the ledger',
      },
    ]);
  });
});
