import { createHash } from 'node:crypto';
import { stableUid } from '../identity.ts';
import { type Dict, type KubeObject, type OwnerReference, rfc3339 } from '../types.ts';
import { type PodState, podStatus } from './pod-state.ts';

export type Probe = 'liveness' | 'readiness' | 'startup';

export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** A container of a scenario; what is left out is what a careful team would write. */
export interface ContainerInput {
  readonly name: string;
  readonly image: string;
  /** The HTTP port that the probes use. */
  readonly port?: number;
  /** Liveness and readiness unless given. */
  readonly probes?: readonly Probe[];
  /** `none` leaves requests and limits out. */
  readonly resources?: Resources | 'none';
  /** `none` leaves it out. */
  readonly securityContext?: Dict | 'none';
  readonly env?: readonly Dict[];
  readonly volumeMounts?: readonly Dict[];
  readonly args?: readonly string[];
}

export interface PodSpecInput {
  readonly containers: readonly ContainerInput[];
  readonly initContainers?: readonly (ContainerInput & { readonly restartPolicy?: 'Always' })[];
  readonly serviceAccount?: string;
  readonly hostNetwork?: boolean;
  readonly volumes?: readonly Dict[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
}

export interface PodInput extends PodSpecInput {
  readonly namespace: string;
  readonly name: string;
  /** Created and scheduled at, milliseconds. */
  readonly at: number;
  readonly state: PodState;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: OwnerReference;
}

const careful: Dict = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: 10001,
};

const usualResources: Resources = { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } };

function probe(kind: Probe, port: number): Dict {
  const path = kind === 'readiness' ? '/readyz' : '/healthz';
  const timing = kind === 'startup' ? { failureThreshold: 30, periodSeconds: 2 } : { failureThreshold: 3, periodSeconds: 10 };
  return { httpGet: { path, port, scheme: 'HTTP' }, successThreshold: 1, timeoutSeconds: 1, ...timing };
}

function container(input: ContainerInput & { readonly restartPolicy?: string }): Dict {
  const { name, image, port = 8080, probes = ['liveness', 'readiness'], resources = usualResources, securityContext = careful } = input;
  return {
    name,
    image,
    ...(input.args ? { args: input.args } : {}),
    ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
    ...(input.env ? { env: input.env } : {}),
    resources: resources === 'none' ? {} : resources,
    ...(input.volumeMounts ? { volumeMounts: input.volumeMounts } : {}),
    ...Object.fromEntries(probes.map((kind) => [`${kind}Probe`, probe(kind, port)])),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    ...(input.restartPolicy ? { restartPolicy: input.restartPolicy } : {}),
    ...(securityContext === 'none' ? {} : { securityContext }),
  };
}

/** The spec that a pod and a pod template share. */
export function podSpec(input: PodSpecInput): Dict {
  const { serviceAccount = 'default' } = input;
  return {
    ...(input.volumes ? { volumes: input.volumes } : {}),
    ...(input.initContainers ? { initContainers: input.initContainers.map((one) => container({ probes: [], ...one })) } : {}),
    containers: input.containers.map(container),
    restartPolicy: input.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    ...(input.nodeSelector ? { nodeSelector: input.nodeSelector } : {}),
    serviceAccountName: serviceAccount,
    serviceAccount,
    ...(input.hostNetwork ? { hostNetwork: true } : {}),
    securityContext: {},
    schedulerName: 'default-scheduler',
  };
}

/** As Kubernetes classes a pod by the resources of its containers. */
export function qosClass(containers: readonly ContainerInput[]): string {
  const resources = containers.map(({ resources: own = usualResources }) => (own === 'none' ? {} : own));
  const isEmpty = (map: Readonly<Record<string, string>> | undefined) => Object.keys(map ?? {}).length === 0;
  if (resources.every(({ requests, limits }) => isEmpty(requests) && isEmpty(limits))) return 'BestEffort';
  const guaranteed = resources.every(({ requests, limits }) =>
    ['cpu', 'memory'].every((name) => limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** An address in 10.244.0.0/16 (or another prefix), the same for the same words. */
export function stableAddress(prefix: string, ...words: readonly string[]): string {
  const bytes = createHash('sha256').update(words.join('\0')).digest();
  return `${prefix}.${bytes[0]}.${1 + ((bytes[1] ?? 0) % 254)}`;
}

/** The address of a node of the lab. */
export const nodeAddress = (node: string) => stableAddress('10.90', node);

const tolerations = ['not-ready', 'unreachable'].map((key) => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** A pod in a given state. */
export function pod(input: PodInput): KubeObject {
  const { namespace, name, at, state } = input;
  const node = state.state === 'pending' ? undefined : (input.node ?? 'node-1');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: stableUid('pods', namespace, name),
      creationTimestamp: rfc3339(at),
      ...(input.labels ? { labels: input.labels } : {}),
      ...(input.annotations ? { annotations: input.annotations } : {}),
      ...(input.owner ? { ownerReferences: [input.owner] } : {}),
    },
    spec: { ...podSpec(input), ...(node === undefined ? {} : { nodeName: node }), tolerations, priority: 0, enableServiceLinks: true },
    status: podStatus({
      namespace,
      name,
      at,
      containers: input.containers,
      state,
      node,
      hostIP: node === undefined ? undefined : nodeAddress(node),
      podIP: node === undefined ? undefined : input.hostNetwork ? nodeAddress(node) : stableAddress('10.244', namespace, name),
      qosClass: qosClass(input.containers),
    }),
  };
}
