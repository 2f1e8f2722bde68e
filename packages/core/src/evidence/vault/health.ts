import { z } from 'zod';
import { available, type Evidence } from '../../model/evidence.ts';
import type { VaultHealth } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { classifyStatus, type Failure, unavailableFrom } from '../failure.ts';
import type { VaultClient } from './client.ts';

/** Statuses that sys/health has a meaning for; any other is not sys/health speaking. */
const meanings = new Set([200, 429, 472, 473, 474, 501, 503, 530]);

const healthBody = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  standby: z.boolean(),
  version: z.string().default(''),
  enterprise: z.boolean().default(false),
  cluster_name: z.string().optional(),
});

/** Asks sys/health, which needs no token. Each of its statuses is an answer. */
export async function readHealth(client: VaultClient, context: GatherContext): Promise<Evidence<VaultHealth>> {
  const source = `vault ${client.address}`;
  const start = context.host.clock.monotonic();
  // Not retried: 429 and 503 are states here, not requests to come back later.
  const answer = await client.send({ path: ['sys', 'health'], namespace: null, tries: 1 });
  const latencyMs = context.host.clock.monotonic() - start;
  if (!answer.ok) return unavailableFrom(answer.failure, source);
  const body = meanings.has(answer.status) ? parseBody(answer.body) : undefined;
  if (!body) return unavailableFrom(notHealth(answer.status, answer.headers['content-type']), source);
  return available(source, {
    address: client.address,
    status: answer.status,
    initialized: body.initialized,
    sealed: body.sealed,
    standby: body.standby,
    version: body.version,
    enterprise: body.enterprise,
    latencyMs,
    ...(client.unverified ? { unverified: true } : {}),
    ...(body.cluster_name === undefined ? {} : { clusterName: body.cluster_name }),
  });
}

function parseBody(body: Buffer): z.infer<typeof healthBody> | undefined {
  try {
    return healthBody.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function notHealth(status: number, contentType: string | undefined): Failure {
  const bad = classifyStatus(status);
  if (bad) return { ...bad, detail: `${bad.detail} (not as Vault's sys/health)` };
  const type = contentType?.split(';')[0]?.slice(0, 60) || 'no content type';
  return { reason: 'invalid', detail: `the answer (${type}) is not that of Vault's sys/health`, phase: 'http' };
}
