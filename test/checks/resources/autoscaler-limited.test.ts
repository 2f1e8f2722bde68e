import { expect, test } from 'vitest';
import { autoscalerLimited } from '../../../packages/core/src/checks/resources/autoscaler-limited.ts';
import type { Autoscaler, Condition } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, condition, minutes, run, seconds, told } from './objects.ts';

const hpa = (more: Partial<Autoscaler> = {}): Autoscaler => ({
  namespace: 'agents',
  name: 'code-gen',
  target: { kind: 'Deployment', name: 'code-gen' },
  min: 2,
  max: 10,
  current: 10,
  desired: 10,
  conditions: [condition('ScalingLimited', 'False', { reason: 'DesiredWithinRange' })],
  ...more,
});
const evaluate = (more: Partial<Autoscaler>) => run(autoscalerLimited, { 'kubernetes.autoscalers': [hpa(more)] });
const tooMany = condition('ScalingLimited', 'True', {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
  since: ago(minutes(20)),
});

test('ScalingLimited=True with TooManyReplicas is limited', () => {
  expect(evaluate({ conditions: [tooMany] }).findings).toEqual([
    {
      severity: 'warning',
      resource: { namespace: 'agents', kind: 'HorizontalPodAutoscaler', name: 'code-gen' },
      seen: 'at 10 of at most 10, wants more',
      expected: 'desired replicas below the maximum of 10',
      measured: { value: 10, unit: 'count' },
      threshold: { value: 10, unit: 'count' },
      detail: 'scales Deployment code-gen: the desired replica count is more than the maximum replica count',
      since: ago(minutes(20)),
      key: 'ScalingLimited',
      next: ['kubectl --context prod -n agents describe hpa code-gen', 'kubectl --context prod -n agents get hpa code-gen'],
    },
  ]);
});

const broken = (type: string, reason: string, more: Partial<Condition> = {}) => condition(type, 'False', { reason, ...more });
test.each<[string, Partial<Autoscaler>, string[]]>([
  ['at max is not limited', { current: 10, max: 10 }, []],
  ['min = max is a choice', { min: 10, max: 10, conditions: [tooMany] }, []],
  ['too few replicas is the minimum at work', { conditions: [condition('ScalingLimited', 'True', { reason: 'TooFewReplicas' })] }, []],
  [
    'no metrics',
    { conditions: [broken('ScalingActive', 'FailedGetResourceMetric')] },
    ['warning HorizontalPodAutoscaler agents/code-gen: ScalingActive False: FailedGetResourceMetric'],
  ],
  ['no metrics for a moment', { conditions: [broken('ScalingActive', 'FailedGetResourceMetric', { since: ago(seconds(120)) })] }, []],
  ['scaled to zero is a choice', { conditions: [broken('ScalingActive', 'ScalingDisabled')] }, []],
  [
    'no target',
    { conditions: [broken('AbleToScale', 'FailedGetScale', { since: ago(minutes(3)) })] },
    ['warning HorizontalPodAutoscaler agents/code-gen: AbleToScale False: FailedGetScale'],
  ],
])('%s', (_what, more, expected) => expect(told(evaluate(more))).toEqual(expected));

test('an autoscaler that its controller has not looked at is unknown', () => {
  expect(evaluate({ conditions: [] }).gaps?.map(({ detail }) => detail)).toEqual(['no conditions on 1 autoscaler: agents/code-gen']);
});

test('none is fine', () => {
  expect(run(autoscalerLimited, { 'kubernetes.autoscalers': [] })).toEqual({
    findings: [],
    gaps: [],
    examined: { count: 0, noun: 'autoscaler' },
    note: 'no HorizontalPodAutoscaler',
  });
});
