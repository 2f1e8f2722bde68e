import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { PrometheusConfig } from '../../config/schema.ts';
import type { Unavailable, UnavailableReason } from '../../model/evidence.ts';
import type { GatherContext } from '../context.ts';
import { decodePart, displayText, displayUrl } from '../display.ts';
import { type Failure, unavailableFrom } from '../failure.ts';
import { readTls } from '../http/tls-files.ts';
import { type CertificateEvidence, certificateOf, noTls, tlsTargetOf } from '../tls/servers.ts';
import { watchTls } from '../tls/watch.ts';
import { exchangeJson, type HttpRequest, type JsonResult } from '../transport.ts';
import { type Answered, isRecord, readEnvelope, readMatrix, readVector, reasonOf, type Sample, type Series } from './response.ts';

/** What answered the probe. */
export interface Probe {
  readonly latencyMs: number;
  /** The server's clock, ms: queries for money are bounded by it, not by ours. */
  readonly serverNow: number;
}

/** The HTTP API of one Prometheus-compatible server. Nothing here throws; a failure is an {@link Unavailable}. */
export interface PrometheusClient {
  /** `prometheus https://host:port/path`, without credentials. */
  readonly source: string;
  readonly url: string;
  /** Label matchers of the configuration, for every selector; may be empty. */
  readonly selector: string;
  probe(): Promise<Answered<Probe>>;
  /** Instant query; `at` in ms, default the server's now. */
  vector(query: string, at?: number): Promise<Answered<readonly Sample[]>>;
  /** Instant query of a range selector: the raw samples. */
  matrix(query: string, at?: number): Promise<Answered<readonly Series[]>>;
  range(query: string, start: number, end: number, stepSeconds: number): Promise<Answered<readonly Series[]>>;
  /** Any other read of the API: `/api/v1/targets?state=active`. */
  get(path: string): Promise<Answered<unknown>>;
  /** Its certificate as the connections showed it; `reached` says what came of talking to it. None for plain HTTP. */
  certificate(reached: { readonly ok: true } | Unavailable): Promise<CertificateEvidence>;
  close(): void;
}

/** ms; who does not even answer a trivial query within it is down in an incident. Queries after it have their longer limits. */
const probeLimitMs = 5000;

/** Longer queries go as a POST form (only the query pages take one): proxies cut URLs at 2 to 8 KiB. */
const longestGet = 1500;

