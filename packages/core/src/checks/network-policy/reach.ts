import type { Namespace, Pod, PolicyPeer, PolicyPort, PolicyRule } from '../../model/kubernetes.ts';
import { anyPeer, anyPort, type Direction, type PolicySet, rulesOf } from './coverage.ts';
import { allTruth, type Labels, selectorTruth, type Truth } from './selector.ts';

/** A port that traffic goes to. */
export interface PortProtocol {
  readonly port: number;
  /** Default TCP. */
  readonly protocol?: string;
}

/** Labels of a namespace, as far as they were seen. The API server sets `kubernetes.io/metadata.name` on every one. */
export interface NamespaceLabels {
  of(namespace: string): { readonly labels: Labels; readonly complete: boolean };
}

/** Labels by namespace; `undefined` where the namespaces could not be listed. */
export function namespaceLabels(namespaces: readonly Namespace[] | undefined): NamespaceLabels {
  const known = new Map((namespaces ?? []).map(({ name, labels }) => [name, { labels: { ...labels, [nameLabel]: name }, complete: true }]));
  return {
    of(name) {
      const found = known.get(name) ?? { labels: { [nameLabel]: name }, complete: false };
      known.set(name, found);
      return found;
    },
  };
}

const nameLabel = 'kubernetes.io/metadata.name';

/**
 * May traffic go from one pod to a port of another? Policies are a union and
 * both ends must allow: the source's egress and the destination's ingress.
 * `maybe` where what decides was not seen: the labels of a namespace, or how
 * the network plug-in treats pods on the host's network, which are outside
 * NetworkPolicy. A pod always reaches itself.
 */
export function allows(set: PolicySet, namespaces: NamespaceLabels, from: Pod, to: Pod, port: PortProtocol): Truth {
  if (from.uid === to.uid) return 'yes';
  const ingress = sideAllows(set, namespaces, to, from, to, port, 'ingress');
  return ingress === 'no' ? 'no' : allTruth([ingress, sideAllows(set, namespaces, from, to, to, port, 'egress')]);
}

/** One end's say: does what governs `pod` in this direction let it talk with `peer`? */
export function sideAllows(
  set: PolicySet,
  namespaces: NamespaceLabels,
  pod: Pod,
  peer: Pod,
  destination: Pod,
  port: PortProtocol,
  direction: Direction,
): Truth {
  if (pod.hostNetwork) return 'yes';
  const policies = set.governing(pod, direction);
  if (policies.length === 0) return 'yes';
  let result: Truth = 'no';
  for (const policy of policies) {
    for (const rule of rulesOf(policy, direction)) {
      if (!portsMatch(rule, port, destination)) continue;
      if (anyPeer(rule)) return 'yes';
      for (const entry of rule.peers ?? []) {
        const named = peerMatches(entry, policy.namespace, peer, namespaces);
        if (named === 'yes') return 'yes';
        if (named === 'maybe') result = 'maybe';
      }
    }
  }
  return result;
}

/**
 * Does one entry of `from`/`to` name this pod? Both selectors in one entry are
 * AND; a podSelector alone is about the policy's own namespace; ipBlock is
 * about addresses outside the cluster and never names a pod. An entry without
 * any field names no one (the API server refuses it).
 */
export function peerMatches(peer: PolicyPeer, policyNamespace: string, pod: Pod, namespaces: NamespaceLabels): Truth {
  // What such a pod looks like to a policy is up to the network plug-in: most see the node's address.
  if (pod.hostNetwork) return 'maybe';
  if (peer.ipBlock || (!peer.podSelector && !peer.namespaceSelector)) return 'no';
  const inPods = peer.podSelector ? selectorTruth(peer.podSelector, pod.labels, true) : 'yes';
  if (inPods === 'no') return 'no';
  if (!peer.namespaceSelector) return pod.namespace === policyNamespace ? inPods : 'no';
  const { labels, complete } = namespaces.of(pod.namespace);
  return allTruth([inPods, selectorTruth(peer.namespaceSelector, labels, complete)]);
}

/** Do the rule's ports include this one? Names resolve on the destination pod. */
export function portsMatch(rule: PolicyRule, port: PortProtocol, destination: Pod): boolean {
  return anyPort(rule) || (rule.ports ?? []).some((entry) => portMatches(entry, port, destination));
}

function portMatches(entry: PolicyPort, wanted: PortProtocol, destination: Pod): boolean {
  const protocol = protocolOf(entry);
  if (protocol !== (wanted.protocol ?? 'TCP')) return false;
  if (typeof entry.port === 'string') {
    // A range needs a number to begin with; the API server refuses this one.
    return entry.endPort === undefined && namedPort(destination, entry.port, protocol) === wanted.port;
  }
  return numericPortMatches(entry, wanted.port);
}

/** A numeric (or absent) port of a rule against a number; `endPort` closes a range and needs a port that begins it. */
export function numericPortMatches(entry: PolicyPort, port: number): boolean {
  if (typeof entry.port === 'string') return false;
  if (entry.port === undefined) return entry.endPort === undefined;
  return entry.endPort === undefined ? entry.port === port : entry.port <= port && port <= entry.endPort;
}

/** The rule's protocol: TCP where it says none. */
export function protocolOf(entry: PolicyPort): string {
  return entry.protocol || 'TCP';
}

/** The number behind a name on one pod; finished init containers listen to nothing. */
export function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  for (const container of pod.containers) {
    if (container.role === 'init') continue;
    const found = container.ports.find((port) => port.name === name && (port.protocol || 'TCP') === protocol);
    if (found) return found.port;
  }
  return undefined;
}
