import type { Quantity, Severity } from '../../model/finding.ts';
import { listed, plural, shorten } from '../../model/format.ts';
import type { Pod } from '../../model/kubernetes.ts';
import type { FindingDraft } from '../check.ts';
import { podResource, workloadKey } from './pods.ts';

/** One pod (or one container of it) that is in trouble. */
export interface PodTrouble {
  readonly pod: Pod;
  readonly container?: string;
  readonly severity: Severity;
  /** Among troubles of one severity: the higher, the worse. */
  readonly rank: number;
  readonly seen: string;
  readonly expected: string;
  readonly measured?: Quantity;
  readonly threshold?: Quantity;
  readonly detail?: string;
  /** ms since the epoch */
  readonly since?: number;
  readonly next: readonly string[];
  /** Keeps different troubles of one container apart. */
  readonly key?: string;
}

const severities: readonly Severity[] = ['critical', 'warning', 'info'];

/** For `sort`: critical first. */
export function bySeverity(a: { readonly severity: Severity }, b: { readonly severity: Severity }): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity);
}

/**
 * One finding a workload and container, however many pods show it: the worst
 * pod speaks, the others are counted, and it began when the first of them did.
 */
export function byWorkload(troubles: readonly PodTrouble[]): FindingDraft[] {
  const groups = Map.groupBy(troubles, (trouble) =>
    [workloadKey(trouble.pod.namespace, trouble.pod.workload), trouble.container ?? '', trouble.key ?? ''].join(' '),
  );
  return [...groups.values()]
    .map((group) => toFinding(group.toSorted(worstFirst)))
    .sort((a, b) => bySeverity(a, b) || (b.alsoOn ?? 0) - (a.alsoOn ?? 0));
}

function worstFirst(a: PodTrouble, b: PodTrouble): number {
  return bySeverity(a, b) || b.rank - a.rank || (a.pod.name < b.pod.name ? -1 : 1);
}

function toFinding(group: readonly PodTrouble[]): FindingDraft {
  const [worst] = group as readonly [PodTrouble];
  const { pod, container, rank: _rank, since: _since, detail, ...rest } = worst;
  const names = [...new Set(group.map((trouble) => trouble.pod.name))];
  const since = Math.min(...group.flatMap((trouble) => trouble.since ?? []));
  const details = [
    detail === undefined ? '' : shorten(detail, 400),
    names.length > 1 ? `${plural(names.length, 'pod')}: ${listed(names)}` : '',
  ];
  const text = details.filter((line) => line !== '').join('\n');
  return {
    ...rest,
    resource: podResource(pod, container),
    ...(text === '' ? {} : { detail: text }),
    ...(Number.isFinite(since) ? { since } : {}),
    ...(names.length > 1 ? { alsoOn: names.length - 1 } : {}),
  };
}