/** A client, or why there can be none (a TLS file that cannot be read). Opens no connection. */
export async function openPrometheus(config: PrometheusConfig, context: GatherContext): Promise<PrometheusClient | Unavailable> {
  const base = new URL(config.url);
  const userInfo = base.username !== '' || base.password !== '';
  const username = config.username ?? (userInfo ? decodePart(base.username) : undefined);
  const password = config.password ?? (userInfo ? decodePart(base.password) : '');
  base.username = '';
  base.password = '';
  const url = displayUrl(config.url);
  const source = `prometheus ${url}`;
  const tls = await readTls(config.tls, context.host);
  if (!tls.ok) return unavailableFrom(tls.failure, source, { hint: 'see prometheus.tls in agentops.yaml' });
  const limits = { keepAlive: true, maxSockets: 8 };
  const secure = base.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ ...limits, ...tls.tls }) : new HttpAgent(limits);
  const watched = secure ? watchTls(agent) : undefined;
  const { servername } = tls.tls;
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password}`).toString('base64');
  const headers: Record<string, string> = { ...config.headers };
  if (config.bearerToken !== undefined) headers.authorization = `Bearer ${config.bearerToken}`;
  else if (basic !== undefined) headers.authorization = `Basic ${basic}`;
  // What we send is what a server may echo in its errors. A tenant in X-Scope-OrgID is blotted out too: we can't tell.
  const secrets = [
    config.bearerToken,
    password,
    basic,
    base.search.slice(1),
    ...base.searchParams.values(),
    ...Object.values(config.headers),
  ];
  const shown = (text: string): string =>
    displayText(
      text,
      secrets.filter((secret) => secret !== undefined),
    );

  function unavailable(reason: UnavailableReason, detail: string): Unavailable {
    return { ok: false, reason, source, detail };
  }

  function request(path: string, parameters: URLSearchParams, form: boolean): HttpRequest {
    const target = new URL(base);
    target.hash = '';
    target.pathname = `${base.pathname.replace(/\/+$/, '')}${path}`;
    const encoded = parameters.toString();
    if (form && encoded.length > longestGet) {
      const contentType = { 'content-type': 'application/x-www-form-urlencoded' };
      return { url: target.href, method: 'POST', body: encoded, headers: { ...headers, ...contentType }, agent };
    }
    for (const [name, value] of parameters) target.searchParams.append(name, value);
    return { url: target.href, headers, agent };
  }

  async function call(
    path: string,
    parameters: URLSearchParams,
    more: { form?: boolean; timeoutMs?: number } = {},
  ): Promise<Answered<unknown>> {
    const { form = true, timeoutMs } = more;
    return interpret(
      await exchangeJson({ ...request(path, parameters, form), ...(timeoutMs === undefined ? {} : { timeoutMs }) }, context),
    );
  }

  function interpret(result: JsonResult): Answered<unknown> {
    if (!result.ok) return refused(result.failure, result.answer?.body);
    const envelope = readEnvelope(result.data);
    if (!envelope) return unavailable('invalid', 'the answer is JSON but not of the Prometheus API');
    if (envelope.status === 'error') return unavailable(reasonOf(envelope.errorType, 'server-error'), apiError(envelope));
    return { ok: true, data: envelope.data, warnings: envelope.warnings.map((warning) => shown(warning)) };
  }

  /** A status outside 2xx: the API says more in its body (`{"status":"error","errorType":"bad_data",…}` with a 400 or 422). */
  function refused(failure: Failure, body: Buffer | undefined): Unavailable {
    let envelope: ReturnType<typeof readEnvelope>;
    try {
      envelope = body && readEnvelope(JSON.parse(body.toString('utf8')));
    } catch {
      envelope = undefined;
    }
    if (envelope?.status !== 'error') return unavailableFrom(failure, source);
    // 401, 403, 404 and 429 speak for themselves, whatever type the body names.
    const plain = failure.reason === 'invalid' || failure.reason === 'server-error';
    return unavailable(plain ? reasonOf(envelope.errorType, failure.reason) : failure.reason, `${failure.detail}: ${apiError(envelope)}`);
  }

  function apiError({ errorType, error }: { errorType: string; error: string }): string {
    return [shown(errorType), shown(error)].filter((part) => part !== '').join(': ') || 'the query failed';
  }

  function typed<T>(answered: Answered<unknown>, read: (data: unknown) => T | undefined, type: string): Answered<T> {
    if (!answered.ok) return answered;
    const data = read(answered.data);
    if (data === undefined) return unavailable('invalid', `the answer is not a well-formed ${type}`);
    return { ok: true, data, warnings: answered.warnings };
  }

  function query(expression: string, at: number | undefined, more: { timeoutMs?: number } = {}): Promise<Answered<unknown>> {
    const parameters = new URLSearchParams({ query: expression });
    if (at !== undefined) parameters.set('time', seconds(at));
    return call('/api/v1/query', parameters, more);
  }

  async function probeOnce(): Promise<Answered<Probe>> {
    const started = context.host.clock.monotonic();
    const answered = await query('1', undefined, { timeoutMs: probeLimitMs });
    const latencyMs = context.host.clock.monotonic() - started;
    return typed(answered, (data) => readProbe(data, latencyMs), 'scalar');
  }

  let probed: Promise<Answered<Probe>> | undefined;
  return {
    source,
    url,
    selector: config.selector
      .trim()
      .replace(/^\{(.*)\}$/s, '$1')
      .replace(/,\s*$/, ''),
    probe: () => {
      probed ??= probeOnce();
      return probed;
    },
    vector: async (expression, at) => typed(await query(expression, at), readVector, 'vector'),
    matrix: async (expression, at) => typed(await query(expression, at), readMatrix, 'matrix'),
    range: async (expression, start, end, step) => {
      const parameters = new URLSearchParams({ query: expression, start: seconds(start), end: seconds(end), step: String(step) });
      return typed(await call('/api/v1/query_range', parameters), readMatrix, 'matrix');
    },
    get: (path) => {
      const [pathname = '', search = ''] = path.split('?');
      return call(pathname, new URLSearchParams(search), { form: false });
    },
    certificate: (reached) =>
      watched
        ? certificateOf({ name: 'prometheus', source, ...tlsTargetOf(base), servername }, watched.seen(), reached, context)
        : Promise.resolve(noTls(source)),
    close: () => agent.destroy(),
  };
}

/** `query=1` is a scalar; some back ends make a one-element vector of it. */
function readProbe(data: unknown, latencyMs: number): Probe | undefined {
  const at =
    isRecord(data) && data.resultType === 'scalar' && Array.isArray(data.result)
      ? (data.result as unknown[])[0]
      : readVector(data)?.[0]?.at;
  return typeof at === 'number' && Number.isFinite(at) ? { latencyMs, serverNow: Math.round(at * 1000) } : undefined;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
