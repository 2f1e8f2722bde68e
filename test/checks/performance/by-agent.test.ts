import { describe, expect, it } from 'vitest';
import type { CheckOutcome } from '../../../packages/core/src/checks/check.ts';
import { errorRatio } from '../../../packages/core/src/checks/performance/error-ratio.ts';
import { stepsPerTask } from '../../../packages/core/src/checks/performance/steps-per-task.ts';
import type { Unavailable } from '../../../packages/core/src/model/evidence.ts';
import type { PerformanceMetrics } from '../../../packages/core/src/model/prometheus.ts';
import { agentRow, context, idle, performanceOf, unseen } from './evidence.ts';

const errors = (metrics: PerformanceMetrics): CheckOutcome =>
  errorRatio.evaluate({ 'prometheus.performance': metrics }, errorRatio.settings.parse({}), context);
const steps = (metrics: PerformanceMetrics): CheckOutcome =>
  stepsPerTask.evaluate({ 'prometheus.performance': metrics }, stepsPerTask.settings.parse({}), context);
const ratio = (agent: string, value: number) => agentRow(agent, { errorRatio: { value } });

it('tells the whole finding', () => {
  const { findings, gaps, examined } = errors(performanceOf([ratio('code-gen', 0.1214)]));
  expect(findings).toEqual([
    {
      severity: 'critical',
      resource: { kind: 'Agent', name: 'code-gen' },
      seen: 'error ratio 12.1 %',
      expected: 'over 5 %',
      measured: { value: 0.1214, unit: 'ratio' },
      threshold: { value: 0.05, unit: 'ratio' },
      detail: 'over the last 5 min, from ai_agent_* metrics',
      next: [
        "promtool query instant http://prom:9090 'sum by (status) (increase(x_total{a='\\''b'\\''}[300s]))'",
        'agentops explain performance/error-ratio',
      ],
      key: 'ai_agent',
    },
  ]);
  expect(gaps).toEqual([]);
  expect(examined).toEqual({ count: 1, noun: 'agent type' });
});

it('puts the worst first: severity, then value', () => {
  const { findings } = errors(performanceOf([ratio('a', 0.02), ratio('fine', 0.01), ratio('b', 0.06), ratio('c', 0.5), ratio('d', 0.03)]));
  expect(findings.map(({ resource, severity }) => `${resource.name} ${severity}`)).toEqual([
    'c critical',
    'b critical',
    'd warning',
    'a warning',
  ]);
});

describe('what was not seen', () => {
  const failed: Unavailable = { ok: false, reason: 'server-error', source: 'prometheus http://prom:9090', detail: 'answers 500' };

  it('is a fact where there were no requests, beside others that had some', () => {
    const { findings, gaps, facts, examined } = errors(performanceOf([ratio('busy', 0), agentRow('quiet', { errorRatio: idle })]));
    expect([findings, gaps, examined.count]).toEqual([[], [], 1]);
    expect(facts).toEqual([{ label: 'error ratio', resource: { kind: 'Agent', name: 'quiet' }, text: 'no requests in 5 min' }]);
  });

  it('is a gap where nobody had any', () => {
    const { gaps, examined } = errors(performanceOf([agentRow('a', { errorRatio: idle }), agentRow('b', { errorRatio: idle })]));
    expect(gaps).toMatchObject([{ reason: 'absent', detail: 'no requests in 5 min, so there is nothing to judge' }]);
    expect(examined.count).toBe(0);
  });

  it('is a gap where it could not be read, once for the same reason', () => {
    const { gaps } = errors(
      performanceOf([ratio('fine', 0), agentRow('a', { errorRatio: unseen }), agentRow('b', { errorRatio: unseen })]),
    );
    expect(gaps).toEqual([
      {
        ok: false,
        reason: 'absent',
        source: 'prometheus http://prom:9090',
        detail: 'a, b: fewer than two samples of x_total in the window',
      },
    ]);
  });

  it('is the failure of its own query, and of no other', () => {
    const rows = [agentRow('a', { errorRatio: unseen })];
    const of = (piece: 'requests' | 'latency') => performanceOf(rows, { gaps: [{ piece, profile: 'ai_agent', unavailable: failed }] });
    expect(errors(of('requests')).gaps).toEqual([failed]);
    expect(errors(of('latency')).gaps).toMatchObject([{ reason: 'absent', detail: expect.stringContaining('fewer than two samples') }]);
  });

  it('is a gap where no profile exports what every agent should have', () => {
    const { gaps, note } = errors(performanceOf([agentRow('a')]));
    expect(gaps).toMatchObject([{ reason: 'absent', detail: 'error ratio: exported for no agent or model (a: x_total is not exported)' }]);
    expect(note).toBe('not exported: a: x_total is not exported');
  });

  it('is a note where no profile exports what not every agent has', () => {
    const outcome = steps(performanceOf([agentRow('a'), agentRow('b')]));
    expect(outcome).toEqual({
      findings: [],
      gaps: [],
      facts: [],
      examined: { count: 0, noun: 'agent type' },
      note: 'not exported: a, b: x_total is not exported',
    });
  });

  it('is a gap where there is no row at all', () => {
    expect(errors(performanceOf([])).gaps).toMatchObject([{ reason: 'absent', detail: 'error ratio: exported for no agent or model' }]);
  });

  it('leaves findings standing beside gaps', () => {
    const { findings, gaps } = errors(performanceOf([ratio('bad', 0.9), agentRow('a', { errorRatio: unseen })]));
    expect([findings.length, gaps?.length]).toEqual([1, 1]);
  });
});

describe('a range', () => {
  const range = (low: number, high: number | null) =>
    errors(performanceOf([agentRow('a', { errorRatio: { value: low, low, high, why: 'odd words' } })]));

  it('is no finding and no pass where the limit lies within', () => {
    const { findings, gaps } = range(0, 0.03);
    expect(findings).toEqual([]);
    expect(gaps).toMatchObject([{ reason: 'invalid', detail: 'error ratio of a is 0 % to 3 %, over 1 % or not can’t be said: odd words' }]);
  });

  it('is a finding where even the least is over', () => {
    expect(range(0.2, null).findings).toMatchObject([{ severity: 'critical', seen: 'error ratio over 20 %' }]);
    expect(range(0.02, 0.2).findings).toMatchObject([{ severity: 'warning', seen: 'error ratio 2 % to 20 %' }]);
  });

  it('passes where even the most is not', () => {
    expect(range(0, 0.01)).toMatchObject({ findings: [], gaps: [] });
  });
});

it('names models and agents in what was examined', () => {
  expect(errors(performanceOf([ratio('a', 0), agentRow('m', { kind: 'model', errorRatio: { value: 0 } })])).examined).toEqual({
    count: 2,
    noun: 'model or agent type',
  });
});
