import { isDict } from './access.ts';
import { accessReview, type LabUser, rulesReview, selfReview } from './authorize.ts';
import type { Answer, Exchange } from './exchange.ts';
import { list } from './list.ts';
import { type IncludeObject, includeObject, negotiate, type Representation } from './negotiate.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { decodeProtobuf } from './protobuf.ts';
import { representList, representObject, scaleOf } from './represent.ts';
import type { ApiResource } from './resources.ts';
import type { ResourcePath } from './route.ts';
import { badRequest, invalid, methodNotAllowed, noSuchResource, unsupportedMediaType } from './status.ts';
import type { ObjectStore } from './store.ts';
import type { Dict, KubeObject } from './types.ts';
import { type WatchTimes, watch } from './watch.ts';
import { create, existing, patch, remove, update, type WriteRequest } from './write.ts';

/** Lines of a container's log; undefined where the lab has none. */
export type LogSource = (namespace: string, pod: string, container: string, previous: boolean) => string | undefined;

export interface ResourceApi {
  readonly store: ObjectStore;
  readonly times: WatchTimes;
  readonly logs: LogSource;
  /** Called with the function that ends a watch; the server ends what is open when it closes. */
  readonly opened: (end: () => void) => void;
}

export interface Call {
  readonly exchange: Exchange;
  readonly user: LabUser;
  readonly resource: ApiResource;
  readonly path: ResourcePath;
  readonly verb: string;
}

/** Kinds that are asked by POST and stored nowhere. */
const reviews: Readonly<Record<string, (user: LabUser, review: Dict) => Dict>> = {
  SelfSubjectAccessReview: accessReview,
  SelfSubjectRulesReview: rulesReview,
  SelfSubjectReview: selfReview,
};

/** The body of a create or update: JSON, or the little protobuf that is read. */
async function readObject(exchange: Exchange, kind: string): Promise<unknown> {
  if (exchange.contentType === 'application/json') return readJson(exchange, kind);
  const decoded = exchange.contentType === 'application/vnd.kubernetes.protobuf' ? decodeProtobuf(await exchange.body()) : undefined;
  if (!decoded) throw unsupportedMediaType();
  return decoded;
}

async function readJson(exchange: Exchange, kind: string): Promise<unknown> {
  const body = (await exchange.body()).toString('utf8');
  if (body.trim() === '') return {};
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    // The body is not repeated: it may hold a secret.
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${(error as Error).name}`,
    );
  }
}

async function readPatch(exchange: Exchange): Promise<unknown> {
  try {
    return JSON.parse((await exchange.body()).toString('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest('error decoding patch: the body is no JSON');
    throw error;
  }
}

function shapeOf(exchange: Exchange): { shape: Representation; include: IncludeObject } {
  const shape = negotiate(exchange.header('accept'));
  return { shape, include: shape.as === 'Table' ? includeObject(exchange.query.get('includeObject')) : 'Metadata' };
}

function writeRequest({ exchange, resource, path }: Call): WriteRequest {
  const { query } = exchange;
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) {
    const message = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`;
    const kind = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions' }[exchange.method] ?? 'DeleteOptions';
    throw invalid(kind, 'meta.k8s.io', '', { reason: 'FieldValueNotSupported', field: 'dryRun', message });
  }
  const applying = exchange.contentType === 'application/apply-patch+yaml';
  return {
    resource,
    namespace: resource.namespaced ? path.namespace : '',
    name: path.name,
    subresource: path.subresource,
    // A manager is at most 128 characters; apply has no default for it.
    manager:
      query.get('fieldManager') || (applying ? '' : (exchange.header('user-agent') ?? 'unknown').split('/')[0]?.slice(0, 128) || 'unknown'),
    dryRun: dryRun.length > 0,
    force: query.get('force') === 'true',
  };
}

/** A name needs its namespace; what is cluster-wide is in none (a Namespace's path has its own name there). */
function fitsScope(resource: ApiResource, path: ResourcePath): boolean {
  if (resource.namespaced) return path.name === '' || path.namespace !== '';
  return path.namespace === '' || resource.storage === 'namespaces';
}

