import { classifyStatus, type Failure } from '../../evidence/failure.ts';
import { type HttpAnswer, notJson, retryAfterMs, sleep } from '../../evidence/transport.ts';
import type { VaultCall, VaultClient, VaultResult } from '../../evidence/vault/client.ts';
import type { RunContext } from '../ports.ts';
import { type Capability, knownText, neverSent, refusal, type Subject, unanswered } from './outcome.ts';
import type { TokenKeeper } from './token.ts';

/** A call of an engine: what it needs and whether it changes anything follow from the method unless they are said. */
export interface WireCall extends Pick<VaultCall, 'method' | 'path' | 'list' | 'query' | 'body' | 'contentType'> {
  readonly needs?: readonly Capability[];
  /** Statuses besides 2xx that are answers, not errors; default none. */
  readonly accept?: readonly number[];
}

/** How long one call is tried again where the server asks for patience, ms. */
const patienceMs = 15_000;
/** Tries of a read that met a cut connection, a timeout or a 5xx, and of a call that found nobody listening. */
const tries = 4;

/**
 * Calls with a token and with all the patience that is safe. Reads are asked
 * again after any trouble that may pass. A write is sent again only where the
 * server certainly did not carry it out: no connection, 403 for the token's
 * sake, 412, 429, sealed, no active node, still upgrading.
 */
export class Wire {
  readonly #client: VaultClient;
  readonly #tokens: TokenKeeper;
  readonly #namespace: string | undefined;

  constructor(client: VaultClient, tokens: TokenKeeper, namespace: string | undefined) {
    this.#client = client;
    this.#tokens = tokens;
    this.#namespace = namespace;
  }

  /** What the call is about, for errors. */
  subject(call: WireCall): Subject {
    const { method = 'GET' } = call;
    const needs = call.needs ?? [capabilities[call.list ? 'LIST' : method]];
    return { path: call.path.join('/') + (call.list ? '/' : ''), needs, reading: method === 'GET', namespace: this.#namespace };
  }

  /** An answer of 2xx or of an accepted status. Throws a RotationFailure else. The caller overwrites its body where that held a secret. */
  async send(call: WireCall, context: RunContext): Promise<HttpAnswer> {
    const subject = this.subject(call);
    const { clock } = context.host;
    const giveUpAt = Math.min(context.deadline - 100, clock.monotonic() + patienceMs);
    let renewed = false;
    for (let tryNumber = 1; ; tryNumber++) {
      const token = await this.#tokens.current(context);
      const result = await this.#client.sendOn({ ...call, token, tries: 1, within: context });
      if (result.ok && isExpected(result, call)) return result;
      if (result.ok && !renewed && isTokenTrouble(result)) {
        renewed = true;
        if (await this.#tokens.replace(token, context)) continue;
      }
      const failure = result.ok ? refusal(result, subject) : unanswered(result.failure, subject);
      const wait = result.ok ? waitAfter(result, subject, tryNumber, clock.now()) : waitAfterFailure(result.failure, subject, tryNumber);
      if (wait === undefined || context.signal.aborted || clock.monotonic() + wait > giveUpAt) throw failure;
      if (result.ok) result.body.fill(0);
      // Jitter, so that several do not come back in one burst; never sooner than the server asked for.
      await sleep(wait * (1 + 0.3 * context.host.random()), context.signal);
    }
  }

  /** Like the client's own `json`, with this token and this patience, for what is shared with reading evidence; only a 403 is answered. */
  json(context: RunContext): (call: Pick<VaultCall, 'path'>) => Promise<VaultResult> {
    return async ({ path }) => {
      const answer = await this.send({ path, accept: [403] }, context);
      const failure = classifyStatus(answer.status);
      if (failure) return { ok: false, status: answer.status, failure };
      try {
        return { ok: true, data: JSON.parse(answer.body.toString('utf8')) };
      } catch {
        return { ok: false, status: answer.status, failure: notJson };
      }
    };
  }
}

const capabilities = {
  GET: 'read',
  LIST: 'list',
  POST: 'update',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<string, Capability>;

function isExpected(answer: HttpAnswer, call: WireCall): boolean {
  if (answer.status >= 200 && answer.status < 300) return true;
  return (call.accept?.includes(answer.status) ?? false) && !isTokenTrouble(answer) && !isUpgrading(answer);
}

function isUpgrading(answer: HttpAnswer): boolean {
  return answer.status === 400 && knownText(answer) === 'Upgrading from non-versioned to versioned data';
}

function isTokenTrouble(answer: HttpAnswer): boolean {
  if (answer.status !== 403) return false;
  const known = knownText(answer);
  return known === 'invalid token' || known === 'missing client token';
}

/** ms until the call may be sent again; undefined: never. */
function waitAfter(answer: HttpAnswer, { reading }: Subject, tryNumber: number, now: number): number | undefined {
  const { status } = answer;
  const asked = retryAfterMs(answer.headers['retry-after'], now);
  if (status === 429 || status === 412) return asked ?? backOff(tryNumber);
  const known = knownText(answer);
  if (isUpgrading(answer)) return backOff(tryNumber);
  // An election takes seconds; unsealing takes a person.
  if (known === 'no active Vault instance found') return asked ?? backOff(tryNumber);
  if (known === 'Vault is sealed' || status < 500 || !reading || tryNumber >= tries) return undefined;
  return asked ?? backOff(tryNumber);
}

/** Of a call without an answer. TLS that fails, and an answer that is too large, will not pass. */
function waitAfterFailure(failure: Failure, { reading }: Subject, tryNumber: number): number | undefined {
  if (tryNumber >= tries || failure.phase === 'tls' || failure.detail === 'the answer is too large') return undefined;
  return reading || neverSent(failure) ? backOff(tryNumber) : undefined;
}

/** 200 ms, 400 ms, 800 ms… at most 2 s. */
function backOff(tryNumber: number): number {
  return Math.min(2000, 100 * 2 ** tryNumber);
}
