import { z } from 'zod';
import { listed, plural } from '../../model/format.ts';
import type { Pod, PolicyPeer, PolicyPort, PolicyRule } from '../../model/kubernetes.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { anyPeer, anyPort, governable, type PolicySet, policySet, rulesOf } from './coverage.ts';
import { foreignEngines } from './foreign.ts';
import { groupPods, type PodGroup, workloadText } from './groups.ts';
import { type NamespaceLabels, namedPort, namespaceLabels, numericPortMatches, peerMatches, protocolOf, sideAllows } from './reach.ts';
import { allTruth, anyTruth, selectorMatches, selectorTruth, type Truth, truth } from './selector.ts';
import { gapsOf, sight } from './sight.ts';

const settings = z.object({
  namespace: z.string().min(1).default('kube-system').describe('namespace of the cluster’s DNS pods; openshift-dns on OpenShift'),
  labels: z.record(z.string(), z.string()).default({ 'k8s-app': 'kube-dns' }).describe('labels of the cluster’s DNS pods'),
  ports: z.array(z.int().min(1).max(65535)).min(1).default([53]).describe('port numbers the DNS pods listen on; 5353 on OpenShift'),
});
type Settings = z.infer<typeof settings>;

interface World {
  readonly set: PolicySet;
  readonly namespaces: NamespaceLabels;
  readonly settings: Settings;
  /** The cluster's DNS pods, where they were seen (kube-system is left out by default). */
  readonly dnsPods: readonly Pod[];
  /** Whether all that governs the DNS pods' ingress was seen. */
  readonly dnsIngressSeen: boolean;
}

