/** A kind of object as the API serves it. */
export interface Kind {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const kinds = {
  Secret: { kind: 'Secret', group: '', version: 'v1', plural: 'secrets' },
  Pod: { kind: 'Pod', group: '', version: 'v1', plural: 'pods' },
  Deployment: { kind: 'Deployment', group: 'apps', version: 'v1', plural: 'deployments' },
  ReplicaSet: { kind: 'ReplicaSet', group: 'apps', version: 'v1', plural: 'replicasets' },
  StatefulSet: { kind: 'StatefulSet', group: 'apps', version: 'v1', plural: 'statefulsets' },
  DaemonSet: { kind: 'DaemonSet', group: 'apps', version: 'v1', plural: 'daemonsets' },
  Rollout: { kind: 'Rollout', group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts' },
  CronJob: { kind: 'CronJob', group: 'batch', version: 'v1', plural: 'cronjobs' },
  Job: { kind: 'Job', group: 'batch', version: 'v1', plural: 'jobs' },
  Lease: { kind: 'Lease', group: 'coordination.k8s.io', version: 'v1', plural: 'leases' },
} as const satisfies Readonly<Record<string, Kind>>;

/** Kinds whose pods can be made to take up a value. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout';

/** Undefined: not one of them, such as what a newer agentops may have recorded. */
export function workloadKind(name: string): WorkloadKind | undefined {
  return name === 'Deployment' || name === 'StatefulSet' || name === 'DaemonSet' || name === 'Rollout' ? name : undefined;
}

/** Where an object is. */
export interface ObjectPath {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

export function apiVersionOf(kind: Kind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** URL path of a kind's objects in a namespace. */
export function collectionPath(kind: Kind, namespace: string): string {
  return `/${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}`;
}

/** `Deployment agents/code-gen`: how people are told of an object. */
export function labelOf({ kind, namespace, name }: ObjectPath): string {
  return `${kind.kind} ${namespace}/${name}`;
}
