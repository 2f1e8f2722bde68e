import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import axios from 'axios';
import type { GatherContext } from './context.ts';
import { classifyError, classifyStatus, type Failure } from './failure.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'LIST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes where a secret is in it: the caller may overwrite them afterwards. */
  readonly body?: string | Buffer;
  readonly agent?: HttpAgent | HttpsAgent;
  /** This request's own limit, ms; the run's deadline holds besides. Default 10 s. */
  readonly timeoutMs?: number;
  /** Larger answers are `invalid`. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Tries in all where the server says 429 or 503 with Retry-After and the wait fits the deadline. Default 3; 1 for none. */
  readonly tries?: number;
}

export interface HttpAnswer {
  readonly ok: true;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type HttpResult = HttpAnswer | { readonly ok: false; readonly failure: Failure };

/** One try of a request; the default is axios'. Never rejects. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResult>;

/**
 * One HTTP exchange with a deadline. Any answer is `ok`, whatever its status;
 * redirects are not followed (a token must not travel to another host), and an
 * error is classified into an allow-list, because axios errors carry headers
 * and bodies. Never throws.
 */
export async function exchange(
  request: HttpRequest,
  context: Pick<GatherContext, 'host' | 'signal' | 'deadline'>,
  send: Send = once,
): Promise<HttpResult> {
  const { clock } = context.host;
  for (let tryNumber = 1; ; tryNumber++) {
    const left = context.deadline - clock.monotonic();
    if (left <= 0 || context.signal.aborted) return { ok: false, failure: classifyError(new DOMException('', 'TimeoutError')) };
    const limitMs = Math.min(left, request.timeoutMs ?? 10_000);
    const limit = AbortSignal.timeout(Math.ceil(limitMs));
    const result = await send(request, AbortSignal.any([context.signal, limit]));
    // Its own limit, not the run's end: that is a fixed time, which can be told.
    if (!result.ok && limit.aborted && limitMs < left && !context.signal.aborted) return { ok: false, failure: noAnswerIn(limitMs) };
    if (!result.ok || (result.status !== 429 && result.status !== 503) || tryNumber >= (request.tries ?? 3)) return result;
    const wait = retryAfterMs(result.headers['retry-after'], clock.now());
    if (wait === undefined || clock.monotonic() + wait >= context.deadline - 500) return result;
    // A little jitter, so that parallel lists do not come back in one burst.
    await sleep(wait + context.host.random() * 100, context.signal);
  }
}

/** What a limit of our own ended. */
export function noAnswerIn(ms: number): Failure {
  return { reason: 'timeout', detail: `no answer in ${Number((ms / 1000).toPrecision(2))} s`, phase: 'http' };
}

async function once(request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
  try {
    const response = await axios.request<Buffer>({
      url: request.url,
      method: request.method ?? 'GET',
      headers: { accept: 'application/json', 'user-agent': 'agentops', ...request.headers },
      data: request.body,
      responseType: 'arraybuffer',
      maxRedirects: 0,
      maxContentLength: request.maxBytes ?? 256 * 1024 * 1024,
      validateStatus: () => true,
      proxy: false,
      signal,
      ...(request.agent ? { httpAgent: request.agent, httpsAgent: request.agent } : {}),
    });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = String(value);
    return { ok: true, status: response.status, headers, body: response.data };
  } catch (error) {
    if (signal.aborted) return { ok: false, failure: { reason: 'timeout', detail: 'no answer in time', phase: 'http' } };
    // Once the headers are there (`response`), whatever ends the connection has cut the body: Node says ECONNRESET then, too.
    if (axios.isAxiosError(error) && (error.code === 'ERR_BAD_RESPONSE' || error.response !== undefined)) {
      const detail = /maxContentLength/.test(error.message) ? 'the answer is too large' : 'the answer was cut short';
      return { ok: false, failure: { reason: 'invalid', detail, phase: 'http' } };
    }
    return { ok: false, failure: classifyError(error) };
  }
}

/** An answer and what its body says. */
export type ParsedResult<T> =
  | { readonly ok: true; readonly data: T; readonly answer: HttpAnswer }
  | { readonly ok: false; readonly failure: Failure; readonly answer?: HttpAnswer };

export type JsonResult = ParsedResult<unknown>;

/** Of a body, or a part of one, that promised to be JSON. */
export const notJson: Failure = { reason: 'invalid', detail: 'the answer is not valid JSON (cut short?)', phase: 'http' };

/** {@link exchangeParsed} with the whole body as one value. */
export function exchangeJson(
  request: HttpRequest,
  context: Pick<GatherContext, 'host' | 'signal' | 'deadline'>,
  send: Send = once,
): Promise<JsonResult> {
  return exchangeParsed(request, context, send, (body): unknown => JSON.parse(body.toString('utf8')));
}

/**
 * {@link exchange} for servers that promise JSON: a status outside 2xx, another
 * content type or a body that does not parse (`parse` throws) is a failure. The
 * answer rides along where there was one, so that a caller may read the
 * server's own error.
 */
export async function exchangeParsed<T>(
  request: HttpRequest,
  context: Pick<GatherContext, 'host' | 'signal' | 'deadline'>,
  send: Send,
  parse: (body: Buffer) => T,
): Promise<ParsedResult<T>> {
  const answer = await exchange(request, context, send);
  if (!answer.ok) return answer;
  const bad = classifyStatus(answer.status);
  if (bad) return { ok: false, failure: bad, answer };
  const type = answer.headers['content-type'] ?? '';
  if (!/[/+]json\b/i.test(type)) {
    const detail = `answers ${type.split(';')[0] || 'no content type'} instead of JSON`;
    return { ok: false, failure: { reason: 'invalid', detail: detail.slice(0, 80), phase: 'http' }, answer };
  }
  try {
    return { ok: true, data: parse(answer.body), answer };
  } catch {
    return { ok: false, failure: notJson, answer };
  }
}

/** Retry-After in ms: seconds or an HTTP date; undefined where absent or unreadable. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
