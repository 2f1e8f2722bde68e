import { z } from 'zod';
import { bytes, cores, count, percent } from '../../model/format.ts';
import type { Quota } from '../../model/kubernetes.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { bySeverity } from './group.ts';
import { unseen } from './pods.ts';

interface Settings {
  readonly warn: number;
  readonly fail: number | null;
}

export const quota = defineCheck({
  meta: {
    id: 'resources/quota',
    category: 'resources',
    title: 'resource quotas',
    why: 'At the quota the API server refuses new pods: rollouts, scaling and replacements stop, often unseen.',
    remedy: [
      'See what counts against it: kubectl describe quota.',
      'Remove what is not needed, lower requests that are never used, or have the quota raised.',
      'A rolling update needs room for its surge on top.',
    ],
    source: 'ResourceQuota status, used over hard',
  },
  needs: ['kubernetes.quotas'],
  uses: [],
  settings: z.strictObject({
    warn: z.number().positive().default(0.9).describe('used over hard above which it is a warning, ratio'),
    fail: z.number().positive().nullable().default(1).describe('used over hard from which it is critical, ratio; null: never'),
  }),
  evaluate(input, settings, context) {
    const quotas = input['kubernetes.quotas'];
    const uncounted = quotas.flatMap((entry) =>
      Object.keys(entry.hard)
        .filter((name) => entry.used[name] === undefined)
        .map((name) => `${entry.namespace}/${entry.name} ${name}`),
    );
    const findings = quotas.flatMap((entry) => findingsOf(entry, settings, context));
    return {
      findings: findings.sort((a, b) => bySeverity(a, b) || (b.measured?.value ?? 0) - (a.measured?.value ?? 0)),
      gaps: unseen('kubernetes quotas', 'no usage counted yet for', 'quota entry', uncounted),
      examined: { count: quotas.length, noun: 'quota' },
      ...(quotas.length === 0 ? { note: 'no ResourceQuota' } : {}),
    };
  },
});

function findingsOf(entry: Quota, settings: Settings, context: CheckContext): FindingDraft[] {
  return Object.entries(entry.hard).flatMap(([name, hard]) => {
    const used = entry.used[name];
    // A hard limit of zero forbids the resource: a choice, and no share of it can be computed.
    if (used === undefined || hard <= 0) return [];
    const ratio = used / hard;
    const critical = settings.fail !== null && ratio >= settings.fail;
    if (!critical && ratio <= settings.warn) return [];
    const threshold = critical ? (settings.fail ?? 1) : settings.warn;
    const show = formatOf(name);
    return [
      {
        severity: critical ? 'critical' : 'warning',
        resource: { namespace: entry.namespace, kind: 'ResourceQuota', name: entry.name },
        seen: `${name} ${percent(ratio)} used`,
        expected: critical ? `below ${percent(threshold)}` : `over ${percent(threshold)}`,
        measured: { value: ratio, unit: 'ratio' },
        threshold: { value: threshold, unit: 'ratio' },
        detail: `${show(used)} of ${show(hard)}`,
        key: name,
        next: [kubectl(context.context, entry.namespace, 'describe', 'quota', entry.name)],
      } satisfies FindingDraft,
    ];
  });
}

/** `requests.cpu` is cores, memory and storage are bytes, everything else (`pods`, `count/…`) is a number of things. */
function formatOf(name: string): (value: number) => string {
  if (/(^|\.)cpu$/.test(name)) return cores;
  if (/(^|[.-])(memory|storage)$/.test(name)) return bytes;
  return count;
}
