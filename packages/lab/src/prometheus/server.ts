import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { answer, type LabState, labVersion } from './api.ts';
import { ApiError } from './errors.ts';
import { type Series, SeriesStore } from './store.ts';
import type { LabTarget, MetricMetadata } from './targets.ts';
import { quote } from './text.ts';

/** What a client must send; several mean all of them. */
export interface LabAuth {
  readonly bearer?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  /** For example X-Scope-OrgID of a multi-tenant back end. */
  readonly header?: { readonly name: string; readonly value: string };
}

export interface PrometheusOptions {
  readonly series?: Iterable<Series>;
  /** Milliseconds since the epoch (a fixed clock), or a function; the wall clock when left out. */
  readonly now?: number | (() => number);
  readonly targets?: readonly LabTarget[];
  readonly metadata?: Readonly<Record<string, readonly MetricMetadata[]>>;
  /** As /api/v1/rules and /api/v1/alerts show them. */
  readonly ruleGroups?: readonly unknown[];
  readonly alerts?: readonly unknown[];
  /** Shown in X-Agentops-Lab-Scenario and /metrics. */
  readonly scenario?: string;
  readonly auth?: LabAuth;
  /** 0 (the default): any free port. */
  readonly port?: number;
}

/** A request as it came in. Header names are in lower case. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  /** What it was answered with. */
  readonly status: number;
}

export interface LabPrometheus {
  /** http://127.0.0.1:port, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  readonly setSeries: (series: Iterable<Series>) => void;
  readonly setTargets: (targets: readonly LabTarget[]) => void;
  /** Moves the clock: milliseconds since the epoch, a function, or undefined for the wall clock. */
  readonly setNow: (now: number | (() => number) | undefined) => void;
  readonly close: () => Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const plain = 'text/plain; charset=utf-8';
const exposition = 'text/plain; version=0.0.4; charset=utf-8';

function json(status: number, body: unknown): Reply {
  return { status, body: JSON.stringify(body), type: 'application/json' };
}

function authorized(auth: LabAuth, request: IncomingMessage): boolean {
  const { authorization } = request.headers;
  const { bearer, basic, header } = auth;
  if (bearer !== undefined && authorization !== `Bearer ${bearer}`) return false;
  if (basic && authorization !== `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`) return false;
  return !header || request.headers[header.name.toLowerCase()] === header.value;
}

function unauthorized(auth: LabAuth): Reply {
  const scheme = auth.basic ? 'Basic' : 'Bearer';
  const challenge: Record<string, string> = auth.basic || auth.bearer !== undefined ? { 'WWW-Authenticate': scheme } : {};
  return { status: 401, body: 'Unauthorized\n', type: plain, headers: challenge };
}

async function paramsOf(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const body = request.method === 'POST' ? await text(request) : '';
  // A form's own values come before those of the URL, as in Go's http.Request.Form.
  return new URLSearchParams([...(isForm ? new URLSearchParams(body) : []), ...url.searchParams]);
}

function ownMetrics(state: LabState, requests: number): string {
  return [
    '# HELP prometheus_build_info What this server claims to be.',
    '# TYPE prometheus_build_info gauge',
    `prometheus_build_info{version=${quote(labVersion)}} 1`,
    '# HELP agentops_lab_info This is the practice environment of agentops, not a real Prometheus.',
    '# TYPE agentops_lab_info gauge',
    `agentops_lab_info{scenario=${quote(state.scenario ?? '')}} 1`,
    '# HELP agentops_lab_series Series in memory.',
    '# TYPE agentops_lab_series gauge',
    `agentops_lab_series ${state.store.series.length}`,
    '# HELP agentops_lab_requests_total Requests answered.',
    '# TYPE agentops_lab_requests_total counter',
    `agentops_lab_requests_total ${requests}`,
    '',
  ].join('\n');
}

const getOnly = new Set(['targets', 'metadata', 'status/buildinfo', 'alerts', 'rules']);

function route(state: LabState, method: string, path: string, params: URLSearchParams, requests: number): Reply {
  const api = /^\/api\/v1\/(.+)$/.exec(path)?.[1];
  const allowed =
    method === 'GET' ||
    (method === 'HEAD' && path.startsWith('/-/')) ||
    (method === 'POST' && api !== undefined && !getOnly.has(api) && !api.startsWith('label/'));
  if (!allowed) return { status: 405, body: 'Method Not Allowed\n', type: plain };
  if (path === '/-/healthy') return { status: 200, body: 'Prometheus Server is Healthy.\n', type: plain };
  if (path === '/-/ready') return { status: 200, body: 'Prometheus Server is Ready.\n', type: plain };
  if (path === '/metrics') return { status: 200, body: ownMetrics(state, requests), type: exposition };
  const found = api === undefined ? undefined : answer(state, api, params);
  return found ? json(200, { status: 'success', data: found.data }) : { status: 404, body: '404 page not found\n', type: plain };
}

function failure(error: unknown): Reply {
  const known = error instanceof ApiError ? error : new ApiError('internal', 'the lab failed at this request');
  return json(known.status, { status: 'error', errorType: known.type, error: known.message });
}

function clock(now: PrometheusOptions['now']): () => number {
  if (typeof now === 'function') return now;
  return now === undefined ? Date.now : () => now;
}

/** Starts the lab's Prometheus on loopback. Its answers are those of Prometheus 2.42; what it cannot answer is an error. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<LabPrometheus> {
  let now = clock(options.now);
  const { auth = {}, targets = [], metadata = {}, ruleGroups = [], alerts = [], scenario } = options;
  const store = new SeriesStore(options.series ?? []);
  const state: LabState = { store, now: () => now(), targets, metadata, ruleGroups, alerts, scenario };
  const requests: RecordedRequest[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://lab');
    const method = request.method ?? 'GET';
    const params = await paramsOf(request, url);
    let reply: Reply;
    try {
      reply = authorized(auth, request) ? route(state, method, url.pathname, params, requests.length) : unauthorized(auth);
    } catch (error) {
      reply = failure(error);
    }
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const grouped = Object.fromEntries([...new Set(params.keys())].map((name) => [name, params.getAll(name)]));
    requests.push({ method, path: url.pathname, params: grouped, headers, status: reply.status });
    response.writeHead(reply.status, {
      'Content-Type': reply.type,
      'X-Agentops-Lab': 'true',
      ...(scenario === undefined ? {} : { 'X-Agentops-Lab-Scenario': scenario }),
      ...reply.headers,
    });
    response.end(reply.body);
  }

  const server = createServer((request, response) => {
    // A client that hangs up while it sends its form is no failure of the server.
    handle(request, response).catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    setSeries: (series) => {
      state.store = new SeriesStore(series);
    },
    setTargets: (changed) => {
      state.targets = changed;
    },
    setNow: (changed) => {
      now = clock(changed);
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the lab has no TCP port');
  return address.port;
}
