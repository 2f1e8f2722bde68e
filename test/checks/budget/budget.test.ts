import { describe, expect, it } from 'vitest';
import { checks } from '../../../packages/core/src/checks/budget/index.ts';
import type { CheckOutcome } from '../../../packages/core/src/checks/check.ts';
import { available, type Evidence } from '../../../packages/core/src/model/evidence.ts';
import type { EvidenceKey } from '../../../packages/core/src/model/evidence-map.ts';
import type { SpendMetrics } from '../../../packages/core/src/model/prometheus.ts';
import { absent, amount, context, limits, noLedger, pico, spendOf } from './evidence.ts';

function run(name: string, spend: SpendMetrics, settings?: unknown): CheckOutcome {
  const check = checks.find(({ meta }) => meta.id === `budget/${name}`);
  if (!check) throw new Error(`no check ${name}`);
  const evidence = new Map<EvidenceKey, Evidence<unknown>>([
    ['prometheus.spend', available('prometheus', spend)],
    ['ledger.spend', noLedger],
  ]);
  return check.run(evidence, settings, context);
}

/** `severity resource seen expected` of the findings, then `? detail` of the gaps. */
function told({ findings, gaps = [] }: CheckOutcome): string[] {
  return [
    ...findings.map(({ severity, resource, seen, expected }) => `${severity} ${resource.name}: ${seen}, ${expected}`),
    ...gaps.map(({ detail }) => `? ${detail}`),
  ];
}

describe.each([
  ['daily-spend', 'today', 'daily', 'today', 'todayCoverage'],
  ['monthly-spend', 'month', 'monthly', 'this month', 'monthCoverage'],
] as const)('%s', (name, field, budget, period, coverage) => {
  const with100 = (spent: ReturnType<typeof amount> | null, more: Partial<SpendMetrics> = {}): CheckOutcome =>
    run(name, spendOf({ [field]: spent, limits: { ...limits, [budget]: pico(100) }, ...more }));

  it.each<[number, string[]]>([
    [0, []],
    [80, []],
    [80.01, [`warning ${budget}: $80.01 ${period}, over 80 % of $100.00`]],
    [100, [`warning ${budget}: $100.00 ${period}, over 80 % of $100.00`]],
    [100.01, [`critical ${budget}: $100.01 ${period}, over 100 % of $100.00`]],
  ])('$%d of $100', (spent, expected) => {
    expect(told(with100(amount(spent)))).toEqual(expected);
  });

  it('compares with nothing where no budget is set, and shows the figure', () => {
    expect(run(name, spendOf({ [field]: amount(12.4) }))).toEqual({
      findings: [],
      facts: [{ label: `spend ${period}`, text: '$12.40', measured: { value: 12.4, unit: '$' } }],
      examined: { count: 0, noun: 'budget' },
      note: `no ${budget} budget is set (budget.${budget})`,
    });
  });

  it('is unknown where the spend was not seen', () => {
    const gaps = [{ piece: field, unavailable: absent }];
    expect(told(with100(null, { gaps }))).toEqual(['? no samples']);
  });

  it('passes on a lower bound never', () => {
    expect(told(with100(amount(10, null), { [coverage]: 0.48 }))).toEqual([
      `? at least $10.00 ${period}, over 80 % of $100.00 or not can’t be said: Prometheus has samples of 48 % of that time`,
    ]);
  });

  it('fails on a lower bound that is over, whatever was not seen', () => {
    const gaps = [{ piece: field, unavailable: absent }];
    expect(told(with100(amount(101, null), { [coverage]: 0.48, gaps }))).toEqual([
      `critical ${budget}: at least $101.00 ${period}, over 100 % of $100.00`,
    ]);
  });

  it('passes on a range below the limit, and says why one across it can’t be judged', () => {
    const estimated = { sources: [{ metric: 't', basis: 'estimated' as const }] };
    expect(told(with100(amount(2, 79), estimated))).toEqual([]);
    expect(told(with100(amount(2, 81), estimated))).toEqual([
      `? $2.00 to $81.00 ${period}, over 80 % of $100.00 or not can’t be said: the figure is estimated from tokens`,
    ]);
    expect(with100(amount(2, 79), estimated).facts).toMatchObject([{ text: '$2.00 to $79.00 (estimated)' }]);
  });

  it('names the models without a price', () => {
    const unpriced = [{ model: 'zeta-9', tokens: pico(10), metric: 't' }];
    expect(told(with100(amount(2, null), { unpriced }))[0]).toContain('no price is known for "zeta-9"');
  });

  it('takes a budget of $0 as exceeded by anything', () => {
    const zero = { ...limits, [budget]: '0' };
    expect(told(run(name, spendOf({ [field]: amount(0), limits: zero })))).toEqual([]);
    expect(run(name, spendOf({ [field]: amount(0.01), limits: zero })).findings).toMatchObject([{ severity: 'critical' }]);
  });

  it('takes other shares from the configuration', () => {
    const spend = spendOf({ [field]: amount(60), limits: { ...limits, [budget]: pico(100) } });
    expect(run(name, spend, { warn: 0.5, fail: null }).findings).toMatchObject([
      { severity: 'warning', threshold: { value: 50, unit: '$' } },
    ]);
  });
});

it('carries numbers, sources and commands in a finding', () => {
  const { findings } = run('daily-spend', spendOf({ today: amount(91.2), limits: { ...limits, daily: pico(100) } }));
  expect(findings).toEqual([
    {
      severity: 'warning',
      resource: { kind: 'Budget', name: 'daily' },
      seen: '$91.20 today',
      expected: 'over 80 % of $100.00',
      measured: { value: 91.2, unit: '$' },
      threshold: { value: 80, unit: '$' },
      detail: 'dollars from litellm_spend_metric_total',
      next: [
        "promtool query instant http://prom:9090 'topk(10, sum by (model) (increase(litellm_spend_metric_total[1d])))'",
        'agentops explain budget/daily-spend',
      ],
    },
  ]);
});

