import type { MissingPermission, Unavailable } from '../../model/evidence.ts';
import { available, type Evidence } from '../../model/evidence.ts';
import type { GatherContext } from '../context.ts';
import { type Failure, unavailableFrom } from '../failure.ts';
import { type ListRequest, list } from './list.ts';
import { type Raw, raw, text } from './raw.ts';
import { get, type Session } from './request.ts';
import { listPath, type Resource, resourceName } from './resources.ts';

/** A session with what the configuration says about namespaces. */
export interface Reader {
  readonly session: Session;
  readonly context: GatherContext;
  /** Empty: all, by cluster-wide lists. Else one list a namespace, which a namespace's own Role allows. */
  readonly namespaces: readonly string[];
  /** Left out of everything namespaced, where `namespaces` is empty. */
  readonly excluded: ReadonlySet<string>;
  /** Whether a configured namespace is there; undefined where that could not be seen. Asked once a namespace. */
  exists(namespace: string): Promise<boolean | undefined>;
}

export function createReader(
  session: Session,
  context: GatherContext,
  scope: { readonly namespaces: readonly string[]; readonly excludeNamespaces: readonly string[] },
): Reader {
  const asked = new Map<string, Promise<boolean | undefined>>();
  return {
    session,
    context,
    namespaces: [...new Set(scope.namespaces)],
    excluded: new Set(scope.excludeNamespaces),
    exists(namespace) {
      const known = asked.get(namespace) ?? exists(session, namespace, context);
      asked.set(namespace, known);
      return known;
    },
  };
}

async function exists(session: Session, namespace: string, context: GatherContext): Promise<boolean | undefined> {
  const result = await get(session, `/api/v1/namespaces/${encodeURIComponent(namespace)}`, {}, context);
  if (result.ok) return true;
  return result.answer?.status === 404 ? false : undefined;
}

export interface ReadOptions<T> extends Omit<ListRequest<T>, 'path' | 'reduce'> {
  readonly reduce: (item: Raw) => T | undefined;
  /** The object whose metadata say the namespace, where a list wraps its objects. */
  readonly objectOf?: (item: Raw) => Raw;
  /** Says a failure in the words of its API; undefined: the usual ones. */
  readonly explain?: (status: number | undefined) => Failure | undefined;
}

/** One resource as evidence: cluster-wide or in each configured namespace, with gaps where some of those failed. */
export async function read<T>(
  reader: Reader,
  resource: Resource,
  options: ReadOptions<T>,
  version = resource.versions[0] ?? 'v1',
): Promise<Evidence<readonly T[]>> {
  const { source } = reader.session;
  reader.context.host.progress.update(`${resource.name} of ${reader.session.context}`);
  const parts = await Promise.all(scopes(reader, resource).map((namespace) => readScope(reader, resource, version, namespace, options)));
  const failed = parts.filter((part) => !part.ok);
  const [first] = failed;
  if (first && failed.length === parts.length) {
    return allFailed(first, failed);
  }
  return available(
    source,
    parts.flatMap((part) => (part.ok ? part.data : [])),
    failed,
  );
}

/** The namespaces to list in; `undefined` stands for all at once. */
function scopes(reader: Reader, resource: Resource): readonly (string | undefined)[] {
  if (!resource.namespaced || reader.namespaces.length === 0) return [undefined];
  return [...new Set([...reader.namespaces, ...(resource.alsoIn === undefined ? [] : [resource.alsoIn])])];
}

async function readScope<T>(
  reader: Reader,
  resource: Resource,
  version: string,
  namespace: string | undefined,
  options: ReadOptions<T>,
): Promise<Evidence<readonly T[]>> {
  const { session, context } = reader;
  const filtered = resource.namespaced && reader.namespaces.length === 0 && reader.excluded.size > 0;
  const result = await list(
    session,
    {
      ...options,
      path: listPath(resource, version, namespace),
      reduce: (item) => {
        if (filtered) {
          const at = text(raw(raw(options.objectOf ? options.objectOf(item) : item).metadata).namespace);
          if (reader.excluded.has(at) && at !== resource.alsoIn) return undefined;
        }
        return options.reduce(item);
      },
    },
    context,
  );
  if (!result.ok) {
    const failure = options.explain?.(result.status) ?? result.failure;
    return listFailure(session, resource, version, namespace, failure, result.status);
  }
  // The API answers an empty list, not 404, for a namespace that does not exist: a typing error would look healthy.
  if (namespace !== undefined && namespace !== resource.alsoIn && result.items.length === 0 && (await reader.exists(namespace)) === false) {
    return {
      ok: false,
      reason: 'absent',
      source: session.source,
      detail: `there is no namespace "${namespace}"`,
      namespace,
      hint: 'correct kubernetes.namespaces in agentops.yaml',
    };
  }
  return available(session.source, result.items);
}

function listFailure(
  session: Session,
  resource: Resource,
  version: string,
  namespace: string | undefined,
  failure: Failure,
  status: number | undefined,
): Unavailable {
  const where = namespace === undefined ? {} : { namespace };
  const name = resourceName(resource);
  if (failure.reason === 'forbidden') {
    const missing: MissingPermission = { verb: 'list', group: resource.group, resource: resource.name, ...where };
    const scope =
      namespace === undefined ? (resource.namespaced ? ' in all namespaces' : ' at cluster scope') : ` in namespace "${namespace}"`;
    return {
      ...unavailableFrom({ ...failure, detail: `not allowed to list ${name}${scope}` }, session.source, {
        missing: [missing],
        hint: 'agentops rbac prints a role that allows it',
      }),
      ...where,
    };
  }
  if (status === 404 && failure.reason === 'absent' && failure.detail.startsWith('answers 404')) {
    return { ...unavailableFrom({ ...failure, detail: `the server has no ${name} in version ${version}` }, session.source), ...where };
  }
  return { ...unavailableFrom(failure, session.source, failure.reason === 'unauthorized' ? { hint: loginHint(session) } : {}), ...where };
}

function loginHint(session: Session): string {
  return session.context === 'in-cluster'
    ? 'the service account token was refused: is it of this cluster?'
    : `log in again, or check the user of context "${session.context}" in the kubeconfig`;
}

/** Several namespaces, none of which could be read: the first reason, and every permission that is missing. */
function allFailed(first: Unavailable, failed: readonly Unavailable[]): Unavailable {
  const { namespace: _one, ...rest } = first;
  const missing = failed.flatMap((part) => part.missing ?? []);
  const others = new Set(failed.map((part) => part.detail)).size - 1;
  const more = others > 0 ? ` (and ${others} more)` : '';
  return { ...rest, detail: `${first.detail}${more}`, ...(missing.length > 0 ? { missing } : {}) };
}
