import { type ApiResource, groupVersionOf, type ResourceRegistry } from './resources.ts';
import type { Dict } from './types.ts';

/** Groups that answer through an aggregated server, and whether that is up. */
export interface Aggregated {
  isUnavailable(group: string): boolean;
}

/** The lab's own version: Kubernetes' number, and the word that says it is a lab. */
export const labVersion = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3+agentops-lab',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'agentops/lab',
};

const groupKinds = (name: string, versions: readonly string[]): Dict => ({
  name,
  versions: versions.map((version) => ({ groupVersion: `${name}/${version}`, version })),
  preferredVersion: { groupVersion: `${name}/${versions[0]}`, version: versions[0] },
});

export const apiVersions = (address: string): Dict => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

export const apiGroupList = (registry: ResourceRegistry): Dict => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: registry.groups().map(({ name, versions }) => groupKinds(name, versions)),
});

/** `/apis/GROUP`; undefined for a group that is not served. */
export function apiGroup(registry: ResourceRegistry, name: string): Dict | undefined {
  const group = registry.groups().find((candidate) => candidate.name === name);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupKinds(group.name, group.versions) };
}

const subresourceVerbs = (name: string) =>
  name === 'eviction' ? ['create'] : name === 'log' ? ['get'] : name === 'finalize' ? ['update'] : ['get', 'patch', 'update'];

const subresourceKind = (resource: ApiResource, name: string): { group?: string; version?: string; kind: string } => {
  if (name === 'scale') return { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  if (name === 'eviction') return { group: 'policy', version: 'v1', kind: 'Eviction' };
  return { kind: resource.kind };
};

function apiResource(resource: ApiResource): Dict[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    },
    ...resource.subresources.map((name) => ({
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      ...subresourceKind(resource, name),
      verbs: subresourceVerbs(name),
    })),
  ];
}

/** `/api/v1` and `/apis/GROUP/VERSION`. */
export const apiResourceList = (registry: ResourceRegistry, group: string, version: string): Dict => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: groupVersionOf({ group, version }),
  resources: registry.inVersion(group, version).flatMap(apiResource),
});

function discovered(resource: ApiResource): Dict {
  const { group, version, kind, namespaced, singular, shortNames, categories, verbs, plural, subresources } = resource;
  const responseKind = (of: { group?: string; version?: string; kind: string }) => ({
    group: of.group ?? '',
    version: of.version ?? '',
    kind: of.kind,
  });
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0
      ? {
          subresources: subresources.map((name) => ({
            subresource: name,
            responseKind: responseKind({ group, version, ...subresourceKind(resource, name) }),
            verbs: subresourceVerbs(name),
          })),
        }
      : {}),
  };
}

/** Aggregated discovery (apidiscovery.k8s.io/v2) of `/api` or `/apis`: everything in one answer. */
export function aggregatedDiscovery(registry: ResourceRegistry, core: boolean, aggregated: Aggregated): Dict {
  const groups = core ? [{ name: '', versions: ['v1'] }] : registry.groups();
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((version) =>
        aggregated.isUnavailable(name)
          ? { version, freshness: 'Stale' }
          : { version, resources: registry.inVersion(name, version).map(discovered), freshness: 'Current' },
      ),
    })),
  };
}
