import { z } from 'zod';
import { bytes, plural } from '../../model/format.ts';
import type { Container, Pod, Terminated } from '../../model/kubernetes.ts';
import { duration } from '../../model/setting.ts';
import { defineCheck } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { ago } from './exit.ts';
import { byWorkload, type PodTrouble } from './group.ts';
import { describePod, previousLogs } from './pods.ts';

export const oomKilled = defineCheck({
  meta: {
    id: 'resources/oom-killed',
    category: 'resources',
    title: 'out-of-memory kills',
    why: 'The kernel killed the container at its memory limit: the work in hand was lost, and it will happen again.',
    remedy: [
      'Compare what it uses now with its limit: kubectl top pod --containers.',
      'Raise the memory limit, or bound what grows: context length, caches, batch size, concurrent tasks.',
      'A kill right after a rollout points at the new version.',
    ],
    source: 'reason OOMKilled in the container’s state or last state',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: z.strictObject({
    window: duration.prefault('24h').describe('how far back a kill counts'),
    failRestarts: z.int().positive().default(3).describe('restarts of a killed container from which it is critical, count'),
  }),
  evaluate(input, settings, context) {
    const troubles: PodTrouble[] = [];
    let examined = 0;
    for (const pod of input['kubernetes.pods']) {
      if (pod.phase === 'Succeeded') continue;
      for (const container of pod.containers) {
        examined += 1;
        const kill = lastKill(container);
        if (kill === undefined || (kill.finishedAt > 0 && context.now - kill.finishedAt > settings.window)) continue;
        const restarts = container.status?.restarts ?? 0;
        const limit = container.limits.memory ?? pod.resources?.limits.memory;
        troubles.push({
          pod,
          container: container.name,
          severity: isDown(pod, container) || restarts >= settings.failRestarts ? 'critical' : 'warning',
          rank: restarts,
          seen: ['OOMKilled', ago(kill.finishedAt, context.now), plural(restarts, 'restart')].filter((part) => part !== '').join(', '),
          expected: limit ? `memory within ${bytes(limit)}` : 'no memory limit set: the node was out of memory',
          measured: { value: restarts, unit: 'count' },
          ...(kill.finishedAt > 0 ? { since: kill.finishedAt } : {}),
          next: [
            describePod(context, pod),
            kubectl(context.context, pod.namespace, 'top', 'pod', pod.name, '--containers'),
            previousLogs(context, pod, container.name),
          ],
        });
      }
    }
    return { findings: byWorkload(troubles), examined: { count: examined, noun: 'container' } };
  },
});

/** The container may run again: the kill is then in its last state. */
function lastKill({ status }: Container): Terminated | undefined {
  return [status?.terminated, status?.lastTerminated].find((state) => state?.reason === 'OOMKilled');
}

/** Meant to run and not running. */
function isDown(pod: Pod, { status }: Container): boolean {
  return pod.phase !== 'Failed' && status?.runningSince === undefined && status?.terminated?.exitCode !== 0;
}
