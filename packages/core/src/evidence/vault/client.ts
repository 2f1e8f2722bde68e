/**
 * A thin Vault client over our own transport, instead of node-vault: that one
 * puts the token into its errors, re-sends token and body to whatever host a
 * 307 names, turns certificate verification off for VAULT_SKIP_VERIFY=false,
 * HTML-escapes paths and lets `../` through, has no default timeout and hides
 * the status of sys/health. Replacing its request function would mean to redo
 * each of these; what is used here are a dozen paths.
 */
import { Agent } from 'node:https';
import type { Unavailable } from '../../model/evidence.ts';
import type { GatherContext } from '../context.ts';
import type { Failure } from '../failure.ts';
import type { TlsMaterial } from '../http/tls-files.ts';
import type { TlsTarget } from '../tls/handshake.ts';
import { type CertificateEvidence, certificateOf, noTls, tlsTargetOf } from '../tls/servers.ts';
import { type TlsWatch, watchTls } from '../tls/watch.ts';
import { exchange, exchangeJson, type HttpAnswer, type HttpResult } from '../transport.ts';

export interface VaultCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /v1/, each segment as it is (not encoded). */
  readonly path: readonly string[];
  /** Lists the names below the path. Sent as `GET …?list=true`, as Vault's own client does: not every proxy lets LIST through. */
  readonly list?: boolean;
  readonly query?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; bytes as they are, and the caller may overwrite them afterwards. */
  readonly body?: Readonly<Record<string, unknown>> | Buffer;
  /** Default `application/json`; a PATCH of Vault's needs `application/merge-patch+json`. */
  readonly contentType?: string;
  readonly token?: string;
  /** Overrides the client's namespace; null sends none. */
  readonly namespace?: string | null;
  readonly tries?: number;
  /** Instead of the client's own: for what must still be tidied up after the run's end. */
  readonly within?: GatherContext;
}

/** `status` is the server's, where it answered. */
export type VaultResult =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly failure: Failure; readonly status?: number };

export class VaultClient {
  /** Origin and path of the server, without credentials: safe to show. */
  readonly address: string;
  /** Any server certificate is accepted, because the configuration says so. */
  readonly unverified: boolean;
  readonly #context: GatherContext;
  readonly #namespace: string | undefined;
  readonly #agent: Agent | undefined;
  readonly #watch: TlsWatch | undefined;
  readonly #tls: TlsTarget & { readonly server: string };

  constructor(address: URL, options: { readonly namespace?: string | undefined; readonly tls: TlsMaterial }, context: GatherContext) {
    this.address = `${address.origin}${address.pathname.replace(/\/+$/, '')}`;
    this.unverified = address.protocol === 'https:' && !options.tls.rejectUnauthorized;
    this.#context = context;
    this.#namespace = options.namespace;
    this.#agent = address.protocol === 'https:' ? new Agent({ ...options.tls, keepAlive: true, maxSockets: 8 }) : undefined;
    this.#watch = this.#agent && watchTls(this.#agent);
    this.#tls = { ...tlsTargetOf(address), servername: options.tls.servername };
  }

