import type { Config } from '../config/schema.ts';
import type { ConsumerConfig, SecretEntry } from '../config/secrets.ts';
import { AgentOpsError } from '../errors.ts';
import type { Host } from '../host.ts';
import { fileConsumer } from './consumers/file.ts';
import { webhookConsumer } from './consumers/webhook.ts';
import { expandEntries } from './expand.ts';
import { createIssuer } from './issuers/create.ts';
import { type Cluster, openCluster } from './kubernetes/client.ts';
import { kubernetesConsumer } from './kubernetes/consumer.ts';
import { leaseLock } from './kubernetes/lease.ts';
import { webhookNotifier } from './notify.ts';
import type { RotationParts } from './parts.ts';
import type { Consumer, RunContext } from './ports.ts';
import { recordsIn } from './vault/records.ts';
import { openVault, type VaultSession } from './vault/session.ts';
import { createVerifier } from './verifiers/create.ts';

/** The configured secrets, each with everything its rotation works with. */
export interface SecretsSession {
  /** In the order of the configuration; patterns are one entry a secret. */
  readonly secrets: readonly RotationParts[];
  readonly vault: VaultSession;
  readonly context: RunContext;
  /** Entries that could not be told, and why. */
  readonly notSeen: readonly string[];
  /** Logs out and closes connections. Never throws. */
  close(): Promise<void>;
}

/** Logs in to Vault and puts the parts together; the clusters are opened when one is needed. */
export async function openSecrets(config: Config, host: Host, options: { readonly timeoutMs?: number } = {}): Promise<SecretsSession> {
  const timeoutMs = options.timeoutMs ?? config.rotation.timeout;
  const context: RunContext = { host, signal: AbortSignal.timeout(timeoutMs), deadline: host.clock.monotonic() + timeoutMs };
  const vault = await openVault(config, context);
  const clusters = clusterPool(config, context);
  const close = async (): Promise<void> => {
    await Promise.all([vault.close(), clusters.close()]);
  };
  try {
    const { entries, notSeen } = await expandEntries(config.secrets, vault.kv);
    const secrets = entries.map((entry) => partsOf(entry, { config, host, vault, cluster: (name) => clusters.get(name) }));
    return { secrets, vault, context, notSeen, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface World {
  readonly config: Config;
  readonly host: Host;
  readonly vault: VaultSession;
  readonly cluster: (context: string | undefined) => Promise<Cluster>;
}

function partsOf(entry: SecretEntry, world: World): RotationParts {
  const { config, host, vault, cluster } = world;
  const { rotation } = config;
  const mount = rotation.mount ?? entry.vault?.mount;
  if (mount === undefined) {
    throw new AgentOpsError('config-invalid', `secret ${entry.name}: its rotation needs a KV v2 mount for its journal`, {
      hint: 'set rotation.mount',
    });
  }
  const records = recordsIn(vault.kv, { mount, folder: rotation.folder, lockForMs: rotation.lockFor });
  const { lock } = rotation;
  return {
    entry,
    kv: vault.kv,
    ...records,
    ...(lock.type === 'lease'
      ? { lock: leaseLock(() => cluster(lock.context), { namespace: lock.namespace, lockForMs: rotation.lockFor }) }
      : {}),
    issuer: createIssuer(entry, { host, vault }),
    verifier: createVerifier(entry),
    consumers: entry.consumers.map((consumer) => consumerOf(consumer, entry, world)),
    notifiers: rotation.notify.map((target) => webhookNotifier(target, host)),
  };
}

function consumerOf(config: ConsumerConfig, entry: SecretEntry, world: World): Consumer {
  if (config.type === 'file') return fileConsumer(config, entry, world.host);
  if (config.type === 'webhook') return webhookConsumer(config, entry);
  return kubernetesConsumer({ config, entry, cluster: () => world.cluster(config.context) });
}

function clusterPool(
  config: Config,
  context: RunContext,
): { readonly get: (name: string | undefined) => Promise<Cluster>; close(): Promise<void> } {
  const open = new Map<string, Promise<Cluster>>();
  return {
    get: (name) => {
      const key = name ?? '';
      const found = open.get(key);
      if (found) return found;
      const opening = openCluster(config, name, context);
      open.set(key, opening);
      // One that could not be opened is tried again: a run may outlive a short outage.
      opening.catch(() => open.delete(key));
      return opening;
    },
    close: async () => {
      for (const cluster of await Promise.allSettled(open.values())) if (cluster.status === 'fulfilled') cluster.value.close();
    },
  };
}
