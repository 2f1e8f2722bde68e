import type { Config } from '../../config/schema.ts';
import { connect } from '../../evidence/kubernetes/connect.ts';
import { isBroken, selectTargets, type Target } from '../../evidence/kubernetes/kubeconfig.ts';
import type { Raw } from '../../evidence/kubernetes/raw.ts';
import { optionalText, raw, raws } from '../../evidence/kubernetes/raw.ts';
import type { Session } from '../../evidence/kubernetes/request.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';
import { type Call, Caller, type Reply } from './caller.ts';
import { type Asked, ClusterFailure, refusedBy, unanswered } from './cluster-failure.ts';
import { apiVersionOf, collectionPath, type Kind, type ObjectPath } from './kinds.ts';

/** As server-side apply and managedFields know us. */
export const fieldManager = 'agentops';

export type JsonPatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** The server leaves all but the metadata away: no value of a Secret is on the wire. */
  readonly metadataOnly?: boolean;
}

export interface ReadOptions {
  readonly metadataOnly?: boolean;
  /** This call's own limit, ms. */
  readonly timeoutMs?: number;
}

/**
 * An API server that may be written to. Failures are {@link ClusterFailure}s: 409 is `conflict` with the API's reason,
 * 403, timeouts and 5xx are `transient`, what the server refuses as such is `refused`. Of Secrets every write is
 * answered with metadata alone.
 */
export interface Cluster {
  /** Kubeconfig context, or `in-cluster`. */
  readonly context: string;
  /** ms since the epoch by the server's clock, as far as its answers told: all processes share that one. */
  now(context: RunContext): number;
  /** Undefined: it is not there. */
  get(at: ObjectPath, context: RunContext, options?: ReadOptions): Promise<Raw | undefined>;
  list(kind: Kind, namespace: string, context: RunContext, options?: ListOptions): Promise<readonly Raw[]>;
  create(at: ObjectPath, object: object, context: RunContext, options?: { readonly timeoutMs?: number }): Promise<Raw>;
  /** Server-side apply; `force` takes fields over that somebody else manages. */
  apply(at: ObjectPath, object: object, context: RunContext, options: { readonly force: boolean }): Promise<Raw>;
  jsonPatch(at: ObjectPath, operations: readonly JsonPatchOperation[], context: RunContext): Promise<Raw>;
  /** With `metadata.resourceVersion` in it, it is a check-and-set. */
  mergePatch(at: ObjectPath, patch: object, context: RunContext, options?: { readonly timeoutMs?: number }): Promise<Raw>;
  /** False: it was not there. With `uid`: that very object and no later one of its name. */
  delete(at: ObjectPath, context: RunContext, options?: { readonly uid?: string }): Promise<boolean>;
  /** Whether the server has a kind at all, by its discovery: everybody may ask that. */
  serves(kind: Kind, context: RunContext): Promise<boolean>;
  close(): void;
}

/**
 * Logs in to a context of the kubeconfig: the named one, else the first configured, else the current one. Throws
 * `transient` where that fails. A login that expires is renewed.
 */
export async function openCluster(config: Config, contextName: string | undefined, context: RunContext): Promise<Cluster> {
  const name = contextName ?? config.kubernetes.contexts[0];
  const settings = { kubeconfig: config.kubernetes.kubeconfig, contexts: name === undefined ? [] : [name] };
  const [entry] = await selectTargets(settings, context.host);
  if (!entry) {
    throw new RotationFailure('transient', 'no kubeconfig, and not in a cluster', {
      hint: 'set KUBECONFIG, or kubernetes.kubeconfig in agentops.yaml',
    });
  }
  if (isBroken(entry)) throw new RotationFailure('transient', entry.problem, entry.hint === undefined ? {} : { hint: entry.hint });
  return new ApiCluster(entry.context, new Caller(await login(entry, context), (again) => login(entry, again)));
}

async function login(target: Target, context: RunContext): Promise<Session> {
  const session = await connect(target, context);
  if (session.ok) return session.data;
  const { source, detail, hint } = session;
  throw new RotationFailure('transient', `${source}: ${detail}`, hint === undefined ? {} : { hint });
}

