import { z } from 'zod';
import { shorten } from '../../model/format.ts';
import type { Autoscaler, Condition } from '../../model/kubernetes.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { conditionOf, unseen } from './pods.ts';

export const autoscalerLimited = defineCheck({
  meta: {
    id: 'resources/autoscaler-limited',
    category: 'resources',
    title: 'autoscalers',
    why: 'An autoscaler that wants more replicas than it may have, or cannot compute how many it wants, does not follow the load.',
    remedy: [
      'TooManyReplicas: raise maxReplicas if the load is real and the cluster has room, or make a replica cheaper.',
      'ScalingActive=False: the metric cannot be had. FailedGetResourceMetric mostly means no metrics-server, or containers without requests.',
      'AbleToScale=False: the target is missing, or its scale cannot be read or written.',
    ],
    source: 'HPA conditions ScalingLimited, ScalingActive, AbleToScale; being at maxReplicas alone is not a limit',
  },
  needs: ['kubernetes.autoscalers'],
  uses: [],
  settings: z.strictObject({
    grace: durationSetting.prefault('2m').describe('how long metrics may be missing, as after a rollout'),
  }),
  evaluate(input, settings, context) {
    const autoscalers = input['kubernetes.autoscalers'];
    const mute = autoscalers.filter((entry) => entry.conditions.length === 0);
    return {
      findings: autoscalers.flatMap((entry) => [...limited(entry, context), ...broken(entry, settings.grace, context)]),
      gaps: unseen(
        'kubernetes autoscalers',
        'no conditions on',
        'autoscaler',
        mute.map((entry) => `${entry.namespace}/${entry.name}`),
      ),
      examined: { count: autoscalers.length, noun: 'autoscaler' },
      ...(autoscalers.length === 0 ? { note: 'no HorizontalPodAutoscaler' } : {}),
    };
  },
});

function limited(autoscaler: Autoscaler, context: CheckContext): FindingDraft[] {
  const condition = conditionOf(autoscaler.conditions, 'ScalingLimited');
  if (condition?.status !== 'True' || condition.reason !== 'TooManyReplicas') return [];
  // min = max pins the number of replicas: a choice, not a limit that was hit.
  if (autoscaler.min === autoscaler.max) return [];
  const { current, max, target } = autoscaler;
  return [
    {
      ...draft(autoscaler, condition, context),
      seen: `at ${current} of at most ${max}, wants more`,
      expected: `desired replicas below the maximum of ${max}`,
      measured: { value: current, unit: 'count' },
      threshold: { value: max, unit: 'count' },
      detail: shorten(`scales ${target.kind} ${target.name}: ${condition.message}`, 400),
    },
  ];
}

function broken(autoscaler: Autoscaler, grace: number, context: CheckContext): FindingDraft[] {
  return ['ScalingActive', 'AbleToScale'].flatMap((type) => {
    const condition = conditionOf(autoscaler.conditions, type);
    // ScalingDisabled: the target is scaled to zero by hand.
    if (condition?.status !== 'False' || condition.reason === 'ScalingDisabled') return [];
    if (condition.since > 0 && context.now - condition.since <= grace) return [];
    return [{ ...draft(autoscaler, condition, context), seen: `${type} False: ${condition.reason}`, expected: `${type} True` }];
  });
}

function draft(autoscaler: Autoscaler, condition: Condition, context: CheckContext): FindingDraft {
  const { namespace, name } = autoscaler;
  return {
    severity: 'warning',
    resource: { namespace, kind: 'HorizontalPodAutoscaler', name },
    seen: '',
    expected: '',
    ...(condition.message === '' ? {} : { detail: shorten(condition.message, 400) }),
    ...(condition.since > 0 ? { since: condition.since } : {}),
    key: condition.type,
    next: [kubectl(context.context, namespace, 'describe', 'hpa', name), kubectl(context.context, namespace, 'get', 'hpa', name)],
  };
}
