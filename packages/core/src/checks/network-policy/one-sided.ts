import { z } from 'zod';
import { plural } from '../../model/format.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../../model/kubernetes.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { governable, governs, type PolicySet, policySet, rulesOf } from './coverage.ts';
import { foreignEngines } from './foreign.ts';
import { groupPods, type PodGroup, workloadName, workloadText } from './groups.ts';
import { allows, type NamespaceLabels, namedPort, namespaceLabels, type PortProtocol, peerMatches, protocolOf } from './reach.ts';
import { selectorMatches, selectsEverything } from './selector.ts';
import { severityFor, severitySetting } from './settings.ts';
import { gapsOf, sight } from './sight.ts';

const settings = z.object({
  severity: severitySetting('warning').describe('severity of traffic that one end allows by name and the other denies; off: not looked at'),
});

/** Egress that a policy allows by name while the destination's ingress denies it. */
export const oneSided = defineCheck({
  meta: {
    id: 'network-policy/one-sided',
    category: 'network-policy',
    title: 'traffic allowed at one end only',
    why: 'Both ends must allow a connection: an egress rule to a pod whose own ingress policies deny it is a connection that times out.',
    remedy: [
      'Allow the source in an ingress rule of a policy that selects the destination: namespaceSelector and podSelector in one entry where it is in another namespace.',
      'Or delete the egress rule, if the traffic is not meant to be.',
      'Only rules that name pods by label and ports by number or name are looked at.',
    ],
    source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.networkpolicies', 'kubernetes.namespaces', 'kubernetes.foreignpolicies'],
  settings,
  evaluate(input, chosen, context) {
    const policies = sight(input['kubernetes.networkpolicies'], 'kubernetes.networkpolicies');
    const seenNamespaces = sight(input['kubernetes.namespaces'], 'kubernetes.namespaces');
    const foreign = foreignEngines(input['kubernetes.foreignpolicies']);
    const gaps = gapsOf(policies, seenNamespaces, foreign.sight);
    if (!policies.data || chosen.severity === 'off') return { findings: [], gaps, examined: { count: 0, noun: 'egress rule' } };

    const severity = severityFor(chosen.severity);
    const set = policySet(policies.data);
    const namespaces = namespaceLabels(seenNamespaces.data);
    const groups = Map.groupBy(groupPods(input['kubernetes.pods'].filter(governable)), (group) => group.namespace);
    const findings = new Map<string, FindingDraft>();
    const undecided: string[] = [];
    // Several policies may name the same pair: by destination and port, the sources that were looked at.
    const judged = new Map<PodGroup, Map<string, Set<PodGroup>>>();
    let examined = 0;
    for (const policy of policies.data.filter((each) => governs(each, 'egress'))) {
      const sources = (groups.get(policy.namespace) ?? []).filter((group) => selectorMatches(policy.podSelector, group.pod.labels));
      for (const rule of rulesOf(policy, 'egress')) {
        const named = (rule.peers ?? []).filter(namesPods);
        if (named.length === 0 || (rule.ports ?? []).length === 0) continue;
        examined++;
        for (const destination of named.flatMap((peer) => destinationsOf(peer, policy, groups, namespaces, set))) {
          for (const port of (rule.ports ?? []).flatMap((entry) => portOn(entry, destination))) {
            const done = judgedSources(judged, destination, port);
            for (const source of sources) {
              if (done.has(source)) continue;
              done.add(source);
              if (allows(set, namespaces, source.pod, destination.pod, port) !== 'no') continue;
              // A policy that could not be read might allow it.
              if (policies.blind(destination.namespace)) continue;
              if (foreign.undecided(destination.namespace)) {
                undecided.push(destination.namespace);
                continue;
              }
              const key = `${workloadText(destination.pod)} ${destination.namespace} ${keyOf(source, port)}`;
              if (!findings.has(key)) findings.set(key, { ...toFinding(policy, source, destination, port, context.context), severity });
            }
          }
        }
      }
    }
    gaps.push(...foreign.gaps(`${plural(undecided.length, 'pair')} of pods with traffic denied at one end`, undecided, context.context));
    return {
      findings: [...findings.values()],
      gaps,
      examined: { count: examined, noun: 'egress rule' },
      ...(examined === 0 ? { note: 'no egress rule names pods and ports' } : {}),
    };
  },
});

/** A wide peer (every pod of a namespace) is a permission, not a need: it says nothing about the other end. */
function namesPods(peer: PolicyPeer): boolean {
  return peer.podSelector !== undefined && !selectsEverything(peer.podSelector);
}

/** Pods that the peer names for certain and whose ingress some policy governs. */
function destinationsOf(
  peer: PolicyPeer,
  policy: NetworkPolicy,
  groups: ReadonlyMap<string, readonly PodGroup[]>,
  namespaces: NamespaceLabels,
  set: PolicySet,
): readonly PodGroup[] {
  const candidates = peer.namespaceSelector ? [...groups.values()].flat() : (groups.get(policy.namespace) ?? []);
  return candidates.filter(
    (group) => set.governing(group.pod, 'ingress').length > 0 && peerMatches(peer, policy.namespace, group.pod, namespaces) === 'yes',
  );
}

/** The port on the destination; ranges name no single one. */
function portOn(entry: PolicyPort, destination: PodGroup): readonly PortProtocol[] {
  const protocol = protocolOf(entry);
  if (entry.port === undefined || (entry.endPort !== undefined && entry.endPort !== entry.port)) return [];
  const port = typeof entry.port === 'number' ? entry.port : namedPort(destination.pod, entry.port, protocol);
  return port === undefined ? [] : [{ port, protocol }];
}

function toFinding(
  policy: NetworkPolicy,
  source: PodGroup,
  destination: PodGroup,
  port: PortProtocol,
  context: string | undefined,
): Omit<FindingDraft, 'severity'> {
  const { workload } = destination.pod;
  const text = `${port.protocol} ${port.port}`;
  return {
    resource: { namespace: destination.namespace, kind: workload.kind, name: workload.name },
    seen: `${text} from ${workloadName(source.pod)} denied by its ingress`,
    expected: `allowed, as egress by ${policy.name}`,
    detail: `NetworkPolicy ${policy.namespace}/${policy.name} lets ${workloadName(source.pod)} connect; no ingress policy of ${workloadName(destination.pod)} does`,
    next: [
      kubectl(context, destination.namespace, 'describe', 'networkpolicy'),
      kubectl(context, policy.namespace, 'describe', 'networkpolicy', policy.name),
    ],
    key: keyOf(source, port),
  };
}

function keyOf(source: PodGroup, port: PortProtocol): string {
  return `${workloadName(source.pod)} ${port.protocol} ${port.port}`;
}

function judgedSources(judged: Map<PodGroup, Map<string, Set<PodGroup>>>, destination: PodGroup, port: PortProtocol): Set<PodGroup> {
  const ports = judged.get(destination) ?? new Map<string, Set<PodGroup>>();
  judged.set(destination, ports);
  const key = `${port.protocol} ${port.port}`;
  const sources = ports.get(key) ?? new Set<PodGroup>();
  ports.set(key, sources);
  return sources;
}
