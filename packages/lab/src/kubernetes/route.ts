/** What a path under /api or /apis asks for (k8s.io/apiserver's RequestInfo). */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
}

/** Parses `/api/v1/…` and `/apis/GROUP/VERSION/…`; undefined for every other path. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  if (parts.at(-1) === '') parts.pop();
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const [group = '', version = ''] = core ? ['', parts[1]] : parts.slice(1, 3);
  const rest = parts.slice(core ? 2 : 3);
  if (rest.length === 0) return undefined;
  if (rest[0] === 'namespaces') {
    const [, namespace = '', plural, name = '', ...subresource] = rest;
    // /namespaces/NAME and its subresources are about the namespace itself.
    if (plural === undefined || ((plural === 'status' || plural === 'finalize') && name === '')) {
      return { group, version, namespace, plural: 'namespaces', name: namespace, subresource: plural ?? '' };
    }
    return { group, version, namespace, plural, name, subresource: subresource.join('/') };
  }
  const [plural = '', name = '', ...subresource] = rest;
  return { group, version, namespace: '', plural, name, subresource: subresource.join('/') };
}

const watching = (query: URLSearchParams) => query.has('watch') && query.get('watch') !== 'false' && query.get('watch') !== '0';

/** The RBAC verb of a request; undefined for a method that the API has no verb for. */
export function verbOf(method: string, path: ResourcePath, query: URLSearchParams): string | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (path.name !== '' && !(path.plural === 'namespaces' && path.name === '')) return 'get';
      return watching(query) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return path.name === '' ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

/** A list with `metadata.name=x` is authorised as one about x. */
export function selectedName(query: URLSearchParams): string {
  const selector = query.get('fieldSelector') ?? '';
  const names = selector.split(',').flatMap((term) => /^metadata\.name==?(.+)$/.exec(term)?.[1] ?? []);
  return names[0] ?? '';
}
