import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerConfig, SecretEntry } from '../../config/secrets.ts';
import type { HttpResult } from '../../evidence/transport.ts';
import { RotationFailure } from '../failure.ts';
import { call } from '../http-call.ts';
import type { Consumer, ConsumerChange, RunContext } from '../ports.ts';

/** Tries in all; the waits between them double from the first, ms, with jitter: 15 s or so in all. */
const tries = 6;
const firstWaitMs = 500;

/**
 * Tells an HTTP receiver that a version of the secret is to be used: {"secret",
 * "version", "rotation"} as JSON, never a value; it reads that version from
 * Vault itself. Any 2xx means that it will. Told again it must change nothing.
 */
export function webhookConsumer(config: Extract<ConsumerConfig, { type: 'webhook' }>, entry: Pick<SecretEntry, 'name'>): Consumer {
  const { url, headers, tls } = config;
  // A webhook's path and query are often its credential: shown is the host, and a digest tells two of one host apart.
  const { host, protocol } = new URL(url);
  const id = `webhook ${protocol}//${host}#${createHash('sha256').update(url).digest('hex').slice(0, 8)}`;
  const tell = async ({ rotation, version }: ConsumerChange, context: RunContext): Promise<void> => {
    const body = { secret: entry.name, version, rotation };
    for (let number = 1; ; number++) {
      const result = await call({ url, method: 'POST', headers, tls }, body, context);
      const problem = problemOf(result, id);
      if (!problem) return;
      const wait = firstWaitMs * 2 ** (number - 1) * (0.5 + context.host.random());
      const inTime = context.host.clock.monotonic() + wait < context.deadline && !context.signal.aborted;
      if (problem.kind !== 'transient' || !mayPass(result) || number >= tries || !inTime) throw problem;
      await sleep(wait, undefined, { signal: context.signal }).catch(() => undefined);
    }
  };
  return {
    id,
    type: 'webhook',
    // Whatever it is that listens may read the newest version at any time.
    inPlace: true,
    async view() {
      return { sync: `POST to ${id}, without the value`, objects: [id], workloads: [], warnings: [], blocked: undefined, notSeen: [] };
    },
    async record() {
      return { id, from: null, to: id, workloads: [] };
    },
    sync: (_record, change, context) => tell(change, context),
    workloads: () => [],
    unsync: (_record, change, context) => tell(change, context),
    holds: async () => ({ holds: 'unknown', detail: 'a webhook does not tell' }),
    stillOn: async () => [],
    cleanUp: async () => undefined,
  };
}

/** 400 and 422 mean that the receiver will not have it; whatever else may be well later. */
function problemOf(result: HttpResult, id: string): RotationFailure | undefined {
  if (!result.ok) return new RotationFailure('transient', `${id}: ${result.failure.detail}`);
  const { status } = result;
  if (status >= 200 && status < 300) return undefined;
  return new RotationFailure(status === 400 || status === 422 ? 'refused' : 'transient', `${id} answers ${status}`);
}

/** Worth another try at once: unreachable, timed out, too busy, broken. */
function mayPass(result: HttpResult): boolean {
  return result.ok ? result.status >= 500 || result.status === 429 || result.status === 408 : result.failure.reason !== 'invalid';
}
