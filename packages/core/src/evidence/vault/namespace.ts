import type { Evidence, Unavailable } from '../../model/evidence.ts';
import type { VaultHealth } from '../../model/servers.ts';
import { classifyStatus, unavailableFrom } from '../failure.ts';
import type { VaultClient } from './client.ts';

/**
 * Makes sure that a configured namespace means something. Community Vault
 * ignores the header in silence and answers from the root namespace, so that
 * the wrong secrets would be judged; undefined where all is well.
 *
 * Enterprise says so in sys/health. OpenBao does not, but it refuses a
 * namespace that cannot exist where community Vault answers as if nothing was
 * asked.
 */
export async function checkNamespace(
  client: VaultClient,
  namespace: string | undefined,
  health: Evidence<VaultHealth>,
): Promise<Unavailable | undefined> {
  if (namespace === undefined || namespace === '' || namespace === 'root') return undefined;
  if (!health.ok) return health;
  if (health.data.enterprise) return undefined;
  const answer = await client.send({ path: ['sys', 'internal', 'ui', 'mounts'], namespace: 'agentops-no-such-namespace' });
  const source = `vault ${client.address}`;
  if (!answer.ok) return unavailableFrom(answer.failure, source);
  // Sealed, over a quota…: that tells nothing of namespaces.
  const failure = classifyStatus(answer.status);
  if (failure && (answer.status === 429 || answer.status >= 500)) return unavailableFrom(failure, source);
  if (failure) return undefined;
  const detail = `namespace ${namespace} is configured, but this Vault has no namespaces: it would answer from the root namespace`;
  return {
    ok: false,
    reason: 'invalid',
    source,
    detail,
    hint: 'remove vault.namespace, or set vault.address to an Enterprise server or OpenBao',
  };
}
