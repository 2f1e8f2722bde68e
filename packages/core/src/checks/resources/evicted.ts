import { z } from 'zod';
import { defineCheck } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { byWorkload, type PodTrouble } from './group.ts';
import { conditionOf, describePod } from './pods.ts';

/** Why a node or the scheduler ends a pod that has not failed by itself. Source: kubernetes/pkg/kubelet. */
const reasons: ReadonlySet<string> = new Set([
  'Evicted',
  'Preempting',
  'Preempted',
  'NodeShutdown',
  'Terminated',
  'NodeAffinity',
  'UnexpectedAdmissionError',
  'OutOfcpu',
  'OutOfmemory',
  'OutOfpods',
]);

export const evicted = defineCheck({
  meta: {
    id: 'resources/evicted',
    category: 'resources',
    title: 'evicted pods',
    why: 'Leftovers of pods that a node put out: no outage by themselves, but they tell of a node that was short of something.',
    remedy: [
      'The message says what the node was short of: memory, ephemeral storage, process ids.',
      'Set requests that match the real usage, so that the scheduler leaves room.',
      'The leftovers can be deleted: kubectl delete pod --field-selector=status.phase=Failed.',
    ],
    source: 'pods in phase Failed with the reason Evicted, Preempting, NodeShutdown and the like',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input, _settings, context) {
    const failed = input['kubernetes.pods'].filter((pod) => pod.phase === 'Failed');
    const troubles = failed
      .filter((pod) => reasons.has(pod.reason))
      .map((pod): PodTrouble => {
        const since = conditionOf(pod.conditions, 'DisruptionTarget')?.since ?? 0;
        return {
          pod,
          severity: 'info',
          rank: since,
          seen: pod.reason,
          expected: 'a leftover, replaced by its workload',
          ...(pod.message === '' ? {} : { detail: pod.message }),
          ...(since > 0 ? { since } : {}),
          key: pod.reason,
          next: [
            describePod(context, pod),
            kubectl(context.context, pod.namespace, 'get', 'pods', '--field-selector', 'status.phase=Failed'),
          ],
        };
      });
    return { findings: byWorkload(troubles), examined: { count: failed.length, noun: 'failed pod' } };
  },
});
