import type { EndpointSlice, NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule, Service } from '../../../model/kubernetes.ts';
import { optionalText, type Raw, raw, raws, stringMap, strings, text } from '../raw.ts';
import { identity, labelSelector, servicePorts } from './common.ts';

export function reduceService(object: Raw): Service {
  const spec = raw(object.spec);
  return {
    ...identity(object),
    type: optionalText(spec.type) ?? 'ClusterIP',
    selector: stringMap(spec.selector),
    ports: servicePorts(spec.ports),
  };
}

/** An endpoint without a `ready` condition counts as ready (discovery.k8s.io/v1). */
export function reduceEndpointSlice(object: Raw): EndpointSlice {
  const endpoints = raws(object.endpoints);
  const notReady = endpoints.filter((endpoint) => raw(endpoint.conditions).ready === false).length;
  return {
    namespace: identity(object).namespace,
    service: text(raw(raw(object.metadata).labels)['kubernetes.io/service-name']),
    ready: endpoints.length - notReady,
    notReady,
  };
}

/** As the API holds it: a field that is not there stays undefined, for omitted and empty differ. */
export function reduceNetworkPolicy(object: Raw): NetworkPolicy {
  const spec = raw(object.spec);
  const types = strings(spec.policyTypes).filter((type) => type === 'Ingress' || type === 'Egress');
  return {
    ...identity(object),
    podSelector: labelSelector(spec.podSelector),
    ...(Array.isArray(spec.policyTypes) ? { policyTypes: types } : {}),
    ...(Array.isArray(spec.ingress) ? { ingress: raws(spec.ingress).map((rule) => policyRule(rule, rule.from)) } : {}),
    ...(Array.isArray(spec.egress) ? { egress: raws(spec.egress).map((rule) => policyRule(rule, rule.to)) } : {}),
  };
}

function policyRule(rule: Raw, peers: unknown): PolicyRule {
  return {
    ...(Array.isArray(peers) ? { peers: raws(peers).map(policyPeer) } : {}),
    ...(Array.isArray(rule.ports) ? { ports: raws(rule.ports).map(policyPort) } : {}),
  };
}

function policyPeer(peer: Raw): PolicyPeer {
  const block = raw(peer.ipBlock);
  return {
    ...(peer.podSelector === undefined ? {} : { podSelector: labelSelector(peer.podSelector) }),
    ...(peer.namespaceSelector === undefined ? {} : { namespaceSelector: labelSelector(peer.namespaceSelector) }),
    ...(peer.ipBlock === undefined ? {} : { ipBlock: { cidr: text(block.cidr), except: strings(block.except) } }),
  };
}

function policyPort(entry: Raw): PolicyPort {
  const { port, endPort } = entry;
  return {
    protocol: optionalText(entry.protocol) ?? 'TCP',
    ...(typeof port === 'number' || typeof port === 'string' ? { port } : {}),
    ...(typeof endPort === 'number' ? { endPort } : {}),
  };
}
