import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { authenticate, authorize, authorizePath, type LabUser } from './authorize.ts';
import { selfSignedCertificate } from './certificate.ts';
import { customResourceDefinition } from './crd.ts';
import { type Answer, Exchange } from './exchange.ts';
import { kubeconfig } from './kubeconfig.ts';
import { metricsGroup, setMetricsService } from './metrics-api.ts';
import { answerPlain, backendMissing, pageNotFound } from './plain-api.ts';
import { handleResource, type LogSource, type ResourceApi } from './resource-api.ts';
import type { CustomResource } from './resources.ts';
import { parseResourcePath, type ResourcePath, selectedName, verbOf } from './route.ts';
import { ApiError, badRequest, methodNotAllowed, noSuchResource } from './status.ts';
import { ObjectStore } from './store.ts';
import type { KubeObject } from './types.ts';

export interface KubernetesOptions {
  /** 0, a free one, unless given. Always on 127.0.0.1. */
  readonly port?: number;
  /**
   * A key and certificate in PEM, or a new self-signed one; without it plain
   * HTTP. kubectl withholds its token from plain HTTP, so give it TLS.
   */
  readonly tls?: { readonly key: string; readonly cert: string } | 'self-signed';
  /** One administrator unless given. The first is the user of the kubeconfig. */
  readonly users?: readonly LabUser[];
  /** Objects to start with. */
  readonly objects?: Iterable<KubeObject>;
  /** Custom resources to serve. */
  readonly resources?: readonly CustomResource[];
  /** False: metrics.k8s.io answers 503, as without metrics-server. */
  readonly metrics?: boolean;
  /** Milliseconds since the epoch; ages in tables count from it. */
  readonly now?: () => number;
  readonly logs?: LogSource;
  /** Milliseconds between bookmarks of a watch. */
  readonly bookmarkEvery?: number;
}

/** A request as it came; no header but Accept, so that no token is kept. */
export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly accept: string;
  readonly user: string;
  readonly status: number;
}

export interface KubernetesServer {
  readonly url: string;
  readonly port: number;
  readonly store: ObjectStore;
  /** In the order of their arrival; the status is 0 until the answer has begun. */
  readonly requests: readonly RecordedRequest[];
  /** YAML with the context `agentops-lab`; of the first user unless one is named. */
  kubeconfig(user?: string): string;
  setUsers(users: readonly LabUser[]): void;
  setMetrics(available: boolean): void;
  addResource(resource: CustomResource): void;
  close(): Promise<void>;
}

export const labAdmin: LabUser = { token: 'agentops-lab-admin', name: 'lab-admin', groups: ['system:masters'], rules: 'admin' };

const tenMinutes = 600_000;

class LabServer {
  readonly store: ObjectStore;
  readonly api: ResourceApi;
  readonly requests: { method: string; path: string; accept: string; user: string; status: number }[] = [];
  readonly open = new Set<() => void>();
  users: readonly LabUser[];
  metrics: boolean;

  constructor(options: KubernetesOptions) {
    this.store = new ObjectStore(options.now ?? Date.now);
    this.users = options.users ?? [labAdmin];
    this.metrics = options.metrics ?? true;
    this.api = {
      store: this.store,
      times: { bookmarkEvery: options.bookmarkEvery ?? 30_000, endAfter: tenMinutes },
      logs: options.logs ?? (() => undefined),
      opened: (end) => this.open.add(end),
    };
    setMetricsService(this.store, this.metrics);
  }

  addResource(resource: CustomResource): void {
    this.store.registry.add(resource);
    this.store.load([customResourceDefinition(resource, this.store.now())]);
  }

  isUnavailable(group: string): boolean {
    return group === metricsGroup && !this.metrics;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded = { method: request.method ?? '', path: request.url ?? '', accept: request.headers.accept ?? '', user: '', status: 0 };
    this.requests.push(recorded);
    response.setHeader('X-Agentops-Lab', 'true');
    const exchange = new Exchange(request, response);
    try {
      const user = authenticate(this.users, exchange.header('authorization'));
      recorded.user = user.name;
      const answer = await this.route(exchange, user);
      if (answer) exchange.answer(answer);
    } catch (error) {
      const status = error instanceof ApiError ? error : new ApiError(500, 'InternalError', `Internal error occurred: ${String(error)}`);
      if (status.details?.retryAfterSeconds !== undefined && !response.headersSent) {
        response.setHeader('Retry-After', String(status.details.retryAfterSeconds));
      }
      exchange.answer({ code: status.code, json: status.toStatus() });
    } finally {
      recorded.status = response.statusCode;
    }
  }

  /** The answer, or undefined where a watch took the connection over. */
  async route(exchange: Exchange, user: LabUser): Promise<Answer | undefined> {
    const { registry } = this.store;
    const path = decoded(exchange.path);
    if (path === undefined) {
      const plain = exchange.path.length > 1 ? exchange.path.replace(/\/$/, '') : exchange.path;
      authorizePath(user, exchange.method.toLowerCase(), plain);
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD') throw methodNotAllowed();
      return answerPlain(registry, this, exchange, plain);
    }
    const verb = verbOf(exchange.method, path, exchange.query);
    if (verb === undefined) throw methodNotAllowed();
    const name = path.name || (verb === 'list' || verb === 'watch' ? selectedName(exchange.query) : '');
    authorize(user, { ...path, verb, name });
    if (this.isUnavailable(path.group)) return backendMissing;
    const resource = registry.find(path.group, path.version, path.plural);
    if (!resource) {
      // The built-in groups answer for themselves; what custom resources do not claim nobody answers.
      if (registry.isBuiltIn(path.group)) throw noSuchResource();
      return pageNotFound;
    }
    return handleResource(this.api, { exchange, user, resource, path, verb });
  }
}

/** The resource of a path; 400 where the path's escapes are broken. */
function decoded(path: string): ResourcePath | undefined {
  try {
    return parseResourcePath(path);
  } catch {
    throw badRequest('the path has a broken escape');
  }
}

/** Good for a year from now, by the real clock, which TLS clients go by: nothing that a check on certificates would tell. */
function labCertificate(): { key: string; cert: string } {
  const now = Date.now();
  return selfSignedCertificate({ notBefore: now - 86_400_000, notAfter: now + 365 * 86_400_000 });
}

/**
 * Starts a small Kubernetes API server on 127.0.0.1: objects in memory, no
 * controllers, no kubelets. Every answer carries `X-Agentops-Lab: true`.
 * Rejects where the port is taken or an object cannot be served.
 */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<KubernetesServer> {
  const lab = new LabServer(options);
  for (const resource of options.resources ?? []) lab.addResource(resource);
  lab.store.load(options.objects ?? []);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => void lab.handle(request, response);
  const tls = options.tls === 'self-signed' ? labCertificate() : options.tls;
  const server = tls ? createHttps(tls, onRequest) : createHttp(onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return {
    url,
    port,
    store: lab.store,
    requests: lab.requests,
    kubeconfig: (name) => {
      const user = name === undefined ? lab.users[0] : lab.users.find((candidate) => candidate.name === name);
      if (!user) throw new Error(`the lab's API has no user ${name ?? 'at all'}`);
      return kubeconfig({ url, user, certificate: tls?.cert });
    },
    setUsers: (users) => {
      lab.users = users;
    },
    setMetrics: (available) => {
      lab.metrics = available;
      setMetricsService(lab.store, available);
    },
    addResource: (resource) => lab.addResource(resource),
    close: async () => {
      for (const end of lab.open) end();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