/** Answers one authorised request about a resource; undefined where a watch took the connection over. */
export async function handleResource(api: ResourceApi, call: Call): Promise<Answer | undefined> {
  const { exchange, resource, path } = call;
  if (!fitsScope(resource, path)) throw noSuchResource();
  if (!resource.verbs.includes(call.verb) && path.subresource === '') throw methodNotAllowed();
  if (resource.kind in reviews) return review(call);
  if (path.subresource !== '') return subresource(api, call);
  switch (call.verb) {
    case 'get': {
      const { shape, include } = shapeOf(exchange);
      const object = existing(api.store, writeRequest(call));
      return { code: 200, json: representObject(resource, object, shape, include, api.store.now()) };
    }
    case 'list':
      return answerList(api, call);
    case 'watch':
      return answerWatch(api, call);
    case 'create': {
      // A named object is created by a POST to its collection, of one namespace.
      if (path.name !== '' || (resource.namespaced && path.namespace === '')) throw methodNotAllowed();
      return answerObject(api, call, 201, create(api.store, writeRequest(call), await readObject(exchange, resource.kind)));
    }
    case 'update':
      if (path.name === '') throw methodNotAllowed();
      return answerObject(api, call, 200, update(api.store, writeRequest(call), await readObject(exchange, resource.kind)));
    case 'patch': {
      if (path.name === '') throw methodNotAllowed();
      const { object, created } = patch(api.store, writeRequest(call), exchange.contentType, await readPatch(exchange));
      return answerObject(api, call, created ? 201 : 200, object);
    }
    case 'delete':
      return answerDelete(api, call);
    case 'deletecollection':
      return deleteCollection(api, call);
    default:
      throw methodNotAllowed();
  }
}

function answerObject(api: ResourceApi, { exchange, resource }: Call, code: number, object: KubeObject): Answer {
  const { shape, include } = shapeOf(exchange);
  return { code, json: representObject(resource, object, shape, include, api.store.now()) };
}

function answerList(api: ResourceApi, { exchange, resource, path }: Call): Answer {
  const { shape, include } = shapeOf(exchange);
  const page = list(api.store, resource, resource.namespaced ? path.namespace : '', exchange.query);
  return { code: 200, json: representList(resource, page, shape, include, api.store.now()) };
}

function answerWatch(api: ResourceApi, { exchange, resource, path }: Call): undefined {
  const { shape, include } = shapeOf(exchange);
  const { response } = exchange;
  let started = false;
  const start = () => {
    if (started) return;
    started = true;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
  };
  const sink = {
    send: (event: Dict) => {
      start();
      response.write(`${JSON.stringify(event)}\n`);
    },
    end: () => {
      start();
      response.end();
    },
  };
  const namespace = resource.namespaced ? path.namespace : '';
  const stop = watch(api.store, { resource, namespace, query: exchange.query, shape, include }, sink, api.times);
  start();
  response.on('close', stop);
  api.opened(() => {
    stop();
    response.end();
  });
}

async function review({ exchange, user, resource }: Call): Promise<Answer> {
  const body = await readObject(exchange, resource.kind);
  return { code: 201, json: reviews[resource.kind]?.(user, isDict(body) ? body : {}) ?? {} };
}

