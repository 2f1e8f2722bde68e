import { z } from 'zod';
import { duration, plural } from '../../model/format.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { defineCheck } from '../check.ts';
import { exitText } from './exit.ts';
import { byWorkload, type PodTrouble } from './group.ts';
import { describePod, livePods, previousLogs } from './pods.ts';

export const restarts = defineCheck({
  meta: {
    id: 'resources/restarts',
    category: 'resources',
    title: 'container restarts',
    why: 'Every restart drops the tasks in flight and empties the caches, even where the pod looks well between them.',
    remedy: [
      'Read why it ended: kubectl describe pod shows the last state, kubectl logs --previous the last words.',
      'Restarts by a liveness probe show as events “Unhealthy”: give the probe more time or fix what is slow.',
    ],
    source: 'the container’s restart count, the time of its last termination and its pod’s age',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: z.strictObject({
    max: z.int().nonnegative().default(5).describe('restarts of a container within the window that are still accepted, count'),
    window: durationSetting.prefault('24h').describe('the window'),
  }),
  evaluate(input, settings, context) {
    const pods = livePods(input['kubernetes.pods']);
    const troubles: PodTrouble[] = [];
    for (const pod of pods) {
      const age = context.now - pod.createdAt;
      for (const { name, status } of pod.containers) {
        // A container in CrashLoopBackOff is the crash-loop check's finding already.
        if (status === undefined || status.restarts <= settings.max || status.waiting?.reason === 'CrashLoopBackOff') continue;
        const last = status.lastTerminated ?? status.terminated;
        // Kubernetes keeps a total and the last termination only: an older pod's restarts in the window are an average.
        if (last !== undefined && context.now - last.finishedAt > settings.window) continue;
        const exact = age <= settings.window;
        const average = exact ? status.restarts : (status.restarts * settings.window) / age;
        const over = average > settings.max;
        troubles.push({
          pod,
          container: name,
          severity: over ? 'warning' : 'info',
          rank: average,
          seen: `${plural(status.restarts, 'restart')} in ${duration(age)}`,
          expected: `at most ${settings.max} in ${duration(settings.window)}`,
          measured: { value: status.restarts, unit: 'count' },
          threshold: { value: settings.max, unit: 'count' },
          detail: [
            last === undefined ? '' : `last exit: ${exitText(last, context.now)}`,
            over ? '' : 'how many of them fall into the window is not recorded',
          ]
            .filter((line) => line !== '')
            .join('; '),
          next: [describePod(context, pod), previousLogs(context, pod, name)],
        });
      }
    }
    return { findings: byWorkload(troubles), examined: { count: pods.length, noun: 'pod' } };
  },
});
