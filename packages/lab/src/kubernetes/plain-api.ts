import { type Aggregated, aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions, labVersion } from './discovery.ts';
import type { Answer, Exchange } from './exchange.ts';
import { negotiate } from './negotiate.ts';
import { openapiDocument, openapiIndex } from './openapi.ts';
import type { ResourceRegistry } from './resources.ts';

export const pageNotFound: Answer = { code: 404, text: '404 page not found\n' };

/** What the aggregator says while the server behind an API group is away. */
export const backendMissing: Answer = { code: 503, text: 'service unavailable\n' };

const health = new Set(['/healthz', '/livez', '/readyz']);

/** GET of a path that names no resource: discovery, version, health, OpenAPI. */
export function answerPlain(registry: ResourceRegistry, aggregated: Aggregated, exchange: Exchange, path: string): Answer {
  const shape = negotiate(exchange.header('accept'));
  if (health.has(path)) return { code: 200, text: 'ok' };
  if (path === '/version') return { code: 200, json: labVersion };
  if (path === '/openapi/v3') return { code: 200, json: openapiIndex(registry) };
  if (path.startsWith('/openapi/v3/')) {
    const document = openapiDocument(registry, path.slice('/openapi/v3/'.length));
    return document ? { code: 200, json: document } : pageNotFound;
  }
  if (path === '/api' || path === '/apis') {
    if (shape.as === 'discovery') {
      const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      return { code: 200, json: aggregatedDiscovery(registry, path === '/api', aggregated), contentType };
    }
    return { code: 200, json: path === '/api' ? apiVersions(exchange.header('host') ?? '') : apiGroupList(registry) };
  }
  return groupPath(registry, aggregated, path);
}

/** `/api/VERSION`, `/apis/GROUP`, `/apis/GROUP/VERSION`. */
function groupPath(registry: ResourceRegistry, aggregated: Aggregated, path: string): Answer {
  const [, root, ...rest] = path.split('/');
  const [group = '', version] = root === 'api' ? ['', ...rest] : rest;
  if ((root !== 'api' && root !== 'apis') || rest.length > 2) return pageNotFound;
  if (version === undefined) {
    const found = apiGroup(registry, group);
    return found ? { code: 200, json: found } : pageNotFound;
  }
  if (!registry.hasVersion(group, version)) return pageNotFound;
  if (aggregated.isUnavailable(group)) return backendMissing;
  return { code: 200, json: apiResourceList(registry, group, version) };
}
