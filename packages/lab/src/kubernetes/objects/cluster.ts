import { stableSuffix, stableUid } from '../identity.ts';
import { type Dict, type KubeObject, type ManagedFields, microTime, rfc3339 } from '../types.ts';
import { nodeAddress } from './pod.ts';

export interface NodeInput {
  readonly name: string;
  /** Created at, milliseconds. */
  readonly at: number;
  /** Cores, `4` unless given. */
  readonly cpu?: string;
  /** `16Gi` unless given. */
  readonly memory?: string;
  readonly pods?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly roles?: readonly string[];
  /** Cordoned. */
  readonly unschedulable?: boolean;
  readonly taints?: readonly Dict[];
  /** Condition types that are bad: `Ready` (not ready), `MemoryPressure`, `DiskPressure`, `PIDPressure`. */
  readonly bad?: readonly string[];
  /** When the bad conditions began; creation unless given. */
  readonly badSince?: number;
  /** Conditions beyond the kubelet's own. */
  readonly conditions?: readonly Dict[];
}

const nodeConditions: Readonly<Record<string, { good: [string, string, string]; bad: [string, string, string] }>> = {
  MemoryPressure: {
    good: ['False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    bad: ['True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
  },
  DiskPressure: {
    good: ['False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    bad: ['True', 'KubeletHasDiskPressure', 'kubelet has disk pressure'],
  },
  PIDPressure: {
    good: ['False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    bad: ['True', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
  },
  Ready: {
    good: ['True', 'KubeletReady', 'kubelet is posting ready status'],
    bad: ['False', 'KubeletNotReady', 'container runtime is down'],
  },
};

/** A node as its kubelet reports it. */
export function node(input: NodeInput): KubeObject {
  const { name, at, cpu = '4', memory = '16Gi', bad = [], roles = [], badSince = at } = input;
  const pods = String(input.pods ?? 110);
  const capacity = { cpu, 'ephemeral-storage': '101430960Ki', memory, pods };
  const taints = [
    ...(input.taints ?? []),
    ...(bad.includes('Ready') ? [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule', timeAdded: rfc3339(badSince) }] : []),
    ...(input.unschedulable ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: rfc3339(badSince) }] : []),
  ];
  const conditions = Object.entries(nodeConditions).map(([type, texts]) => {
    const [status, reason, message] = bad.includes(type) ? texts.bad : texts.good;
    const since = rfc3339(bad.includes(type) ? badSince : at);
    return { type, status, lastHeartbeatTime: since, lastTransitionTime: since, reason, message };
  });
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: stableUid('nodes', name),
      creationTimestamp: rfc3339(at),
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, ''])),
        ...input.labels,
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      podCIDR: '10.244.0.0/24',
      providerID: `agentops-lab://${name}`,
      ...(taints.length > 0 ? { taints } : {}),
      ...(input.unschedulable ? { unschedulable: true } : {}),
    },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [...conditions, ...(input.conditions ?? [])],
      addresses: [
        { type: 'InternalIP', address: nodeAddress(name) },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: stableUid('machine', name).replaceAll('-', ''),
        systemUUID: stableUid('system', name),
        bootID: stableUid('boot', name),
        kernelVersion: '6.12.0-lab',
        osImage: 'agentops lab (no operating system)',
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: 'v1.36.3+agentops-lab',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  };
}

