import { type ApiResource, groupVersionOf, type ResourceRegistry } from './resources.ts';
import type { Dict } from './types.ts';

/** `/openapi/v3`: where the documents of the versions are. */
export function openapiIndex(registry: ResourceRegistry): Dict {
  const paths = new Set(registry.all().map(documentPath));
  return { paths: Object.fromEntries([...paths].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

const documentPath = ({ group, version }: { group: string; version: string }) =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
}));

/**
 * The document of one version: paths and the parameters of a patch, which is
 * what kubectl looks for before it writes. No schemas: the lab has no types.
 */
export function openapiDocument(registry: ResourceRegistry, path: string): Dict | undefined {
  const resources = registry.all().filter((resource) => documentPath(resource) === path);
  if (resources.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes (agentops lab)', version: 'v1.36.3+agentops-lab' },
    paths: Object.fromEntries(resources.flatMap((resource) => [[objectPath(resource), operations(resource)]])),
    components: { schemas: {} },
  };
}

const objectPath = (resource: ApiResource) =>
  `/${documentPath(resource)}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}/{name}`;

function operations(resource: ApiResource): Dict {
  const operation = (action: string) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: resource.group, version: resource.version, kind: resource.kind },
    description: `${action} of ${resource.kind} in ${groupVersionOf(resource)}`,
    responses: { 200: { description: 'OK' } },
  });
  return {
    get: operation('get'),
    ...(resource.verbs.includes('patch') ? { patch: { ...operation('patch'), parameters }, put: { ...operation('put'), parameters } } : {}),
  };
}
