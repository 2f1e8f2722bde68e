import type { NetworkPolicy, Pod, PolicyRule } from '../../model/kubernetes.ts';
import { type Labels, selectorMatches, selectsEverything } from './selector.ts';

export type Direction = 'ingress' | 'egress';
export const directions: readonly Direction[] = ['ingress', 'egress'];

type PolicyType = 'Ingress' | 'Egress';
const policyType: Readonly<Record<Direction, PolicyType>> = { ingress: 'Ingress', egress: 'Egress' };

/**
 * `policyTypes` with the API's defaults: where omitted (or empty), Ingress
 * always and Egress only if egress rules exist.
 * Source: k8s.io/kubernetes/pkg/apis/networking/v1/defaults.go.
 */
export function effectivePolicyTypes(policy: NetworkPolicy): readonly PolicyType[] {
  if (policy.policyTypes && policy.policyTypes.length > 0) return policy.policyTypes;
  return (policy.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** True when the policy isolates the pods that it selects in this direction. */
export function governs(policy: NetworkPolicy, direction: Direction): boolean {
  return effectivePolicyTypes(policy).includes(policyType[direction]);
}

/** Rules in force in this direction: none where the policy does not govern it. */
export function rulesOf(policy: NetworkPolicy, direction: Direction): readonly PolicyRule[] {
  return governs(policy, direction) ? (policy[direction] ?? []) : [];
}

/** A missing or empty `from`/`to` is any peer. */
export function anyPeer(rule: PolicyRule): boolean {
  return (rule.peers ?? []).length === 0;
}

/** Missing or empty `ports` are all ports. */
export function anyPort(rule: PolicyRule): boolean {
  return (rule.ports ?? []).length === 0;
}

/** Selects every pod of its namespace and, by an empty rule list, allows nothing. */
export function isDefaultDeny(policy: NetworkPolicy, direction: Direction): boolean {
  return governs(policy, direction) && selectsEverything(policy.podSelector) && rulesOf(policy, direction).length === 0;
}

/** Selects every pod of its namespace and has a rule for any peer on any port: it undoes a default deny, for policies are a union. */
export function isAllowAll(policy: NetworkPolicy, direction: Direction): boolean {
  return selectsEverything(policy.podSelector) && rulesOf(policy, direction).some((rule) => anyPeer(rule) && anyPort(rule));
}

/**
 * Isolates every pod of its namespace, also one that is created tomorrow:
 * what its rules (if any) do not name is denied.
 */
export function isolatesNamespace(policy: NetworkPolicy, direction: Direction): boolean {
  return governs(policy, direction) && selectsEverything(policy.podSelector) && !isAllowAll(policy, direction);
}

/** Policies indexed by namespace; which of them select a pod is remembered a label set. */
export interface PolicySet {
  inNamespace(namespace: string): readonly NetworkPolicy[];
  /** Policies that select pods with these labels in that namespace, whatever the direction. */
  selecting(pod: { readonly namespace: string; readonly labels: Labels }): readonly NetworkPolicy[];
  /** The same, only those that govern the direction. */
  governing(pod: { readonly namespace: string; readonly labels: Labels }, direction: Direction): readonly NetworkPolicy[];
}

const none: readonly NetworkPolicy[] = [];

/** Builds the index: 5,000 pods of 100 workloads are 100 label sets. */
export function policySet(policies: readonly NetworkPolicy[]): PolicySet {
  const byNamespace = Map.groupBy(policies, (policy) => policy.namespace);
  const remembered = new Map<string, Record<Direction | 'all', readonly NetworkPolicy[]>>();
  const byPod = new WeakMap<object, Record<Direction | 'all', readonly NetworkPolicy[]>>();
  const look = (pod: { readonly namespace: string; readonly labels: Labels }): Record<Direction | 'all', readonly NetworkPolicy[]> => {
    const known = byPod.get(pod);
    if (known) return known;
    const key = labelSetKey(pod.namespace, pod.labels);
    let found = remembered.get(key);
    if (!found) {
      const all = (byNamespace.get(pod.namespace) ?? none).filter((policy) => selectorMatches(policy.podSelector, pod.labels));
      found = {
        all,
        ingress: all.filter((policy) => governs(policy, 'ingress')),
        egress: all.filter((policy) => governs(policy, 'egress')),
      };
      remembered.set(key, found);
    }
    byPod.set(pod, found);
    return found;
  };
  return {
    inNamespace: (namespace) => byNamespace.get(namespace) ?? none,
    selecting: (pod) => look(pod).all,
    governing: (pod, direction) => look(pod)[direction],
  };
}

/** Several checks ask for the key of every pod: made again each time it was a fourth of all that the checks allocate. */
const labelKeys = new WeakMap<Labels, string>();

/** The same for the same namespace and labels, in whatever order the labels come. */
export function labelSetKey(namespace: string, labels: Labels): string {
  let key = labelKeys.get(labels);
  if (key === undefined) {
    key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    labelKeys.set(labels, key);
  }
  return `${JSON.stringify(namespace)}${key}`;
}

/** Succeeded and failed pods have no network any more. */
export function isFinished(pod: Pod): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

/** Pods that a NetworkPolicy can apply to: neither finished nor on the host's network. */
export function governable(pod: Pod): boolean {
  return !pod.hostNetwork && !isFinished(pod);
}

/** Pods on the host's network that are not finished: outside NetworkPolicy. */
export function countHostNetwork(pods: readonly Pod[]): number {
  return pods.filter((pod) => pod.hostNetwork && !isFinished(pod)).length;
}
