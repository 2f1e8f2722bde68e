import type { Dict } from './types.ts';

/** A column that `kubectl get` prints for a custom resource. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  /** 0 always shown, 1 with `-o wide`. */
  readonly priority?: number;
  readonly cell: (object: Dict) => unknown;
}

/** A resource that the API serves. */
export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  /** A custom resource: its lists repeat kind and apiVersion in every item. */
  readonly custom: boolean;
  /** Objects live under this key; two groups may show the same objects (core and events.k8s.io events). */
  readonly storage: string;
  readonly columns?: readonly PrinterColumn[];
}

/** What {@link ResourceRegistry.add} needs for a custom resource. */
export interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly columns?: readonly PrinterColumn[];
}

const everyVerb = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const readOnly = ['get', 'list'];
const createOnly = ['create'];

/** `plural kind scope [shortNames] [categories] [subresources]`, in the order of kube-apiserver 1.36's own discovery. */
const builtin: Readonly<Record<string, readonly string[]>> = {
  v1: [
    'configmaps ConfigMap ns cm - -',
    'endpoints Endpoints ns ep - -',
    'events Event ns ev - -',
    'limitranges LimitRange ns limits - -',
    'namespaces Namespace cluster ns - finalize,status',
    'nodes Node cluster no - status',
    'persistentvolumeclaims PersistentVolumeClaim ns pvc - status',
    'pods Pod ns po all eviction,log,status',
    'replicationcontrollers ReplicationController ns rc all scale,status',
    'resourcequotas ResourceQuota ns quota - status',
    'secrets Secret ns - - -',
    'serviceaccounts ServiceAccount ns sa - -',
    'services Service ns svc all status',
  ],
  'apiregistration.k8s.io/v1': ['apiservices APIService cluster - api-extensions status'],
  'apps/v1': [
    'controllerrevisions ControllerRevision ns - - -',
    'daemonsets DaemonSet ns ds all status',
    'deployments Deployment ns deploy all scale,status',
    'replicasets ReplicaSet ns rs all scale,status',
    'statefulsets StatefulSet ns sts all scale,status',
  ],
  'events.k8s.io/v1': ['events Event ns ev - -'],
  'authorization.k8s.io/v1': [
    'selfsubjectaccessreviews SelfSubjectAccessReview cluster - - - create',
    'selfsubjectrulesreviews SelfSubjectRulesReview cluster - - - create',
  ],
  'authentication.k8s.io/v1': ['selfsubjectreviews SelfSubjectReview cluster - - - create'],
  'autoscaling/v2': ['horizontalpodautoscalers HorizontalPodAutoscaler ns hpa all status'],
  'batch/v1': ['cronjobs CronJob ns cj all status', 'jobs Job ns - all status'],
  'networking.k8s.io/v1': ['ingresses Ingress ns ing - status', 'networkpolicies NetworkPolicy ns netpol - -'],
  'policy/v1': ['poddisruptionbudgets PodDisruptionBudget ns pdb - status'],
  'rbac.authorization.k8s.io/v1': [
    'clusterrolebindings ClusterRoleBinding cluster - - -',
    'clusterroles ClusterRole cluster - - -',
    'rolebindings RoleBinding ns - - -',
    'roles Role ns - - -',
  ],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions CustomResourceDefinition cluster crd,crds api-extensions status'],
  'coordination.k8s.io/v1': ['leases Lease ns - - -'],
  'discovery.k8s.io/v1': ['endpointslices EndpointSlice ns - - -'],
  'metrics.k8s.io/v1beta1': ['nodes NodeMetrics cluster - - - read', 'pods PodMetrics ns - - - read'],
};

const listOf = (field: string | undefined) => (field === undefined || field === '-' ? [] : field.split(','));

function parseBuiltin(groupVersion: string, line: string): ApiResource {
  const [plural = '', kind = '', scope, shortNames, categories, subresources, verbs] = line.split(' ');
  const [group, version] = groupVersion.includes('/') ? (groupVersion.split('/') as [string, string]) : ['', groupVersion];
  return {
    group,
    version,
    plural,
    kind,
    // A Kind's lower case is its singular; metrics.k8s.io leaves it empty, and kubectl relies on that.
    singular: group === 'metrics.k8s.io' ? '' : kind.toLowerCase(),
    namespaced: scope === 'ns',
    shortNames: listOf(shortNames),
    categories: listOf(categories),
    subresources: listOf(subresources),
    verbs: verbs === 'create' ? createOnly : verbs === 'read' ? readOnly : everyVerb,
    custom: false,
    storage: group === 'events.k8s.io' ? 'events' : storageKey(group, plural),
  };
}

function storageKey(group: string, plural: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export const groupVersionOf = (resource: { group: string; version: string }) =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;

/** The resources that this server knows, in discovery order. */
export class ResourceRegistry {
  readonly #byPath = new Map<string, ApiResource>();
  readonly #byKind = new Map<string, ApiResource>();

  constructor() {
    for (const [groupVersion, lines] of Object.entries(builtin)) {
      for (const line of lines) this.#insert(parseBuiltin(groupVersion, line));
    }
  }

  #insert(resource: ApiResource): void {
    this.#byPath.set(`${groupVersionOf(resource)}/${resource.plural}`, resource);
    this.#byKind.set(`${groupVersionOf(resource)}/${resource.kind}`, resource);
  }

  /** Adds a custom resource; adding it again replaces it. */
  add(custom: CustomResource): ApiResource {
    const resource: ApiResource = {
      singular: custom.kind.toLowerCase(),
      shortNames: [],
      categories: [],
      ...custom,
      verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
      subresources: ['status'],
      custom: true,
      storage: storageKey(custom.group, custom.plural),
    };
    this.#insert(resource);
    return resource;
  }

  find(group: string, version: string, plural: string): ApiResource | undefined {
    return this.#byPath.get(`${groupVersionOf({ group, version })}/${plural}`);
  }

  /** The resource of an object, by its apiVersion and kind. */
  forKind(apiVersion: string, kind: string): ApiResource | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  all(): ApiResource[] {
    return [...this.#byPath.values()];
  }

  /** One of Kubernetes' own groups. */
  isBuiltIn(group: string): boolean {
    return this.all().some((resource) => resource.group === group && !resource.custom);
  }

  hasVersion(group: string, version: string): boolean {
    return this.all().some((resource) => resource.group === group && resource.version === version);
  }

  /** Named groups with their versions, the core group left out. */
  groups(): { name: string; versions: string[] }[] {
    const versions = new Map<string, Set<string>>();
    for (const { group, version } of this.all()) {
      if (group !== '') versions.set(group, (versions.get(group) ?? new Set()).add(version));
    }
    return [...versions].map(([name, set]) => ({ name, versions: [...set] }));
  }

  inVersion(group: string, version: string): ApiResource[] {
    return this.all().filter((resource) => resource.group === group && resource.version === version);
  }
}