const json = 'application/json';
const metadataOf = (what: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string => `${json};as=${what};v=v1;g=meta.k8s.io`;
const pageSize = 500;
/** How often an expired list (410) begins again. */
const expiredLimit = 3;
const readLimitMs = 10_000;
/** Admission webhooks may take up to 30 s between them. */
const writeLimitMs = 30_000;

class ApiCluster implements Cluster {
  readonly context: string;
  readonly #caller: Caller;

  constructor(context: string, caller: Caller) {
    this.context = context;
    this.#caller = caller;
  }

  now(context: RunContext): number {
    return context.host.clock.now() + this.#caller.clockAheadMs;
  }

  async get(at: ObjectPath, context: RunContext, options: ReadOptions = {}): Promise<Raw | undefined> {
    const asked: Asked = { verb: 'get', ...at };
    const reply = await this.#caller.call(
      {
        method: 'GET',
        path: pathOf(at),
        accept: options.metadataOnly ? metadataOf('PartialObjectMetadata') : json,
        limitMs: options.timeoutMs ?? readLimitMs,
      },
      asked,
      context,
    );
    if (reply.status === 404 && reasonIn(reply) === 'NotFound') return undefined;
    return objectIn(asked, reply, options.metadataOnly ? 'PartialObjectMetadata' : at.kind.kind);
  }

  async list(kind: Kind, namespace: string, context: RunContext, options: ListOptions = {}): Promise<readonly Raw[]> {
    const asked: Asked = { verb: 'list', kind, namespace, name: undefined };
    const wanted = options.metadataOnly ? 'PartialObjectMetadataList' : `${kind.kind}List`;
    const items: Raw[] = [];
    let token: string | undefined;
    for (let expired = 0; ; ) {
      const query = new URLSearchParams({
        limit: String(pageSize),
        ...(options.labelSelector ? { labelSelector: options.labelSelector } : {}),
        ...(options.fieldSelector ? { fieldSelector: options.fieldSelector } : {}),
        ...(token === undefined ? {} : { continue: token }),
      });
      const accept = options.metadataOnly ? metadataOf('PartialObjectMetadataList') : json;
      const path = `${collectionPath(kind, namespace)}?${query}`;
      const reply = await this.#caller.call({ method: 'GET', path, accept, limitMs: readLimitMs }, asked, context);
      if (reply.status === 410 && expired < expiredLimit) {
        // Half a list makes absent what was only not seen: begin again.
        expired += 1;
        token = undefined;
        items.length = 0;
        continue;
      }
      const page = objectIn(asked, reply, wanted);
      items.push(...raws(page.items));
      const next = optionalText(raw(page.metadata).continue);
      if (next === undefined) return items;
      if (next === token)
        throw new ClusterFailure('transient', 'Unavailable', `list ${kind.plural} in namespace ${namespace}: the list does not end`);
      token = next;
    }
  }

  create(at: ObjectPath, object: object, context: RunContext, options: { readonly timeoutMs?: number } = {}): Promise<Raw> {
    const path = `${collectionPath(at.kind, at.namespace)}?fieldManager=${fieldManager}`;
    return this.#write('create', at, { method: 'POST', path, contentType: json, body: object, ...options }, context);
  }

  apply(at: ObjectPath, object: object, context: RunContext, options: { readonly force: boolean }): Promise<Raw> {
    const path = `${pathOf(at)}?fieldManager=${fieldManager}&force=${options.force}`;
    return this.#write('patch', at, { method: 'PATCH', path, contentType: 'application/apply-patch+yaml', body: object }, context);
  }

  jsonPatch(at: ObjectPath, operations: readonly JsonPatchOperation[], context: RunContext): Promise<Raw> {
    const path = `${pathOf(at)}?fieldManager=${fieldManager}`;
    return this.#write('patch', at, { method: 'PATCH', path, contentType: 'application/json-patch+json', body: operations }, context);
  }

  mergePatch(at: ObjectPath, patch: object, context: RunContext, options: { readonly timeoutMs?: number } = {}): Promise<Raw> {
    const path = `${pathOf(at)}?fieldManager=${fieldManager}`;
    return this.#write(
      'patch',
      at,
      { method: 'PATCH', path, contentType: 'application/merge-patch+json', body: patch, ...options },
      context,
    );
  }

  async delete(at: ObjectPath, context: RunContext, options: { readonly uid?: string } = {}): Promise<boolean> {
    const asked: Asked = { verb: 'delete', ...at };
    const body = options.uid === undefined ? {} : { preconditions: { uid: options.uid } };
    const reply = await this.#caller.call(
      {
        method: 'DELETE',
        path: pathOf(at),
        // Its answer may be the whole object.
        accept: acceptFor(at.kind),
        limitMs: writeLimitMs,
        contentType: json,
        body: { kind: 'DeleteOptions', apiVersion: 'v1', ...body },
      },
      asked,
      context,
    );
    if (reply.status === 404 && reasonIn(reply) === 'NotFound') return false;
    if (reply.status < 200 || reply.status > 299) throw refusedBy(asked, reply.status, reply.data);
    return true;
  }

  async serves(kind: Kind, context: RunContext): Promise<boolean> {
    const asked: Asked = { verb: 'get', kind, namespace: '', name: undefined };
    const path = `/${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`;
    const reply = await this.#caller.call({ method: 'GET', path, accept: json, limitMs: readLimitMs }, asked, context);
    if (reply.status === 404) return false;
    return raws(objectIn(asked, reply, 'APIResourceList').resources).some(({ name }) => name === kind.plural);
  }

  close(): void {
    this.#caller.close();
  }

  async #write(
    verb: 'create' | 'patch',
    at: ObjectPath,
    call: Pick<Call, 'method' | 'path' | 'contentType' | 'body'> & { readonly timeoutMs?: number },
    context: RunContext,
  ): Promise<Raw> {
    const { timeoutMs, ...rest } = call;
    const asked: Asked = { verb, ...at };
    const reply = await this.#caller.call({ ...rest, accept: acceptFor(at.kind), limitMs: timeoutMs ?? writeLimitMs }, asked, context);
    return objectIn(asked, reply, at.kind.kind === 'Secret' ? 'PartialObjectMetadata' : at.kind.kind);
  }
}

function acceptFor(kind: Kind): string {
  return kind.kind === 'Secret' ? metadataOf('PartialObjectMetadata') : json;
}

function pathOf(at: ObjectPath): string {
  return `${collectionPath(at.kind, at.namespace)}/${encodeURIComponent(at.name)}`;
}

function reasonIn({ data }: Reply): string | undefined {
  return optionalText(raw(data).reason);
}

/** The object of a 2xx answer. Another kind than the one asked for is no answer: it may be a proxy's page, or values that nobody wanted. */
function objectIn(asked: Asked, { status, data }: Reply, kind: string): Raw {
  if (status < 200 || status > 299) throw refusedBy(asked, status, data);
  if (raw(data).kind === kind) return raw(data);
  throw unanswered(asked, { reason: 'invalid', detail: `the answer is no ${kind}`, phase: 'http' });
}
