import { dicts, text } from '../access.ts';
import { stableSuffix, stableUid } from '../identity.ts';
import { type Dict, type KubeObject, rfc3339 } from '../types.ts';
import { ownedBy } from './deployment.ts';
import { stableAddress } from './pod.ts';

export interface ServiceInput {
  readonly namespace: string;
  readonly name: string;
  readonly at: number;
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly name?: string;
    readonly port: number;
    readonly targetPort?: number | string;
    readonly protocol?: string;
  }[];
  /** The pods behind it, for its EndpointSlice. */
  readonly pods?: readonly KubeObject[];
  /** `ClusterIP` unless given. */
  readonly type?: 'ClusterIP' | 'LoadBalancer' | 'NodePort';
  readonly labels?: Readonly<Record<string, string>>;
}

const isPodReady = (pod: KubeObject) =>
  dicts(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');

/** A service and the endpoint slice of its pods. */
export function service(input: ServiceInput): { service: KubeObject; endpointSlice: KubeObject; objects: readonly KubeObject[] } {
  const { namespace, name, at, selector, type = 'ClusterIP', pods = [] } = input;
  const ports = input.ports.map(({ protocol = 'TCP', port, targetPort = port, name: portName }) => ({
    ...(portName === undefined ? {} : { name: portName }),
    protocol,
    port,
    targetPort,
  }));
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace,
      uid: stableUid('services', namespace, name),
      creationTimestamp: rfc3339(at),
      labels: { app: name, ...input.labels },
    },
    spec: {
      ports,
      selector,
      clusterIP: stableAddress('10.96', namespace, name),
      clusterIPs: [stableAddress('10.96', namespace, name)],
      type,
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  };
  const sliceName = `${name}-${stableSuffix(5, namespace, name)}`;
  const endpointSlice: KubeObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: sliceName,
      generateName: `${name}-`,
      namespace,
      uid: stableUid('endpointslices', namespace, sliceName),
      generation: 1,
      creationTimestamp: rfc3339(at),
      labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io', 'kubernetes.io/service-name': name },
      ownerReferences: [ownedBy(object)],
    },
    addressType: 'IPv4',
    endpoints: pods.filter((pod) => text(pod, 'status', 'podIP') !== '').map(endpoint),
    ports: ports.map((port) => ({
      name: port.name ?? '',
      protocol: port.protocol,
      port: typeof port.targetPort === 'number' ? port.targetPort : port.port,
    })),
  };
  return { service: object, endpointSlice, objects: [object, endpointSlice] };
}

function endpoint(pod: KubeObject): Dict {
  const ready = isPodReady(pod);
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [text(pod, 'status', 'podIP')],
    conditions: { ready, serving: ready, terminating: false },
    nodeName: text(pod, 'spec', 'nodeName'),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

export interface NetworkPolicyInput {
  readonly namespace: string;
  readonly name: string;
  readonly at: number;
  /** podSelector, policyTypes, ingress, egress: as the API has them, nothing is added. */
  readonly spec: Dict;
}

export function networkPolicy({ namespace, name, at, spec }: NetworkPolicyInput): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, uid: stableUid('networkpolicies', namespace, name), generation: 1, creationTimestamp: rfc3339(at) },
    spec,
  };
}
