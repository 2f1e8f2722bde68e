/**
 * A thin Vault client over our own transport, instead of node-vault: that one
 * puts the token into its errors, re-sends token and body to whatever host a
 * 307 names, turns certificate verification off for VAULT_SKIP_VERIFY=false,
 * HTML-escapes paths and lets `../` through, has no default timeout and hides
 * the status of sys/health. Replacing its request function would mean to redo
 * each of these; what is read here are five paths.
 */
import { Agent } from 'node:https';
import type { Unavailable } from '../../model/evidence.ts';
import type { GatherContext } from '../context.ts';
import type { Failure } from '../failure.ts';
import type { TlsMaterial } from '../http/tls-files.ts';
import type { TlsTarget } from '../tls/handshake.ts';
import { type CertificateEvidence, certificateOf, noTls, tlsTargetOf } from '../tls/servers.ts';
import { type TlsWatch, watchTls } from '../tls/watch.ts';
import { exchange, exchangeJson, type HttpResult } from '../transport.ts';

export interface VaultCall {
  readonly method?: 'GET' | 'POST';
  /** Below /v1/, each segment as it is (not encoded). */
  readonly path: readonly string[];
  /** Lists the names below the path. Sent as `GET …?list=true`, as Vault's own client does: not every proxy lets LIST through. */
  readonly list?: boolean;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  /** Overrides the client's namespace; null sends none. */
  readonly namespace?: string | null;
  readonly tries?: number;
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

  /** Any answer, whatever its status. Never throws. */
  async send(call: VaultCall): Promise<HttpResult> {
    const url = this.#urlOf(call);
    if (url === undefined) {
      return { ok: false, failure: { reason: 'invalid', detail: 'the path has an empty, "." or ".." part', phase: 'http' } };
    }
    return exchange(this.#request(url, call), this.#context);
  }

  /** A JSON answer of status 2xx, or why not. A redirect is followed once, on the same host only. Never throws. */
  async json(call: VaultCall): Promise<VaultResult> {
    const url = this.#urlOf(call);
    if (url === undefined) {
      return { ok: false, failure: { reason: 'invalid', detail: 'the path has an empty, "." or ".." part', phase: 'http' } };
    }
    let result = await exchangeJson(this.#request(url, call), this.#context);
    const location = result.answer?.status === 307 ? result.answer.headers.location : undefined;
    if (location !== undefined) {
      const target = parse(location, url);
      // The active node's address is another host: the token stays here.
      if (target?.origin !== new URL(url).origin) return { ok: false, status: 307, failure: redirected(target) };
      result = await exchangeJson(this.#request(target.href, call), this.#context);
    }
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
    return `${this.address}/v1/${call.path.map(encodeURIComponent).join('/')}${call.list ? '/?list=true' : ''}`;
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
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(this.#agent ? { agent: this.#agent } : {}),
      timeoutMs: 5000,
      maxBytes: 16 * 1024 * 1024,
      ...(call.tries === undefined ? {} : { tries: call.tries }),
    };
  }
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
