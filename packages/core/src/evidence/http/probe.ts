import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { EndpointProbe } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { decodePart } from '../display.ts';
import { classifyError, classifyStatus, type Failure } from '../failure.ts';
import { retryAfterMs } from '../transport.ts';
import { type Mutable, openConnection, type Trace } from './connect.ts';
import { ConnectFailure } from './connect-failure.ts';
import { bareHost, proxyFor } from './proxy.ts';
import type { TlsMaterial } from './tls-files.ts';

/** Of a body, this much is read (and dropped) to see that it is not cut short. */
const bodyLimit = 64 * 1024;

export interface ProbeRequest {
  readonly name: string;
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  /** Limit of the whole exchange, ms. */
  readonly timeoutMs: number;
  readonly tls: TlsMaterial;
  /** Whether a status counts as well, and how to say it: `a status below 400`. */
  readonly expects: { readonly matches: (status: number) => boolean; readonly text: string; readonly type?: string | undefined };
}

/** What became of a probe; `cutOff`: the run ended before the probe's own limit, so nothing is known. */
export interface ProbeResult {
  readonly probe: EndpointProbe;
  readonly cutOff: boolean;
}

/**
 * One request on a connection of its own, timed phase by phase. Redirects are
 * not followed; the body is read up to 64 KiB and dropped. Never throws.
 */
export async function probeEndpoint(request: ProbeRequest, context: GatherContext): Promise<ProbeResult> {
  const now = (): number => context.host.clock.monotonic();
  const start = now();
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(request.timeoutMs, context.deadline - start))));
  const signal = AbortSignal.any([context.signal, limit]);
  const trace: Trace = { timings: {}, phase: 'tcp' };
  const url = new URL(request.url);
  const outcome: Mutable<Partial<EndpointProbe>> = {};
  try {
    const proxy = proxyFor(url, context.host.env);
    if (proxy === 'invalid') throw new ConnectFailure({ reason: 'invalid', detail: 'the proxy variable is no http(s) URL', phase: 'tcp' });
    if (proxy) outcome.via = `${proxy.host}:${proxy.port}`;
    const tls = url.protocol === 'https:' ? request.tls : undefined;
    if (tls && !tls.rejectUnauthorized) outcome.unverified = true;
    const target = { host: bareHost(url.hostname), port: Number(url.port) || (tls ? 443 : 80), tls, proxy };
    const socket = await openConnection(target, trace, signal, now);
    trace.phase = 'http';
    const headers =
      proxy && !tls && proxy.authorization ? { ...request.headers, 'proxy-authorization': proxy.authorization } : request.headers;
    const answer = await ask(socket, url, { ...request, headers }, proxy !== undefined && !tls, signal, trace, now).finally(() =>
      socket.destroy(),
    );
    Object.assign(outcome, readHead(answer, context.host.clock.now()));
    if (!request.expects.matches(outcome.status ?? 0)) outcome.failure = statusFailure(outcome.status ?? 0);
    else if (request.expects.type !== undefined && outcome.contentType !== request.expects.type) {
      const detail = `answers ${outcome.contentType?.slice(0, 60) ?? 'no content type'} instead of ${request.expects.type}`;
      outcome.failure = { reason: 'invalid', detail, phase: 'http' };
    }
  } catch (error) {
    outcome.failure = failureOf(error, signal, trace.phase, now() - start);
  }
  trace.timings.totalMs = now() - start;
  const probe: EndpointProbe = {
    name: request.name,
    url: displayUrl(url),
    timings: trace.timings,
    expected: request.expects.text,
    ok: outcome.failure === undefined,
    ...outcome,
    ...(trace.certificate ? { certificate: trace.certificate } : {}),
  };
  const timedOut = outcome.failure?.reason === 'timeout' && signal.aborted;
  return { probe, cutOff: timedOut && now() - start < request.timeoutMs - 1 };
}

/** Scheme, host, port and path: neither credentials nor a query that may hold some. */
export function displayUrl(url: URL): string {
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}

function statusFailure(status: number): Failure {
  return classifyStatus(status) ?? { reason: 'invalid', detail: `answers ${status}`, phase: 'http' };
}

function failureOf(error: unknown, signal: AbortSignal, phase: Failure['phase'], elapsedMs: number): Failure {
  if (signal.aborted) {
    const names = { dns: 'DNS', tcp: 'TCP', tls: 'TLS', http: 'HTTP' } as const;
    return { reason: 'timeout', detail: `${names[phase]}: no answer in ${Number((elapsedMs / 1000).toPrecision(2))} s`, phase };
  }
  if (error instanceof ConnectFailure) return error.failure;
  const failure = classifyError(error);
  if (phase !== 'http') return failure;
  return { ...failure, phase: failure.phase === 'tls' ? 'tls' : 'http' };
}

function readHead(answer: IncomingMessage, now: number): Partial<EndpointProbe> {
  const contentType = answer.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const wait = retryAfterMs(answer.headers['retry-after'], now);
  return {
    status: answer.statusCode ?? 0,
    ...(contentType ? { contentType } : {}),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

/** Sends the request over an open socket; resolves once the body ended or enough of it was seen. */
async function ask(
  socket: Socket,
  url: URL,
  request: Pick<ProbeRequest, 'method' | 'headers'>,
  absolute: boolean,
  signal: AbortSignal,
  trace: Trace,
  now: () => number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const start = now();
  const path = `${url.pathname}${url.search}`;
  const call: ClientRequest = httpRequest({
    createConnection: () => socket,
    method: request.method,
    host: bareHost(url.hostname),
    path: absolute ? `${url.origin}${path}` : path,
    headers: { host: url.host, 'user-agent': 'agentops', accept: '*/*', connection: 'close', ...request.headers, ...basicAuth(url) },
    signal,
  });
  call.on('error', (error) => {
    socket.destroy();
    reject(error);
  });
  call.on('response', (answer) => {
    trace.timings.firstByteMs = now() - start;
    let read = 0;
    const done = (): void => {
      resolve(answer);
      socket.destroy();
    };
    answer.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read > bodyLimit) done();
    });
    answer.on('end', done);
    answer.on('error', () => reject(new ConnectFailure({ reason: 'invalid', detail: 'the answer was cut short', phase: 'http' })));
    // A stream of events never ends: its head is the answer.
    if (/^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')) done();
  });
  call.end();
  return promise;
}

function basicAuth(url: URL): Record<string, string> {
  if (!url.username) return {};
  const pair = `${decodePart(url.username)}:${decodePart(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
