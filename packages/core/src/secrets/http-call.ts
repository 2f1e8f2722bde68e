import type { Agent } from 'node:https';
import type { TlsConfig } from '../config/schema.ts';
import type { Failure } from '../evidence/failure.ts';
import { exchange, type HttpRequest, type HttpResult } from '../evidence/transport.ts';
import { RotationFailure } from './failure.ts';
import { agentFor } from './issuers/proxied-agent.ts';
import type { RunContext } from './ports.ts';

/** A configured HTTP receiver. */
export interface HttpTarget {
  readonly url: string;
  readonly method: NonNullable<HttpRequest['method']>;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: TlsConfig | undefined;
}

/** More of an answer is not read, bytes. */
const answerLimit = 16 * 1024 * 1024;

/**
 * One try of a request, `body` as JSON. Any answer is `ok`, whatever its status.
 * The bytes that were sent are overwritten. Never throws.
 */
export async function call(target: HttpTarget, body: object | undefined, context: RunContext, timeoutMs = 10_000): Promise<HttpResult> {
  const agent = await openAgent(target, context);
  if (agent !== undefined && 'reason' in agent) return { ok: false, failure: agent };
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const { url, method, headers } = target;
  const type: Record<string, string> = bytes === undefined ? {} : { 'content-type': 'application/json' };
  try {
    return await exchange(
      {
        url,
        method,
        headers: { ...type, ...headers },
        timeoutMs,
        maxBytes: answerLimit,
        tries: 1,
        ...(bytes === undefined ? {} : { body: bytes }),
        ...(agent ? { agent } : {}),
      },
      context,
    );
  } finally {
    bytes?.fill(0);
    agent?.destroy();
  }
}

/** With the target's TLS settings, through the proxy that the environment names. */
async function openAgent({ url, tls }: HttpTarget, context: RunContext): Promise<Agent | Failure | undefined> {
  try {
    return await agentFor(url, tls, context.host, context);
  } catch (error) {
    if (!(error instanceof RotationFailure)) throw error;
    return { reason: 'invalid', detail: error.message, phase: 'tls' };
  }
}
