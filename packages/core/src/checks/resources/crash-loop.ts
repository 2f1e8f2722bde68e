import { z } from 'zod';
import { plural } from '../../model/format.ts';
import type { Container } from '../../model/kubernetes.ts';
import { duration } from '../../model/setting.ts';
import { type CheckContext, defineCheck } from '../check.ts';
import { exitText } from './exit.ts';
import { byWorkload, type PodTrouble } from './group.ts';
import { describePod, livePods, notReadySince, previousLogs } from './pods.ts';

interface Settings {
  readonly minRestarts: number;
  readonly recent: number;
}

export const crashLoop = defineCheck({
  meta: {
    id: 'resources/crash-loop',
    category: 'resources',
    title: 'crash loops',
    why: 'The container exits soon after each start; Kubernetes waits up to five minutes between attempts, and meanwhile it serves nothing.',
    remedy: [
      'The reason is in the log of the attempt before: kubectl logs POD -c CONTAINER --previous.',
      'Exit code 1 or 2: the program gave up (configuration, a dependency, a key). 137: killed (memory, liveness probe). 127: the command is not in the image.',
      'If it began with a rollout: kubectl rollout undo.',
    ],
    source: 'waiting reason CrashLoopBackOff; restarts and the last termination of the container',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: z.strictObject({
    minRestarts: z.int().positive().default(3).describe('restarts from which a container that just exited counts as looping, count'),
    recent: duration.prefault('10m').describe('how long ago its last exit may be for that'),
  }),
  evaluate(input, settings, context) {
    const pods = livePods(input['kubernetes.pods']);
    const troubles: PodTrouble[] = [];
    for (const pod of pods) {
      for (const container of pod.containers) {
        const state = loopState(container, settings, context);
        const status = container.status;
        if (state === undefined || status === undefined) continue;
        const last = status.terminated ?? status.lastTerminated;
        const since = notReadySince(pod);
        troubles.push({
          pod,
          container: container.name,
          severity: state === 'up' ? 'warning' : 'critical',
          rank: status.restarts,
          seen: `${state === 'backing-off' ? 'CrashLoopBackOff' : 'restarts often'}, ${plural(status.restarts, 'restart')}`,
          expected: 'stays up',
          measured: { value: status.restarts, unit: 'count' },
          ...(last ? { detail: `last exit: ${exitText(last, context.now)}` } : {}),
          ...(since === undefined ? {} : { since }),
          next: [previousLogs(context, pod, container.name), describePod(context, pod)],
        });
      }
    }
    return { findings: byWorkload(troubles), examined: { count: pods.length, noun: 'pod' } };
  },
});

/** Between two crashes the container runs for a moment, so the waiting reason alone would miss it half the time. */
function loopState({ status }: Container, settings: Settings, { now }: CheckContext): 'backing-off' | 'down' | 'up' | undefined {
  if (status === undefined || status.terminated?.exitCode === 0) return undefined;
  if (status.waiting?.reason === 'CrashLoopBackOff') return 'backing-off';
  const last = status.terminated ?? status.lastTerminated;
  if (last === undefined || status.restarts < settings.minRestarts || now - last.finishedAt > settings.recent) return undefined;
  return status.ready ? 'up' : 'down';
}
