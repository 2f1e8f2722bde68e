import { z } from 'zod';
import { count, listed, plural } from '../../model/format.ts';
import type { Pod } from '../../model/kubernetes.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { countHostNetwork, type Direction, directions, governable, type PolicySet, policySet } from './coverage.ts';
import { foreignEngines } from './foreign.ts';
import { severityFor, severitySetting, worseOf } from './settings.ts';
import { gapsOf, sight } from './sight.ts';

const settings = z.object({
  ingress: severitySetting('warning').describe('severity where no policy limits who may connect to a pod; off: not looked at'),
  egress: severitySetting('warning').describe('severity where no policy limits where a pod may connect to; off: not looked at'),
});
type Settings = z.infer<typeof settings>;

/** Pods that no NetworkPolicy selects, by workload. */
export const uncoveredPod = defineCheck({
  meta: {
    id: 'network-policy/uncovered-pod',
    category: 'network-policy',
    title: 'pods without a policy',
    why: 'A pod that no NetworkPolicy selects accepts connections from everywhere and may connect to everywhere: a hijacked agent reaches every service of the cluster and can carry data out.',
    remedy: [
      'Being named as a peer in another pod’s policy does not cover a pod: a policy must select it with spec.podSelector.',
      'Put a default deny into the namespace (podSelector: {}, policyTypes: [Ingress, Egress], no rules), and beside it one policy a workload with what it needs: DNS, the model provider, its data stores.',
      'List a policy’s directions in policyTypes: where it is omitted, egress is only limited if the policy has egress rules.',
      'Pods on the host’s network are outside NetworkPolicy and are not reported.',
    ],
    source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.networkpolicies', 'kubernetes.foreignpolicies'],
  settings,
  evaluate(input, chosen, context) {
    const pods = input['kubernetes.pods'].filter(governable);
    const policies = sight(input['kubernetes.networkpolicies'], 'kubernetes.networkpolicies');
    const foreign = foreignEngines(input['kubernetes.foreignpolicies']);
    const examined = { count: pods.length, noun: 'pod' };
    const note = noteFor(input['kubernetes.pods'], pods.length);
    const gaps = gapsOf(policies, foreign.sight);
    if (!policies.data) return { findings: [], gaps, examined, ...note };

    const set = policySet(policies.data);
    const findings: FindingDraft[] = [];
    const undecided: { pods: number; namespaces: string[] } = { pods: 0, namespaces: [] };
    for (const group of Map.groupBy(pods, workloadKey).values()) {
      const namespace = group[0]?.namespace ?? '';
      if (policies.blind(namespace)) continue;
      const bare = bareDirections(group, set, chosen);
      if (bare.length === 0) continue;
      if (foreign.undecided(namespace)) {
        undecided.pods += Math.max(...bare.map((each) => each.pods.length));
        undecided.namespaces.push(namespace);
        continue;
      }
      findings.push(toFinding(group, bare, chosen, context));
    }
    gaps.push(...foreign.gaps(`${plural(undecided.pods, 'pod')} selected by no NetworkPolicy`, undecided.namespaces, context.context));
    return { findings, gaps, examined, ...note };
  },
});

interface Bare {
  readonly direction: Direction;
  readonly pods: readonly Pod[];
}

function bareDirections(group: readonly Pod[], set: PolicySet, chosen: Settings): readonly Bare[] {
  return directions
    .filter((direction) => chosen[direction] !== 'off')
    .map((direction) => ({ direction, pods: group.filter((pod) => set.governing(pod, direction).length === 0) }))
    .filter((each) => each.pods.length > 0);
}

function toFinding(group: readonly Pod[], bare: readonly Bare[], chosen: Settings, context: CheckContext): FindingDraft {
  const [first] = bare[0]?.pods ?? [];
  const namespace = first?.namespace ?? '';
  const names = [...new Set(bare.flatMap((each) => each.pods.map((pod) => pod.name)))].sort();
  return {
    severity: worseOf(bare.map((each) => severityFor(chosen[each.direction]))),
    resource: { namespace, kind: first?.workload.kind ?? 'Pod', name: first?.workload.name ?? '' },
    seen: seenText(group.length, bare),
    expected: 'selected by a policy',
    measured: { value: names.length, unit: 'count' },
    detail: `pods: ${listed(names, 10)}`,
    next: [
      kubectl(context.context, namespace, 'get', 'networkpolicy'),
      kubectl(context.context, namespace, 'get', 'pod', names[0] ?? '', '--show-labels'),
    ],
    ...(names.length > 1 ? { alsoOn: names.length - 1 } : {}),
  };
}

/** `no policy for ingress and egress`; with a share where not every pod of the workload is bare. */
function seenText(total: number, bare: readonly Bare[]): string {
  const [first, second] = bare.map((each) => ({ direction: each.direction, pods: each.pods.length }));
  if (!first) return '';
  if (second && second.pods === first.pods) return `no policy for ${first.direction} and ${second.direction}${share(first.pods, total)}`;
  return bare.map((each) => `no policy for ${each.direction}${share(each.pods.length, total)}`).join(', ');
}

function share(part: number, total: number): string {
  return part === total ? '' : ` (${count(part)} of ${plural(total, 'pod')})`;
}

function workloadKey(pod: Pod): string {
  return JSON.stringify([pod.namespace, pod.workload.kind, pod.workload.name]);
}

function noteFor(all: readonly Pod[], examined: number): { note?: string } {
  const onHost = countHostNetwork(all);
  const parts = [
    ...(examined === 0 ? ['no pods that a NetworkPolicy could cover'] : []),
    ...(onHost > 0 ? [`${plural(onHost, 'pod')} on the host’s network ${onHost === 1 ? 'is' : 'are'} outside NetworkPolicy`] : []),
  ];
  return parts.length > 0 ? { note: parts.join('; ') } : {};
}
