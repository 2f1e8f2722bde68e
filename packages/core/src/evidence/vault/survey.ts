import { z } from 'zod';
import type { VaultConfig } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { VaultSecret } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { type Failure, unavailableFrom } from '../failure.ts';
import { VaultClient } from './client.ts';
import { readHealth } from './health.ts';
import { login } from './login.ts';
import { checkNamespace } from './namespace.ts';
import { ownRecords } from './rotation-paths.ts';
import { openClient } from './source.ts';
import { walkMetadata } from './walk.ts';

export interface VaultSurvey {
  readonly secrets: readonly VaultSecret[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

const mountsAnswer = z.object({
  data: z.object({
    secret: z.record(z.string(), z.object({ type: z.string(), options: z.record(z.string(), z.unknown()).nullish() })),
  }),
});

/** Looks around in every KV v2 mount that the token may see, for at most so many secrets; metadata only. */
export async function surveyVault(settings: VaultConfig, most: number, context: GatherContext): Promise<Evidence<VaultSurvey>> {
  const client = await openClient(settings, context);
  if (!(client instanceof VaultClient)) return client;
  try {
    const misled = await checkNamespace(client, settings.namespace, await readHealth(client, context));
    return misled ?? (await surveyWith(client, settings, most, context));
  } finally {
    client.close();
  }
}

async function surveyWith(
  client: VaultClient,
  settings: VaultConfig,
  most: number,
  context: GatherContext,
): Promise<Evidence<VaultSurvey>> {
  const source = `vault ${client.address}`;
  const session = await login(client, settings.auth, context.host);
  if (!session.ok) return unavailableFrom(session.failure, source, session.hint === undefined ? {} : { hint: session.hint });
  const { token } = session;
  try {
    const mounts = await kv2Mounts(client, token);
    if ('reason' in mounts) return unavailableFrom(mounts, source);
    const secrets: VaultSecret[] = [];
    const gaps: Unavailable[] = [];
    for (const mount of mounts) {
      // One beyond the limit tells that there are more.
      const left = most + 1 - secrets.length;
      if (left <= 0) break;
      const at = {
        mount: mount.split('/'),
        starts: [{ path: '', reach: 'below' as const }],
        token,
        skip: ownRecords('agentops'),
        most: left,
      };
      const walk = await walkMetadata(client, at, context);
      secrets.push(...walk.secrets);
      gaps.push(...walk.problems.map(({ failure }) => unavailableFrom(failure, source)));
    }
    return available(source, { secrets: secrets.slice(0, most), more: secrets.length > most }, gaps);
  } finally {
    if (session.issued) await client.json({ method: 'POST', path: ['auth', 'token', 'revoke-self'], token, tries: 1 });
  }
}

/** Sorted, without slashes at their ends. */
async function kv2Mounts(client: VaultClient, token: string): Promise<readonly string[] | Failure> {
  const answer = await client.json({ path: ['sys', 'internal', 'ui', 'mounts'], token });
  if (!answer.ok) return answer.failure;
  const mounts = mountsAnswer.safeParse(answer.data).data?.data.secret;
  if (!mounts) return { reason: 'invalid', detail: 'the list of mounts cannot be read', phase: 'http' };
  return Object.entries(mounts)
    .filter(([, { type, options }]) => type === 'kv' && options?.version === '2')
    .map(([name]) => name.replace(/\/$/, ''))
    .sort();
}
