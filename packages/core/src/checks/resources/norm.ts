import { z } from 'zod';
import { plural } from '../../model/format.ts';
import type { Container, Pod } from '../../model/kubernetes.ts';
import type { CheckContext, CheckOutcome, FindingDraft } from '../check.ts';
import { newestPods } from './pods.ts';
import { lastingContainers, templateFinding } from './template.ts';

/** When the others make a norm. */
export const normSettings = z.strictObject({
  share: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('share of the namespace’s other workloads that must be strict to make it the norm, ratio'),
  others: z.int().positive().default(2).describe('how many other workloads must be strict at least, count'),
});
type NormSettings = z.infer<typeof normSettings>;

export interface Habit {
  /** Why a container is lax; undefined where it is strict. */
  readonly lax: (container: Container) => string | undefined;
  /** `may run as root` */
  readonly seen: string;
  /** `run as non-root` */
  readonly strictly: string;
}

/** Workloads that are laxer than their namespace: a rule nobody keeps is a norm too, and said in the note. */
export function outliers(habit: Habit, pods: readonly Pod[], settings: NormSettings, context: CheckContext): CheckOutcome {
  const newest = newestPods(pods);
  const findings: FindingDraft[] = [];
  const notes: string[] = [];
  for (const [namespace, members] of Map.groupBy(newest, (pod) => pod.namespace)) {
    const lax = members.filter((pod) => laxContainers(habit, pod).length > 0);
    const strict = members.length - lax.length;
    if (lax.length === 0) continue;
    const others = members.length - 1;
    if (strict < settings.others || strict < settings.share * others) {
      notes.push(`${namespace}: ${strict} of ${plural(members.length, 'workload')} ${habit.strictly}, so it is not the norm there`);
      continue;
    }
    for (const pod of lax) {
      findings.push(
        templateFinding(pod, context, {
          severity: 'warning',
          seen: habit.seen,
          expected: `${strict} of ${plural(others, 'other workload')} in ${namespace} ${habit.strictly}`,
          lines: laxContainers(habit, pod),
        }),
      );
    }
  }
  return { findings, examined: { count: newest.length, noun: 'workload' }, ...(notes.length > 0 ? { note: notes.join('; ') } : {}) };
}

function laxContainers(habit: Habit, pod: Pod): string[] {
  return lastingContainers(pod).flatMap((container) => {
    const why = habit.lax(container);
    return why === undefined ? [] : [`${container.name}: ${why}`];
  });
}
