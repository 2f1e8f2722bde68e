import { release, type Session } from '../../evidence/kubernetes/request.ts';
import { retryAfterMs } from '../../evidence/transport.ts';
import type { RunContext } from '../ports.ts';
import { type Asked, ClusterFailure, unanswered } from './cluster-failure.ts';
import { pause } from './pause.ts';
import { type Outgoing, type Sent, send } from './send.ts';

export interface Call {
  readonly method: Outgoing['method'];
  /** With its query. */
  readonly path: string;
  readonly accept: string;
  readonly contentType?: string;
  /** Sent as JSON. */
  readonly body?: object;
  /** ms, of one try. */
  readonly limitMs: number;
}

/** An answer; `data` is its body, undefined where that is no JSON. */
export interface Reply {
  readonly status: number;
  readonly data: unknown;
}

const tries = 4;
/** Closer than this the clocks count as one: an answer's Date has whole seconds. */
const sameClockMs = 2000;

/**
 * Asks an API server, with retries where they cannot do harm: reads after connection errors, 429 and 5xx; writes
 * (each of which may be repeated: applied, tested or named) only where the server has not acted, or after 429. A 401
 * renews the login once a call. Bodies are wiped after use.
 */
export class Caller {
  #session: Session;
  readonly #login: (context: RunContext) => Promise<Session>;
  /** How far the server's clock is ahead of ours, ms; 0 where they agree. */
  clockAheadMs = 0;

  constructor(session: Session, login: (context: RunContext) => Promise<Session>) {
    this.#session = session;
    this.#login = login;
  }

  /** Throws where there is no answer at all; a status is the caller's to judge. */
  async call(call: Call, asked: Asked, context: RunContext): Promise<Reply> {
    let renewed = false;
    for (let tried = 1; ; tried++) {
      const used = this.#session;
      const sent = await this.#once(call, asked, context);
      if (sent.ok && sent.status === 401 && !renewed) {
        renewed = true;
        await this.#renew(used, context);
        continue;
      }
      const wait = tried < tries && mayRepeat(call, sent) ? waitMs(sent, tried, context) : undefined;
      const fits = wait !== undefined && context.host.clock.monotonic() + wait < context.deadline - 500;
      if (fits && !context.signal.aborted) {
        await pause(wait, context.signal);
        continue;
      }
      if (!sent.ok) throw unanswered(asked, sent.failure);
      return { status: sent.status, data: parsed(sent.body) };
    }
  }

  close(): void {
    this.#session.agent.destroy();
  }

  async #once(call: Call, asked: Asked, context: RunContext): Promise<Sent> {
    const left = context.deadline - context.host.clock.monotonic();
    if (left <= 0 || context.signal.aborted) {
      throw new ClusterFailure('transient', 'Unavailable', `${asked.verb} ${asked.kind.plural}: the run ended before`);
    }
    const { url, headers, agent, loopback } = this.#session;
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body), 'utf8');
    const limit = AbortSignal.timeout(Math.ceil(Math.min(left, call.limitMs)));
    try {
      const sent = await send(
        {
          method: call.method,
          url: `${url}${call.path}`,
          headers: {
            accept: call.accept,
            'accept-encoding': loopback ? 'identity' : 'gzip',
            'user-agent': 'agentops',
            ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
            ...headers,
          },
          body,
          agent,
        },
        AbortSignal.any([context.signal, limit]),
      );
      if (sent.ok) this.#setClock(sent.headers.date, context);
      return sent;
    } finally {
      body?.fill(0);
    }
  }

  /** Another call may have renewed it meanwhile. */
  async #renew(used: Session, context: RunContext): Promise<void> {
    if (this.#session !== used) return;
    const fresh = await this.#login(context);
    if (this.#session === used) this.#session = fresh;
    used.agent.destroy();
  }

  #setClock(date: string | undefined, context: RunContext): void {
    const at = Date.parse(date ?? '');
    if (Number.isNaN(at)) return;
    const ahead = at + 500 - context.host.clock.now();
    this.clockAheadMs = Math.abs(ahead) < sameClockMs ? 0 : ahead;
  }
}

function mayRepeat(call: Call, sent: Sent): boolean {
  if (call.method !== 'GET') return sent.ok ? sent.status === 429 : sent.untouched;
  return sent.ok ? sent.status === 429 || (sent.status >= 500 && sent.status !== 501) : sent.failure.phase !== 'tls';
}

/** Doubling from 200 ms, or what the server asks for; with jitter, so that many clients do not come back at once. */
function waitMs(sent: Sent, tried: number, context: RunContext): number {
  const asked = sent.ok ? retryAfterMs(sent.headers['retry-after'], context.host.clock.now()) : undefined;
  return (asked ?? 200 * 2 ** (tried - 1)) * (0.75 + context.host.random() / 2);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  } finally {
    body.fill(0);
    release(body);
  }
}