export function namespace(name: string, at: number, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      uid: stableUid('namespaces', name),
      creationTimestamp: rfc3339(at),
      labels: { 'kubernetes.io/metadata.name': name, ...labels },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

export interface SecretInput {
  readonly namespace: string;
  readonly name: string;
  /** Created at, milliseconds. */
  readonly at: number;
  /** `Opaque` unless given. */
  readonly type?: string;
  /** Plain values by key; they are stored in base64. */
  readonly values?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Who wrote what and when; `stripped` leaves managedFields out. One entry of kubectl that owns the data at creation unless given. */
  readonly managers?: readonly SecretManager[] | 'stripped';
}

export interface SecretManager {
  readonly manager: string;
  readonly at: number;
  /** It owns the data; otherwise labels or annotations only. */
  readonly data: boolean;
  readonly operation?: ManagedFields['operation'];
}

export function secret(input: SecretInput): KubeObject {
  const { namespace: space, name, at, type = 'Opaque', values = { token: 'lab-value' } } = input;
  const managers = input.managers ?? [{ manager: 'kubectl-create', at, data: true }];
  const dataFields = { 'f:data': { '.': {}, ...Object.fromEntries(Object.keys(values).map((key) => [`f:${key}`, {}])) }, 'f:type': {} };
  const managedFields = (managers === 'stripped' ? [] : managers).map(
    (entry): ManagedFields => ({
      manager: entry.manager,
      operation: entry.operation ?? 'Update',
      apiVersion: 'v1',
      time: rfc3339(entry.at),
      fieldsType: 'FieldsV1',
      fieldsV1: entry.data ? dataFields : { 'f:metadata': { 'f:labels': { '.': {} } } },
    }),
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: space,
      uid: stableUid('secrets', space, name),
      creationTimestamp: rfc3339(at),
      ...(input.labels ? { labels: input.labels } : {}),
      ...(input.annotations ? { annotations: input.annotations } : {}),
      ...(managedFields.length > 0 ? { managedFields } : {}),
    },
    data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    type,
  };
}

export interface QuotaInput {
  readonly namespace: string;
  readonly name: string;
  readonly at: number;
  readonly hard: Readonly<Record<string, string>>;
  readonly used: Readonly<Record<string, string>>;
}

export function quota({ namespace: space, name, at, hard, used }: QuotaInput): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name, namespace: space, uid: stableUid('resourcequotas', space, name), creationTimestamp: rfc3339(at) },
    spec: { hard },
    status: { hard, used },
  };
}

export interface EventInput {
  /** The object that the event is about. */
  readonly about: KubeObject;
  readonly type?: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  /** First and last time, milliseconds; the first is the last unless given. */
  readonly firstAt?: number;
  readonly lastAt: number;
  /** `kubelet` unless given. */
  readonly component?: string;
  readonly host?: string;
  /** A container of the pod. */
  readonly container?: string;
  /** In the form of events.k8s.io: eventTime and a series instead of timestamps and a count. */
  readonly series?: boolean;
}

/** An event, in the older form unless `series` is set. */
export function event(input: EventInput): KubeObject {
  const { about, type = 'Warning', reason, message, count = 1, lastAt, firstAt = lastAt, component = 'kubelet', host } = input;
  const { namespace: space = 'default', name, uid } = about.metadata;
  const eventName = `${name}.${stableSuffix(16, about.kind, space, name, reason, message)}`;
  const times = input.series
    ? {
        firstTimestamp: null,
        lastTimestamp: null,
        eventTime: microTime(firstAt),
        ...(count > 1 ? { series: { count, lastObservedTime: microTime(lastAt) } } : {}),
        source: {},
        reportingComponent: component,
        reportingInstance: host ?? component,
        action: reason,
      }
    : {
        firstTimestamp: rfc3339(firstAt),
        lastTimestamp: rfc3339(lastAt),
        count,
        eventTime: null,
        source: { component, ...(host === undefined ? {} : { host }) },
        reportingComponent: component,
        reportingInstance: host ?? '',
      };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace: space, uid: stableUid('events', space, eventName), creationTimestamp: rfc3339(firstAt) },
    involvedObject: {
      kind: about.kind,
      ...(about.metadata.namespace ? { namespace: space } : {}),
      name,
      // A node's events carry its name for a uid: the kubelet does not know the other.
      uid: about.kind === 'Node' ? name : uid,
      apiVersion: about.apiVersion,
      ...(input.container ? { fieldPath: `spec.containers{${input.container}}` } : {}),
    },
    reason,
    message,
    type,
    ...times,
  };
}
