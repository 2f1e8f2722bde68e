import { describe, expect, it } from 'vitest';
import { checks } from '../../../packages/core/src/checks/performance/index.ts';
import { available, type Evidence } from '../../../packages/core/src/model/evidence.ts';
import type { EvidenceKey } from '../../../packages/core/src/model/evidence-map.ts';
import type { AgentPerformance, PerformanceMetrics } from '../../../packages/core/src/model/prometheus.ts';
import { agentRow, context, idle, performanceOf } from './evidence.ts';

function run(id: string, metrics: PerformanceMetrics, settings?: unknown) {
  const check = checks.find(({ meta }) => meta.id === id);
  if (!check) throw new Error(`no check ${id}`);
  return check.run(
    new Map<EvidenceKey, Evidence<unknown>>([['prometheus.performance', available('prometheus', metrics)]]),
    settings,
    context,
  );
}

describe.each<[id: string, field: keyof AgentPerformance, at: number, cases: [value: number, told: string][]]>([
  ['performance/mean-response', 'meanSeconds', 10, [[10.1, 'warning mean response 10.1 s over 10 s']]],
  ['performance/p95', 'p95Seconds', 5, [[6.8, 'warning p95 6.8 s over 5 s']]],
  ['performance/p99', 'p99Seconds', 60, [[61.2, 'warning p99 61.2 s over 60 s']]],
  [
    'performance/error-ratio',
    'errorRatio',
    0.01,
    [
      [0.05, 'warning error ratio 5 % over 1 %'],
      [0.0501, 'critical error ratio 5.01 % over 5 %'],
    ],
  ],
  [
    'performance/success-ratio',
    'successRatio',
    0.9,
    [
      [0.8, 'warning success ratio 80 % under 90 %'],
      [0.79, 'critical success ratio 79 % under 80 %'],
    ],
  ],
  ['performance/steps-per-task', 'stepsPerTask', 15, [[15.5, 'warning steps per task 15.5 over 15']]],
  ['performance/tokens-per-task', 'tokensPerTask', 50_000, [[50_301, 'warning tokens per task 50,301 over 50,000']]],
  ['performance/cost-per-task', 'costPerTask', 1, [[1.21, 'warning cost per task $1.21 over $1.00']]],
])('%s', (id, field, at, cases) => {
  it.each(cases)('at %d: %s', (value, told) => {
    const { findings } = run(id, performanceOf([agentRow('a', { [field]: { value } })]));
    expect(findings.map(({ severity, seen, expected }) => `${severity} ${seen} ${expected}`)).toEqual([told]);
  });

  it(`passes at its limit, ${at}`, () => {
    expect(run(id, performanceOf([agentRow('a', { [field]: { value: at } })]))).toMatchObject({
      findings: [],
      gaps: [],
      examined: { count: 1 },
    });
  });

  it('takes other limits from the configuration', () => {
    expect(run(id, performanceOf([agentRow('a', { [field]: { value: at } })]), { warn: null, fail: null }).findings).toEqual([]);
    const worse = id === 'performance/success-ratio' ? { fail: 1 } : { fail: 0 };
    expect(run(id, performanceOf([agentRow('a', { [field]: { value: at } })]), worse).findings).toMatchObject([{ severity: 'critical' }]);
  });
});

describe('performance/tool-error-ratio', () => {
  const tool = (name: string, errorRatio: PerformanceMetrics['tools'][number]['errorRatio']) =>
    ({ profile: 'agent', tool: name, calls: { value: 1 }, errorRatio }) as const;

  it('judges tools', () => {
    const { findings, facts, examined } = run(
      'performance/tool-error-ratio',
      performanceOf([], { tools: [tool('ok', { value: 0.05 }), tool('bad', { value: 0.06 }), tool('unused', idle)] }),
    );
    expect(findings).toMatchObject([
      { severity: 'warning', resource: { kind: 'Tool', name: 'bad' }, seen: 'tool error ratio 6 %', expected: 'over 5 %' },
    ]);
    expect(facts).toMatchObject([{ resource: { name: 'unused' }, text: 'no calls in 5 min' }]);
    expect(examined).toEqual({ count: 2, noun: 'tool' });
  });

  it('notes that no tools are exported', () => {
    expect(run('performance/tool-error-ratio', performanceOf([agentRow('a')]))).toMatchObject({
      findings: [],
      gaps: [],
      note: 'no tool error ratio is exported',
    });
  });
});