  /** Any answer, whatever its status; no redirect is followed. Never throws. */
  async send(call: VaultCall): Promise<HttpResult> {
    const url = this.#urlOf(call);
    if (url === undefined) return { ok: false, failure: badPath };
    return exchange(this.#request(url, call), call.within ?? this.#context);
  }

  /**
   * Like {@link send}, but a redirect is followed once, on the same host only:
   * to another one goes neither token nor body, the 307 itself is the answer.
   */
  async sendOn(call: VaultCall): Promise<HttpResult> {
    const url = this.#urlOf(call);
    if (url === undefined) return { ok: false, failure: badPath };
    const context = call.within ?? this.#context;
    const first = await exchange(this.#request(url, call), context);
    if (!first.ok) return first;
    const next = nextOf(first, url);
    return typeof next === 'string' ? exchange(this.#request(next, call), context) : first;
  }

  /** A JSON answer of status 2xx, or why not. A redirect is followed once, on the same host only. Never throws. */
  async json(call: VaultCall): Promise<VaultResult> {
    const url = this.#urlOf(call);
    if (url === undefined) return { ok: false, failure: badPath };
    const context = call.within ?? this.#context;
    let result = await exchangeJson(this.#request(url, call), context);
    const next = result.answer && nextOf(result.answer, url);
    if (typeof next === 'object') return { ok: false, status: 307, failure: next };
    if (next !== undefined) result = await exchangeJson(this.#request(next, call), context);
    if (result.ok) return { ok: true, data: result.data };
    const status = result.answer?.status;
    if (status === undefined || !result.answer) return { ok: false, failure: result.failure };
    return { ok: false, status, failure: refine(result.failure, result.answer.body) };
  }

  /** Its certificate as the connections showed it; `reached` says what came of talking to it. None for plain HTTP. */
  certificate(reached: { readonly ok: true } | Unavailable): Promise<CertificateEvidence> {
    const source = `vault ${this.address}`;
    if (!this.#watch) return Promise.resolve(noTls(source));
    return certificateOf({ name: 'vault', source, ...this.#tls }, this.#watch.seen(), reached, this.#context);
  }

  /** Closes connections that are kept alive. */
  close(): void {
    this.#agent?.destroy();
  }

  #urlOf(call: VaultCall): string | undefined {
    if (call.path.some((part) => part === '' || part === '.' || part === '..')) return undefined;
    const query = new URLSearchParams({ ...(call.list ? { list: 'true' } : {}), ...call.query }).toString();
    return `${this.address}/v1/${call.path.map(encodeURIComponent).join('/')}${call.list ? '/' : ''}${query && `?${query}`}`;
  }

  #request(url: string, call: VaultCall): Parameters<typeof exchange>[0] {
    const namespace = call.namespace === undefined ? this.#namespace : (call.namespace ?? undefined);
    return {
      url,
      method: call.method ?? 'GET',
      headers: {
        // Keeps Vault's agents and proxies from being tricked into a request by a browser; the CLI sends it too.
        'x-vault-request': 'true',
        ...(call.token === undefined ? {} : { 'x-vault-token': call.token }),
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: Buffer.isBuffer(call.body) ? call.body : JSON.stringify(call.body) }),
      ...(this.#agent ? { agent: this.#agent } : {}),
      timeoutMs: 5000,
      maxBytes: 16 * 1024 * 1024,
      ...(call.tries === undefined ? {} : { tries: call.tries }),
    };
  }
}

const badPath: Failure = { reason: 'invalid', detail: 'the path has an empty, "." or ".." part', phase: 'http' };

/** Where a 307 sends us: a URL on the same host, or why it is not followed; undefined: it is no redirect. */
function nextOf(answer: HttpAnswer, url: string): string | Failure | undefined {
  const location = answer.status === 307 ? answer.headers.location : undefined;
  if (location === undefined) return undefined;
  const target = parse(location, url);
  // The active node's address is another host: the token stays here.
  return target?.origin === new URL(url).origin ? target.href : redirected(target);
}

function parse(location: string, base: string): URL | undefined {
  try {
    return new URL(location, base);
  } catch {
    return undefined;
  }
}

function redirected(target: URL | undefined): Failure {
  const where = target ? target.origin : 'another host';
  return { reason: 'invalid', detail: `a standby that redirects to ${where}: configure that address`, phase: 'http' };
}

/** What Vault's own error texts say beyond the status; only known texts count. */
function refine(failure: Failure, body: Buffer): Failure {
  const text = body.subarray(0, 4096).toString('utf8');
  const with_ = (reason: Failure['reason'], detail: string): Failure => ({ reason, detail, phase: 'http' });
  if (failure.reason === 'forbidden' && /invalid token|missing client token/.test(text)) {
    return with_('unauthorized', 'answers 403: the token is missing, invalid or expired');
  }
  if (/Vault is sealed/.test(text)) return with_('server-error', 'answers 503: Vault is sealed');
  if (/no active Vault instance found/.test(text)) return with_('server-error', 'answers 503: no active Vault instance');
  if (/rate limit quota exceeded/.test(text)) return with_('rate-limited', 'answers 429: rate limit quota exceeded');
  if (/namespace not found/.test(text)) return with_('absent', 'answers 404: the namespace does not exist');
  return failure;
}