describe('hourly-tokens', () => {
  it.each<[ReturnType<typeof amount> | null, string[]]>([
    [amount(1_000_000), []],
    [amount(1_000_001), ['warning hourly tokens: 1,000,001 tokens in the last hour, over 1,000,000']],
    [amount(2_000_000, null), ['warning hourly tokens: at least 2,000,000 tokens in the last hour, over 1,000,000']],
    [amount(1000, 900_000), []],
    [
      amount(1000, 3_000_000),
      [
        '? 1,000 to 3,000,000 tokens in the last hour, over 1,000,000 or not can’t be said: a part could not be seen, or is counted by several counters',
      ],
    ],
    [null, ['? no samples']],
  ])('%j', (tokensLastHour, expected) => {
    const gaps = tokensLastHour ? [] : [{ piece: 'tokens' as const, unavailable: absent }];
    expect(told(run('hourly-tokens', spendOf({ tokensLastHour, gaps })))).toEqual(expected);
  });
});

describe('per-agent', () => {
  const part = (name: string, dollars: number) => ({ name, amount: amount(dollars) });
  const perAgent = { coder: pico(10), planner: pico(20) };

  it('judges each agent that has a budget, worst first', () => {
    const spend = spendOf({ byAgent: [part('planner', 17), part('coder', 11), part('free', 99)], limits: { ...limits, perAgent } });
    expect(told(run('per-agent', spend))).toEqual([
      'critical coder: $11.00 today, over 100 % of $10.00',
      'warning planner: $17.00 today, over 80 % of $20.00',
    ]);
    expect(run('per-agent', spend).facts?.map(({ resource, text }) => `${resource?.name} ${text}`)).toEqual([
      'planner $17.00',
      'coder $11.00',
      'free $99.00',
    ]);
  });

  it('is unknown of an agent whose spend nobody labels', () => {
    expect(told(run('per-agent', spendOf({ byAgent: [part('coder', 1)], limits: { ...limits, perAgent } })))).toEqual([
      '? no spend is labelled "planner"',
    ]);
  });

  it('does not pass on a part of what was seen in part', () => {
    const spend = spendOf({
      today: amount(1, null),
      todayCoverage: 0.5,
      byAgent: [part('coder', 1)],
      limits: { ...limits, perAgent: { coder: pico(10) } },
    });
    expect(told(run('per-agent', spend))).toEqual([
      '? coder: at least $1.00 today, over 80 % of $10.00 or not can’t be said: Prometheus has samples of 50 % of that time',
    ]);
  });

  it('is unknown where today was not seen, and says nothing without budgets', () => {
    const gaps = [{ piece: 'today' as const, unavailable: absent }];
    expect(told(run('per-agent', spendOf({ today: null, gaps, limits: { ...limits, perAgent } })))).toEqual(['? no samples']);
    expect(run('per-agent', spendOf({ today: null, gaps }))).toMatchObject({
      findings: [],
      note: 'no budget of an agent is set (budget.perAgent)',
    });
  });
});

describe('per-session', () => {
  const session = (name: string, dollars: number) => ({ name, amount: amount(dollars) });
  const perSession = { ...limits, perSession: pico(5) };

  it('finds sessions over the budget', () => {
    expect(told(run('per-session', spendOf({ bySession: [session('s1', 7), session('s2', 5)], limits: perSession })))).toEqual([
      'warning s1: $7.00 in this session, over 100 % of $5.00',
    ]);
  });

  it('does not pass sessions that may be older than what was seen', () => {
    const spend = spendOf({
      month: amount(9, null),
      monthCoverage: 0.2,
      bySession: [session('s1', 1), session('s2', 1)],
      limits: perSession,
    });
    expect(told(run('per-session', spend))).toEqual([
      '? session s1: at least $1.00 in this session, over 100 % of $5.00 or not can’t be said: Prometheus has samples of 20 % of that time',
    ]);
  });

  it('is unknown without session labels, and says nothing without a budget', () => {
    expect(told(run('per-session', spendOf({ limits: perSession })))).toEqual(['? no spend has a session label']);
    expect(run('per-session', spendOf())).toMatchObject({ findings: [], note: 'no budget of a session is set (budget.perSession)' });
  });
});

describe('unpriced', () => {
  const unpriced = [
    { model: 'small', tokens: pico(5), metric: 'ai_agent_token_usage_total' },
    { model: 'zeta-9', tokens: pico(2_100_000), metric: 'ai_agent_token_usage_total' },
  ];

  it('names the models, the most used first; a warning where there is a budget in dollars', () => {
    const { findings } = run('unpriced', spendOf({ unpriced, limits: { ...limits, daily: pico(1) } }));
    expect(findings.map(({ severity, resource, seen }) => `${severity} ${resource.name}: ${seen}`)).toEqual([
      'warning zeta-9: 2,100,000 tokens today without a price',
      'warning small: 5 tokens today without a price',
    ]);
    expect(run('unpriced', spendOf({ unpriced })).findings.map(({ severity }) => severity)).toEqual(['info', 'info']);
  });

  it('passes where everything has a price', () => {
    expect(run('unpriced', spendOf())).toEqual({ findings: [], gaps: [], examined: { count: 1, noun: 'counter' } });
  });

  it('is unknown where today was not seen', () => {
    expect(told(run('unpriced', spendOf({ today: null, gaps: [{ piece: 'today', unavailable: absent }] })))).toEqual(['? no samples']);
  });
});
