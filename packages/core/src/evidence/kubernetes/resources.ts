import type { EvidenceKey } from '../../model/evidence-map.ts';

export type KubernetesKey = Extract<EvidenceKey, `kubernetes.${string}`>;

/** One list that a piece of evidence is read from. */
export interface Resource {
  /** API group; empty for the core group. */
  readonly group: string;
  /** Served versions that we read, best first. */
  readonly versions: readonly string[];
  /** Plural name, as in the URL and in RBAC rules. */
  readonly name: string;
  readonly namespaced: boolean;
  /** Read besides the configured namespaces: what holds for the whole mesh lives there. */
  readonly alsoIn?: string;
}

function core(name: string, namespaced = true): Resource {
  return { group: '', versions: ['v1'], name, namespaced };
}

function grouped(group: string, name: string, versions: readonly string[] = ['v1'], namespaced = true): Resource {
  return { group, versions, name, namespaced };
}

/** Istio's default root namespace: policies there hold in every namespace. */
export const istioRootNamespace = 'istio-system';

const istioVersions = ['v1', 'v1beta1'];
function istio(group: string, name: string): Resource {
  return { ...grouped(group, name, istioVersions), alsoIn: istioRootNamespace };
}

/**
 * What each piece of evidence lists: the one table that the gatherer and
 * `agentops rbac` share. `/version` and `/apis` need no entry: every
 * authenticated user may read them (ClusterRoles system:public-info-viewer and
 * system:discovery).
 */
export const resources = {
  'kubernetes.cluster': [],
  'kubernetes.namespaces': [core('namespaces', false)],
  'kubernetes.nodes': [core('nodes', false)],
  'kubernetes.pods': [core('pods')],
  'kubernetes.events': [core('events')],
  'kubernetes.deployments': [grouped('apps', 'deployments')],
  'kubernetes.statefulsets': [grouped('apps', 'statefulsets')],
  'kubernetes.daemonsets': [grouped('apps', 'daemonsets')],
  'kubernetes.jobs': [grouped('batch', 'jobs')],
  'kubernetes.autoscalers': [grouped('autoscaling', 'horizontalpodautoscalers', ['v2'])],
  'kubernetes.quotas': [core('resourcequotas')],
  'kubernetes.services': [core('services')],
  'kubernetes.endpointslices': [grouped('discovery.k8s.io', 'endpointslices')],
  'kubernetes.networkpolicies': [grouped('networking.k8s.io', 'networkpolicies')],
  'kubernetes.foreignpolicies': [
    grouped('cilium.io', 'ciliumnetworkpolicies', ['v2']),
    grouped('cilium.io', 'ciliumclusterwidenetworkpolicies', ['v2'], false),
    grouped('crd.projectcalico.org', 'networkpolicies'),
    grouped('crd.projectcalico.org', 'globalnetworkpolicies', ['v1'], false),
    grouped('projectcalico.org', 'networkpolicies', ['v3']),
    grouped('projectcalico.org', 'globalnetworkpolicies', ['v3'], false),
    grouped('policy.networking.k8s.io', 'adminnetworkpolicies', ['v1alpha1'], false),
    grouped('policy.networking.k8s.io', 'baselineadminnetworkpolicies', ['v1alpha1'], false),
    grouped('policy.networking.k8s.io', 'clusternetworkpolicies', ['v1alpha2'], false),
  ],
  'kubernetes.istio': [
    istio('security.istio.io', 'peerauthentications'),
    istio('security.istio.io', 'authorizationpolicies'),
    istio('networking.istio.io', 'destinationrules'),
  ],
  'kubernetes.secrets': [core('secrets')],
  'kubernetes.certificates': [grouped('cert-manager.io', 'certificates')],
  'kubernetes.podusage': [grouped('metrics.k8s.io', 'pods', ['v1beta1'])],
  'kubernetes.nodeusage': [grouped('metrics.k8s.io', 'nodes', ['v1beta1'], false)],
} as const satisfies { readonly [K in KubernetesKey]: readonly Resource[] };

/** Every key that exists once a Kubernetes context. */
export const kubernetesKeys = Object.keys(resources) as readonly KubernetesKey[];

/** `pods`, `deployments.apps`: as kubectl names a resource. */
export function resourceName(resource: Pick<Resource, 'group' | 'name'>): string {
  return resource.group === '' ? resource.name : `${resource.name}.${resource.group}`;
}

/** URL path of a list. */
export function listPath(resource: Resource, version: string, namespace?: string): string {
  const root = resource.group === '' ? `/api/${version}` : `/apis/${resource.group}/${version}`;
  return namespace === undefined ? `${root}/${resource.name}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.name}`;
}