/** Pods whose egress is limited and that no rule lets resolve a name. */
export const blockedDns = defineCheck({
  meta: {
    id: 'network-policy/blocked-dns',
    category: 'network-policy',
    title: 'DNS under egress policies',
    why: 'Once a policy limits a pod’s egress, DNS is denied too unless a rule allows it: every call by name fails, and the errors look like an outage of the provider.',
    remedy: [
      'Allow egress to port 53, UDP and TCP, of the pods k8s-app=kube-dns in kube-system: namespaceSelector and podSelector in one entry of to.',
      'The namespace carries the label kubernetes.io/metadata.name: kube-system by itself.',
      'Ports count after the Service has translated them: where the DNS pods listen on another port than 53 (OpenShift: 5353), allow that one and set it here.',
    ],
    source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.networkpolicies', 'kubernetes.namespaces', 'kubernetes.foreignpolicies'],
  settings,
  evaluate(input, chosen, context) {
    const policies = sight(input['kubernetes.networkpolicies'], 'kubernetes.networkpolicies');
    const namespaces = sight(input['kubernetes.namespaces'], 'kubernetes.namespaces');
    const foreign = foreignEngines(input['kubernetes.foreignpolicies']);
    const gaps = gapsOf(policies, namespaces, foreign.sight);
    const all = input['kubernetes.pods'].filter(governable);
    if (!policies.data) return { findings: [], gaps, examined: { count: 0, noun: 'egress-limited pod' } };

    const set = policySet(policies.data);
    const world: World = {
      set,
      namespaces: namespaceLabels(namespaces.data),
      settings: chosen,
      dnsPods: all.filter((pod) => pod.namespace === chosen.namespace && selectorMatches({ matchLabels: chosen.labels }, pod.labels)),
      dnsIngressSeen: !policies.blind(chosen.namespace) && !foreign.undecided(chosen.namespace),
    };
    const limited = all.filter((pod) => set.governing(pod, 'egress').length > 0);
    const findings: FindingDraft[] = [];
    const undecided: { pods: number; namespaces: string[] } = { pods: 0, namespaces: [] };
    const blocked = groupPods(limited)
      .map((group) => ({ group, udp: reachesDns(world, group.pod, 'UDP') !== 'no', tcp: reachesDns(world, group.pod, 'TCP') !== 'no' }))
      .filter((each) => !each.udp || !each.tcp);
    // A policy that could not be read might allow it.
    for (const each of byWorkload(blocked).filter(({ group }) => !policies.blind(group.namespace))) {
      if (foreign.undecided(each.group.namespace)) {
        undecided.pods += each.group.pods.length;
        undecided.namespaces.push(each.group.namespace);
        continue;
      }
      findings.push(toFinding(each, world, context.context));
    }
    gaps.push(
      ...foreign.gaps(`${plural(undecided.pods, 'pod')} not allowed to reach DNS by NetworkPolicy`, undecided.namespaces, context.context),
    );
    return {
      findings,
      gaps,
      examined: { count: limited.length, noun: 'egress-limited pod' },
      ...(limited.length === 0 ? { note: 'no pod’s egress is limited by a policy' } : {}),
    };
  },
});

interface Blocked {
  readonly group: PodGroup;
  readonly udp: boolean;
  readonly tcp: boolean;
}

/** One entry a workload: the pods of the groups together, the worse answer. */
function byWorkload(blocked: readonly Blocked[]): readonly Blocked[] {
  const groups = Map.groupBy(blocked, ({ group }) => JSON.stringify([group.namespace, workloadText(group.pod)]));
  return [...groups.values()].flatMap((parts) => {
    const [first] = parts;
    if (!first) return [];
    const pods = parts.flatMap((part) => part.group.pods);
    return [{ group: { ...first.group, pods }, udp: parts.every((part) => part.udp), tcp: parts.every((part) => part.tcp) }];
  });
}

function toFinding({ group, udp, tcp }: Blocked, world: World, context: string | undefined): FindingDraft {
  const { namespace, pod, pods } = group;
  const names = pods.map((each) => each.name).sort();
  const policies = world.set.governing(pod, 'egress').map((policy) => policy.name);
  const port = world.settings.ports.join(', ');
  const which = udp ? 'TCP' : tcp ? 'UDP' : 'UDP and TCP';
  return {
    // Most answers fit into one UDP datagram; TCP is for those that do not.
    severity: udp ? 'info' : 'warning',
    resource: { namespace, kind: pod.workload.kind, name: pod.workload.name },
    seen: `egress to DNS denied (${which} ${port})`,
    expected: udp ? 'TCP as well, for long answers' : `a rule that allows port ${port}`,
    measured: { value: names.length, unit: 'count' },
    detail: `egress is limited by ${listed(policies)}; pods: ${listed(names, 10)}`,
    next: [
      ...policies.slice(0, 2).map((name) => kubectl(context, namespace, 'describe', 'networkpolicy', name)),
      kubectl(context, namespace, 'exec', names[0] ?? '', '--', 'nslookup', 'kubernetes.default'),
    ],
    ...(names.length > 1 ? { alsoOn: names.length - 1 } : {}),
  };
}

/** Does any rule let the pod talk to a DNS server? `maybe` counts as allowed: what decides was not seen. */
function reachesDns(world: World, pod: Pod, protocol: string): Truth {
  const egress = anyTruth(
    world.set
      .governing(pod, 'egress')
      .flatMap((policy) =>
        rulesOf(policy, 'egress').map((rule) =>
          allTruth([dnsPortTruth(world, rule, protocol), dnsPeerTruth(world, rule, policy.namespace)]),
        ),
      ),
  );
  if (egress === 'no' || world.dnsPods.length === 0 || !world.dnsIngressSeen) return egress;
  const ingress = anyTruth(
    world.dnsPods.flatMap((dns) =>
      world.settings.ports.map((port) => sideAllows(world.set, world.namespaces, dns, pod, dns, { port, protocol }, 'ingress')),
    ),
  );
  // An ipBlock may stand for a resolver outside: then the DNS pods' ingress decides nothing.
  return ingress === 'no' && egress === 'yes' ? 'no' : egress;
}

function dnsPortTruth(world: World, rule: PolicyRule, protocol: string): Truth {
  if (anyPort(rule)) return 'yes';
  return anyTruth((rule.ports ?? []).filter((entry) => protocolOf(entry) === protocol).map((entry) => portTruth(world, entry, protocol)));
}

function portTruth(world: World, entry: PolicyPort, protocol: string): Truth {
  const { port } = entry;
  if (typeof port !== 'string') return world.settings.ports.some((number) => numericPortMatches(entry, number)) ? 'yes' : 'no';
  if (entry.endPort !== undefined) return 'no';
  if (world.dnsPods.length > 0) return world.dnsPods.some((dns) => namedPort(dns, port, protocol) !== undefined) ? 'yes' : 'no';
  // CoreDNS calls its ports dns and dns-tcp; the pods were not seen.
  return /dns|domain/.test(port) ? 'maybe' : 'no';
}

function dnsPeerTruth(world: World, rule: PolicyRule, policyNamespace: string): Truth {
  if (anyPeer(rule)) return 'yes';
  // Whoever writes the DNS port out means a DNS server, be it one of their own.
  const meant = (rule.ports ?? []).some(
    (entry) => typeof entry.port === 'number' && world.settings.ports.includes(entry.port) && !entry.endPort,
  );
  return anyTruth((rule.peers ?? []).map((peer) => peerTruth(world, peer, policyNamespace, meant)));
}

function peerTruth(world: World, peer: PolicyPeer, policyNamespace: string, meant: boolean): Truth {
  // A node-local cache or a resolver outside is reached by address.
  if (peer.ipBlock) return 'maybe';
  const named = namesDns(world, peer, policyNamespace);
  return named === 'no' && meant ? 'maybe' : named;
}

/** Does the entry name the cluster's DNS pods? By themselves where they were seen, else by what is known of them. */
function namesDns(world: World, peer: PolicyPeer, policyNamespace: string): Truth {
  if (!peer.podSelector && !peer.namespaceSelector) return 'no';
  if (world.dnsPods.length > 0) return anyTruth(world.dnsPods.map((dns) => peerMatches(peer, policyNamespace, dns, world.namespaces)));
  const { labels, complete } = world.namespaces.of(world.settings.namespace);
  return allTruth([
    peer.namespaceSelector ? selectorTruth(peer.namespaceSelector, labels, complete) : truth(policyNamespace === world.settings.namespace),
    peer.podSelector ? selectorTruth(peer.podSelector, world.settings.labels, false) : 'yes',
  ]);
}
