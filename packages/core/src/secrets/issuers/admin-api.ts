import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsConfig } from '../../config/schema.ts';
import { exchangeJson, type JsonResult, retryAfterMs } from '../../evidence/transport.ts';
import type { Host } from '../../host.ts';
import { duration } from '../../model/format.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext, Verdict } from '../ports.ts';
import type { SecretValue } from '../value.ts';
import { agentFor } from './proxied-agent.ts';

export interface AdminCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, each segment as it is (not encoded). */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Doing it twice is not the same: tried again only where the server says that it did nothing. */
  readonly once?: boolean;
  /** 404 is an answer: `data` is undefined. */
  readonly mayBeAbsent?: boolean;
}

export interface AdminApiOptions {
  /** `openai` in messages. */
  readonly name: string;
  /** With a path where a gateway has one, without /v1. */
  readonly url: string;
  readonly tls: TlsConfig | undefined;
  /** The headers that carry a key, the admin's own or one that is tried. */
  readonly headers: (key: string) => Readonly<Record<string, string>>;
  readonly adminKey: string;
  /** What to do about a 401 or 403 of the admin key. */
  readonly keyHint: string;
  /** What to look at where something is not there. */
  readonly absentHint: string;
}

const tries = 4;
const timeoutMs = 15_000;

/**
 * A provider's admin API. Every message is made of method, path and status:
 * these servers repeat parts of keys in their errors. Reads and deletes are
 * tried again after a lost answer; what may be done only once is not.
 */
export class AdminApi {
  readonly #options: AdminApiOptions;
  readonly #host: Host;

  constructor(options: AdminApiOptions, host: Host) {
    this.#options = options;
    this.#host = host;
  }

  /** The JSON of a 2xx answer, or a {@link RotationFailure}. */
  async request(call: AdminCall, context: RunContext): Promise<unknown> {
    const { name } = this.#options;
    const what = `${name}: ${call.method} /${call.path.join('/')}`;
    for (let tryNumber = 1; ; tryNumber++) {
      const result = await this.#once(call, this.#options.adminKey, context);
      if (result.ok) return result.data;
      const status = result.answer?.status;
      if (status === 404 && call.mayBeAbsent) return undefined;
      if (status !== undefined && status < 500 && status !== 429 && (status < 200 || status > 299)) throw this.#refused(what, status);
      const wait = this.#waitBefore(tryNumber, result);
      const mayRepeat = status === 429 || !call.once;
      if (tryNumber >= tries || !mayRepeat || context.host.clock.monotonic() + wait >= context.deadline - 500 || context.signal.aborted) {
        const asked = status === 429 && wait > 5000 ? `; it asks to wait ${duration(wait)}` : '';
        const unknown = call.once && status !== 429 ? '; whether it was done is not known' : '';
        throw new RotationFailure('transient', `${what}: ${result.failure.detail}${asked}${unknown}`);
      }
      await sleep(wait, undefined, { signal: context.signal }).catch(() => undefined);
    }
  }

  /**
   * All pages of a list. `cursor` is the query parameter that takes `last_id`.
   * A list that does not get on is an error, never a short list.
   */
  async list(call: Pick<AdminCall, 'path' | 'query'>, cursor: string, context: RunContext): Promise<readonly unknown[]> {
    const all: unknown[] = [];
    const seen = new Set<string>();
    for (let after: string | undefined; ; ) {
      const query = { ...call.query, ...(after === undefined ? {} : { [cursor]: after }) };
      const page = pageOf(await this.request({ method: 'GET', path: call.path, query }, context));
      if (!page) throw new RotationFailure('transient', `${this.#options.name}: GET /${call.path.join('/')}: the answer is not a list`);
      all.push(...page.data);
      if (!page.more) return all;
      if (page.last === undefined || seen.has(page.last)) {
        throw new RotationFailure('transient', `${this.#options.name}: GET /${call.path.join('/')}: the list's pages do not end`);
      }
      seen.add(page.last);
      after = page.last;
    }
  }

  /**
   * Asks for the list of models with a key. Only an answer of the API itself
   * counts: a list is yes, and a 401 that is about the key is no.
   */
  async tryKey(key: SecretValue, context: RunContext, aboutKey: (error: unknown) => boolean = () => true): Promise<Verdict> {
    const path = ['v1', 'models'];
    const result = await this.#once({ method: 'GET', path, query: { limit: '1' } }, key.text(), context);
    const status = result.answer?.status;
    const where = `GET /${path.join('/')}`;
    if (result.ok) {
      if (pageOf(result.data)) return { accepted: true, detail: `${where} answers ${status}` };
      return { accepted: 'unknown', detail: `${where} answers no list of models` };
    }
    if (status === 401 && aboutKey(errorOf(result))) return { accepted: false, detail: `${where} answers 401` };
    return { accepted: 'unknown', detail: `${where}: ${result.failure.detail}` };
  }

  async #once(call: AdminCall, key: string, context: RunContext): Promise<JsonResult> {
    const { url, tls, headers } = this.#options;
    const agent = await agentFor(url, tls, this.#host, context);
    const query = new URLSearchParams(call.query).toString();
    const target = `${url.replace(/\/+$/, '')}/${call.path.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
    const request = {
      url: target,
      method: call.method,
      headers: { ...headers(key), ...(call.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(agent ? { agent } : {}),
      timeoutMs,
      maxBytes: 16 * 1024 * 1024,
      tries: 1,
    };
    try {
      return await exchangeJson(request, context);
    } finally {
      agent?.destroy();
    }
  }

  #refused(what: string, status: number): RotationFailure {
    const { keyHint, absentHint } = this.#options;
    if (status === 401) return new RotationFailure('operator', `${what}: answers 401: the admin key is refused`, { hint: keyHint });
    if (status === 403) return new RotationFailure('operator', `${what}: answers 403: the admin key may not do this`, { hint: keyHint });
    if (status === 404) return new RotationFailure('operator', `${what}: answers 404: not there`, { hint: absentHint });
    return new RotationFailure('operator', `${what}: answers ${status}`);
  }

  /** ms; as the server asks, else growing, with jitter. */
  #waitBefore(tryNumber: number, result: JsonResult): number {
    const { clock } = this.#host;
    const asked = retryAfterMs(result.answer?.headers['retry-after'], clock.now());
    return (asked ?? 250 * 2 ** tryNumber) + this.#host.random() * 100;
  }
}

function pageOf(
  data: unknown,
): { readonly data: readonly unknown[]; readonly more: boolean; readonly last: string | undefined } | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { data: items, has_more, last_id } = data as { data?: unknown; has_more?: unknown; last_id?: unknown };
  if (!Array.isArray(items)) return undefined;
  return { data: items, more: has_more === true, last: typeof last_id === 'string' && last_id !== '' ? last_id : undefined };
}

/** The body of an error answer; undefined where it is not JSON. For decisions only: it may hold parts of keys. */
function errorOf(result: JsonResult): unknown {
  try {
    return JSON.parse(result.answer?.body.subarray(0, 4096).toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}
