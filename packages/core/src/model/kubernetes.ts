/**
 * Kubernetes objects reduced to what the checks read. A page of a list is
 * reduced as it arrives, so 5,000 pods cost a few MB and not 300. Times are
 * milliseconds since the epoch, CPU is cores, memory bytes.
 */

export interface ObjectRef {
  readonly kind: string;
  readonly name: string;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Last transition, ms; 0 where the server gave none. */
  readonly since: number;
}

export interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

export interface Quantities {
  /** Cores. */
  readonly cpu?: number;
  /** Bytes. */
  readonly memory?: number;
}

export interface Node {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unschedulable: boolean;
  readonly conditions: readonly Condition[];
  readonly allocatable: Quantities & { readonly pods?: number };
  readonly createdAt: number;
}

export interface Terminated {
  readonly reason: string;
  readonly exitCode: number;
  readonly signal?: number;
  readonly startedAt: number;
  readonly finishedAt: number;
}

export interface Container {
  readonly name: string;
  /** `sidecar`: an init container with `restartPolicy: Always`. */
  readonly role: 'main' | 'init' | 'sidecar';
  readonly image: string;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
  readonly requests: Quantities;
  readonly limits: Quantities;
  readonly probes: { readonly liveness: boolean; readonly readiness: boolean; readonly startup: boolean };
  /** Effective values: the container's own, else the pod's; absent where neither says. */
  readonly runAsUser?: number;
  readonly runAsNonRoot?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly privileged?: boolean;
  /** Status part; absent before the kubelet reported. */
  readonly status?: {
    readonly ready: boolean;
    /** The startup probe, if any, has passed; absent where the kubelet does not say. */
    readonly started?: boolean;
    readonly restarts: number;
    readonly waiting?: { readonly reason: string; readonly message: string };
    readonly runningSince?: number;
    readonly terminated?: Terminated;
    readonly lastTerminated?: Terminated;
  };
}

export interface Pod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The controlling owner as the API names it (ReplicaSet, Job, StatefulSet, Node…). */
  readonly owner?: ObjectRef;
  /** What a person would name: the Deployment behind the ReplicaSet (by pod-template-hash), the CronJob behind the Job; the pod itself where none. */
  readonly workload: ObjectRef;
  readonly node?: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** `Evicted`, `Preempting`, `NodeLost`…; empty mostly. */
  readonly reason: string;
  readonly message: string;
  readonly hostNetwork: boolean;
  readonly createdAt: number;
  readonly deletedAt?: number;
  readonly conditions: readonly Condition[];
  readonly containers: readonly Container[];
  /** Names of Secrets that the pod mounts or takes into its environment. */
  readonly secrets: readonly string[];
  /** Pod-level requests and limits (Kubernetes 1.34+), which its containers share; absent where it has none. */
  readonly resources?: { readonly requests: Quantities; readonly limits: Quantities };
}

/** A warning (or worse) event; time as kubernetes-semantics has it. */
export interface ClusterEvent {
  readonly namespace: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly object: ObjectRef & { readonly namespace?: string; readonly uid?: string };
  readonly count: number;
  /** `series.lastObservedTime`, else `eventTime`, else `lastTimestamp`. */
  readonly lastAt: number;
}

export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** matchLabels of the selector (matchExpressions are rare in workloads and left out). */
  readonly selector: Readonly<Record<string, string>>;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Desired pods: `spec.replicas` (absent means 1), for a DaemonSet `desiredNumberScheduled`. */
  readonly desired: number;
  readonly ready: number;
  readonly available: number;
  readonly updated: number;
  readonly paused: boolean;
  readonly conditions: readonly Condition[];
  readonly createdAt: number;
}

export interface Job {
  readonly namespace: string;
  readonly name: string;
  readonly owner?: ObjectRef;
  readonly active: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly conditions: readonly Condition[];
  readonly createdAt: number;
}

