import type { Severity } from '../../model/finding.ts';
import { listed } from '../../model/format.ts';
import type { Container, Pod } from '../../model/kubernetes.ts';
import type { CheckContext, FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { workloadTarget } from './pods.ts';

/** Containers that stay: init containers end before the work begins. */
export function lastingContainers(pod: Pod): Container[] {
  return pod.containers.filter((container) => container.role !== 'init');
}

/**
 * A finding about what a workload's template says, told once however many pods
 * it has. `lines` names the containers and what each lacks.
 */
export function templateFinding(
  pod: Pod,
  context: CheckContext,
  text: { readonly severity: Severity; readonly seen: string; readonly expected: string; readonly lines: readonly string[] },
): FindingDraft {
  const { kind, name } = pod.workload;
  return {
    severity: text.severity,
    resource: { namespace: pod.namespace, kind, name },
    seen: text.seen,
    expected: text.expected,
    detail: listed(text.lines, 10),
    next: [kubectl(context.context, pod.namespace, 'get', workloadTarget(pod.workload), '-o', 'yaml')],
  };
}
