import { badRequest, notAcceptable } from './status.ts';

/** How the client wants an answer shaped. */
export type Representation =
  | { readonly as: 'object' }
  | { readonly as: 'PartialObjectMetadata' }
  | { readonly as: 'PartialObjectMetadataList' }
  | { readonly as: 'Table' }
  | { readonly as: 'discovery'; readonly version: string };

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parse(accept: string): Clause[] {
  return accept
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
    .map((clause) => {
      const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
      const parameters = new Map(rest.map((part) => [part.split('=')[0] ?? '', part.split('=').slice(1).join('=')] as const));
      return { type: type.toLowerCase(), parameters, weight: Number(parameters.get('q') ?? 1) };
    })
    .sort((a, b) => b.weight - a.weight);
}

const json = new Set(['application/json', '*/*', 'application/*']);

/**
 * Chooses the first clause of the Accept header that this server speaks. It
 * speaks JSON alone; a client that names only protobuf is answered in JSON, as
 * by a server without protobuf that prefers an answer to a 406.
 */
export function negotiate(accept: string | undefined): Representation {
  const clauses = parse(accept ?? '');
  if (clauses.length === 0) return { as: 'object' };
  let refused: 'as' | 'type' = 'type';
  for (const { type, parameters } of clauses) {
    if (!json.has(type)) continue;
    const as = parameters.get('as');
    if (as === undefined) return { as: 'object' };
    const group = parameters.get('g');
    if (group === 'meta.k8s.io' && parameters.get('v') === 'v1') {
      if (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { as };
    }
    if (group === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && parameters.get('v') === 'v2')
      return { as: 'discovery', version: 'v2' };
    refused = 'as';
  }
  if (clauses.some(({ type, parameters }) => type === 'application/vnd.kubernetes.protobuf' && !parameters.has('as')))
    return { as: 'object' };
  if (refused === 'as') throw notAcceptable('only the following media types are accepted: application/json');
  throw notAcceptable('406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch', {});
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** `includeObject` of a Table. */
export function includeObject(value: string | null): IncludeObject {
  if (value === null || value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: "${value}": must be 'Metadata', 'Object', 'None', or empty`,
  );
}
