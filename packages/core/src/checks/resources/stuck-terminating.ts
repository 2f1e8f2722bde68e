import { z } from 'zod';
import { duration } from '../../model/format.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { defineCheck } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { byWorkload, type PodTrouble } from './group.ts';
import { describePod } from './pods.ts';

export const stuckTerminating = defineCheck({
  meta: {
    id: 'resources/stuck-terminating',
    category: 'resources',
    title: 'stuck deletions',
    why: 'A pod that never goes away holds its name, volumes and node, and blocks the rollout or drain that deleted it.',
    remedy: [
      'Is its node ready? A kubelet that is down cannot confirm the end of a pod.',
      'Are there finalizers? Whoever set them must remove them.',
      'Only when the node is gone for good: kubectl delete pod --force.',
    ],
    source: 'deletionTimestamp, which already includes the grace period',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: z.strictObject({
    max: durationSetting.prefault('5m').describe('how far past its grace period a deletion may be'),
  }),
  evaluate(input, settings, context) {
    const deleting = input['kubernetes.pods'].filter((pod) => pod.deletedAt !== undefined);
    const troubles = deleting.flatMap((pod): PodTrouble[] => {
      const since = pod.deletedAt ?? context.now;
      const over = context.now - since;
      if (over <= settings.max) return [];
      return [
        {
          pod,
          severity: 'warning',
          rank: over,
          seen: `Terminating, ${duration(over)} past its grace period`,
          expected: `gone within ${duration(settings.max)}`,
          measured: { value: over / 1000, unit: 's' },
          threshold: { value: settings.max / 1000, unit: 's' },
          ...(pod.node === undefined ? {} : { detail: `on node ${pod.node}` }),
          since,
          next: [
            describePod(context, pod),
            kubectl(context.context, pod.namespace, 'get', 'pod', pod.name, '-o', 'jsonpath={.metadata.finalizers}'),
            ...(pod.node === undefined ? [] : [kubectl(context.context, undefined, 'get', 'node', pod.node)]),
          ],
        },
      ];
    });
    return { findings: byWorkload(troubles), examined: { count: deleting.length, noun: 'deletion' } };
  },
});