async function answerDelete(api: ResourceApi, call: Call): Promise<Answer> {
  const { exchange, resource, path } = call;
  const options = await readJson(exchange, 'DeleteOptions');
  const byQuery = exchange.query.get('propagationPolicy');
  const request = writeRequest(call);
  const dryRun = request.dryRun || (isDict(options) && Array.isArray(options.dryRun) && options.dryRun.includes('All'));
  const merged = { ...(isDict(options) ? options : {}), ...(byQuery ? { propagationPolicy: byQuery } : {}) };
  const { object, pending } = remove(api.store, { ...request, dryRun }, merged);
  if (pending || resource.storage === 'pods' || resource.storage === 'namespaces') return answerObject(api, call, 200, object);
  const { group, plural: kind } = resource;
  const details = { name: path.name, ...(group === '' ? {} : { group }), kind, uid: object.metadata.uid };
  return { code: 200, json: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

function deleteCollection(api: ResourceApi, call: Call): Answer {
  const { exchange, resource, path } = call;
  if (resource.namespaced && path.namespace === '') throw methodNotAllowed();
  const page = list(api.store, resource, resource.namespaced ? path.namespace : '', exchange.query);
  for (const { metadata } of page.objects) remove(api.store, { ...writeRequest(call), name: metadata.name }, {});
  return { code: 200, json: representList(resource, page, { as: 'object' }, 'Metadata', api.store.now()) };
}

async function subresource(api: ResourceApi, call: Call): Promise<Answer> {
  const { exchange, resource, path } = call;
  if (!resource.subresources.includes(path.subresource)) throw noSuchResource();
  const request = writeRequest(call);
  switch (path.subresource) {
    case 'status':
      return status(api, call, request);
    case 'scale':
      return scale(api, call, request);
    case 'log':
      return log(api, call, existing(api.store, request));
    case 'eviction':
      if (exchange.method !== 'POST') throw methodNotAllowed();
      remove(api.store, { ...request, subresource: '' }, {});
      return { code: 201, json: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
    default:
      throw methodNotAllowed();
  }
}

async function status(api: ResourceApi, call: Call, request: WriteRequest): Promise<Answer> {
  const { exchange, resource } = call;
  if (call.verb === 'get') return answerObject(api, call, 200, existing(api.store, request));
  const body = await readJson(exchange, resource.kind);
  if (call.verb === 'update') return answerObject(api, call, 200, update(api.store, request, body));
  if (call.verb !== 'patch') throw methodNotAllowed();
  const { object, created } = patch(api.store, request, exchange.contentType, body);
  return answerObject(api, call, created ? 201 : 200, object);
}

async function scale(api: ResourceApi, call: Call, request: WriteRequest): Promise<Answer> {
  const { exchange, verb } = call;
  const live = existing(api.store, request);
  if (verb === 'get') return { code: 200, json: scaleOf(live) };
  const body = await readJson(exchange, 'Scale');
  const wanted =
    verb === 'update'
      ? body
      : exchange.contentType === 'application/json-patch+json'
        ? jsonPatch(scaleOf(live), body)
        : mergePatch(scaleOf(live), body);
  const spec = isDict(wanted) ? wanted.spec : undefined;
  // Absent means zero, as in the real Scale.
  const replicas = isDict(spec) && typeof spec.replicas === 'number' ? spec.replicas : 0;
  const version = isDict(wanted) && isDict(wanted.metadata) ? wanted.metadata.resourceVersion : undefined;
  const metadata = typeof version === 'string' ? { ...live.metadata, resourceVersion: version } : live.metadata;
  const object = update(api.store, request, { ...live, metadata, spec: { ...(isDict(live.spec) ? live.spec : {}), replicas } });
  return { code: 200, json: scaleOf(object) };
}

function log(api: ResourceApi, { exchange, path }: Call, pod: KubeObject): Answer {
  const containers = isDict(pod.spec) && Array.isArray(pod.spec.containers) ? pod.spec.containers.filter(isDict) : [];
  const names = containers.map((container) => String(container.name));
  const asked = exchange.query.get('container') || (names.length === 1 ? names[0] : undefined);
  if (asked === undefined) {
    throw badRequest(`a container name must be specified for pod ${path.name}, choose one of: [${names.join(' ')}]`);
  }
  if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${path.name}`);
  const lines = api.logs(path.namespace, path.name, asked, exchange.query.get('previous') === 'true');
  if (lines === undefined) throw badRequest(`the lab has no log of container "${asked}" in pod "${path.name}"`);
  return { code: 200, text: lines };
}