export interface Autoscaler {
  readonly namespace: string;
  readonly name: string;
  readonly target: ObjectRef;
  readonly min: number;
  readonly max: number;
  readonly current: number;
  readonly desired: number;
  readonly conditions: readonly Condition[];
}

export interface Quota {
  readonly namespace: string;
  readonly name: string;
  /** Per resource (`requests.cpu`, `pods`…): plain numbers in the resource's base unit. */
  readonly hard: Readonly<Record<string, number>>;
  readonly used: Readonly<Record<string, number>>;
}

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** Absent or empty: endpoints are managed by hand or it is an ExternalName. */
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
}

export interface EndpointSlice {
  readonly namespace: string;
  readonly service: string;
  readonly ready: number;
  readonly notReady: number;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface PolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except: readonly string[] };
}

export interface PolicyPort {
  readonly protocol: string;
  /** A number, or the name of a container port, or absent: all ports. */
  readonly port?: number | string;
  readonly endPort?: number;
}

export interface PolicyRule {
  /** Undefined or empty: any peer. */
  readonly peers?: readonly PolicyPeer[];
  /** Undefined or empty: any port. */
  readonly ports?: readonly PolicyPort[];
}

export interface NetworkPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: LabelSelector;
  /** As the API holds it, defaults not applied: undefined where omitted. */
  readonly policyTypes?: readonly ('Ingress' | 'Egress')[];
  /** Undefined: the field is not there; an empty list allows nothing. */
  readonly ingress?: readonly PolicyRule[];
  readonly egress?: readonly PolicyRule[];
}

/** Objects of other policy engines (Cilium, Calico, AdminNetworkPolicy…) found in the cluster. */
export interface ForeignPolicies {
  readonly kind: string;
  readonly group: string;
  /** At least this many exist (a first page is enough to know). */
  readonly count: number;
  /** Namespaces that hold some; empty for cluster-wide kinds. */
  readonly namespaces: readonly string[];
  /** True where only a first page was read: further namespaces may hold some. */
  readonly partial?: boolean;
}

export interface IstioConfig {
  readonly peerAuthentications: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly mode: string;
    readonly selector: Readonly<Record<string, string>>;
    readonly portModes: Readonly<Record<string, string>>;
  }[];
  readonly authorizationPolicies: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly action: string;
    readonly selector: Readonly<Record<string, string>>;
    /** Number of rules; -1 where `rules` is absent (which matches nothing). */
    readonly rules: number;
    /** A rule without from, to and when: it matches every request. */
    readonly matchesAll: boolean;
    /** Set where `targetRef(s)` bind it to gateways or waypoints (`Gateway/ingress`) instead of the selector's workloads. */
    readonly targets?: readonly string[];
  }[];
  readonly destinationRules: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly host: string;
    /** Every `tls.mode` set in it: policy, ports, subsets. */
    readonly tlsModes: readonly string[];
  }[];
}

/** Metadata only: no value of a Secret ever reaches this process. */
export interface SecretMeta {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** Times of managedFields entries that own something under `f:data` or `f:stringData`. */
  readonly dataManagers: readonly { readonly manager: string; readonly at: number }[];
  /** False where managedFields were stripped. */
  readonly hasManagedFields: boolean;
}

/** cert-manager's Certificate: the expiry of a TLS secret without reading it. */
export interface Certificate {
  readonly namespace: string;
  readonly name: string;
  readonly secretName: string;
  readonly notAfter?: number;
  readonly ready: boolean;
  readonly message: string;
}

export interface PodUsage {
  readonly namespace: string;
  readonly name: string;
  readonly containers: readonly { readonly name: string; readonly cpu: number; readonly memory: number }[];
}

export interface NodeUsage {
  readonly name: string;
  readonly cpu: number;
  readonly memory: number;
}

export interface ClusterInfo {
  /** As users name it: the kubeconfig context, or `in-cluster`. */
  readonly context: string;
  /** Host and port, never with credentials. */
  readonly server: string;
  readonly version: string;
  readonly latencyMs: number;
}
