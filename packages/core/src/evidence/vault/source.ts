import type { Config, VaultConfig } from '../../config/schema.ts';
import type { Evidence, Unavailable } from '../../model/evidence.ts';
import type { EvidenceKey, EvidencePromises } from '../../model/evidence-map.ts';
import type { VaultHealth, VaultSecret } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { readTls } from '../http/tls-files.ts';
import type { CertificateEvidence } from '../tls/servers.ts';
import { VaultClient } from './client.ts';
import { readHealth } from './health.ts';
import { checkNamespace } from './namespace.ts';
import { readSecrets } from './secrets.ts';
import { vaultSettings } from './settings.ts';

/** Starts asking Vault how it is and what it knows about the configured secrets. */
export function gatherVault(config: Config, wanted: ReadonlySet<EvidenceKey>, context: GatherContext): EvidencePromises {
  const settings = vaultSettings(config, context.host.env);
  const wantsHealth = wanted.has('vault.health');
  const wantsSecrets = wanted.has('vault.secrets');
  const client = settings ? openClient(settings, context) : Promise.resolve(notConfigured);
  // The namespace is judged by it, so it is asked for even where only secrets are wanted.
  const health = client.then((opened) => (opened instanceof VaultClient ? readHealth(opened, context) : opened));
  const secrets = wantsSecrets ? gatherSecrets(settings, client, health, context) : undefined;
  const certificates = wanted.has('tls.servers') ? gatherCertificate(client, health) : undefined;
  void Promise.all([client, health, secrets, certificates]).then(([opened]) => opened instanceof VaultClient && opened.close());
  return {
    ...(wantsHealth ? { 'vault.health': health } : {}),
    ...(secrets ? { 'vault.secrets': secrets } : {}),
    ...(certificates ? { 'tls.servers': certificates } : {}),
  };
}

async function gatherCertificate(
  client: Promise<VaultClient | Unavailable>,
  health: Promise<Evidence<VaultHealth>>,
): Promise<CertificateEvidence> {
  const opened = await client;
  return opened instanceof VaultClient ? opened.certificate(await health) : opened;
}

const notConfigured: Unavailable = {
  ok: false,
  reason: 'not-configured',
  source: 'vault',
  detail: 'no Vault configured',
  hint: 'set vault.address in agentops.yaml, or VAULT_ADDR',
};

async function openClient(settings: VaultConfig, context: GatherContext): Promise<VaultClient | Unavailable> {
  let address: URL;
  try {
    address = new URL(settings.address);
  } catch {
    return unavailableFrom({ reason: 'invalid', detail: 'its address is no URL', phase: 'http' }, 'vault', { hint: 'see VAULT_ADDR' });
  }
  if (!/^https?:$/.test(address.protocol)) {
    return unavailableFrom({ reason: 'invalid', detail: 'its address is no http(s) URL', phase: 'http' }, 'vault', {
      hint: 'see VAULT_ADDR',
    });
  }
  const tls = await readTls(settings.tls, context.host);
  if (!tls.ok) return unavailableFrom(tls.failure, `vault ${address.origin}`, { hint: 'see vault.tls in agentops.yaml' });
  return new VaultClient(address, { namespace: settings.namespace, tls: tls.tls }, context);
}

async function gatherSecrets(
  settings: VaultConfig | undefined,
  client: Promise<VaultClient | Unavailable>,
  health: Promise<Evidence<VaultHealth>>,
  context: GatherContext,
): Promise<Evidence<readonly VaultSecret[]>> {
  if (!settings) return notConfigured;
  if (settings.secrets.length === 0) {
    const hint = 'list mounts and paths under vault.secrets in agentops.yaml';
    return { ok: false, reason: 'not-configured', source: 'vault', detail: 'no Vault secrets to look at', hint };
  }
  const opened = await client;
  if (!(opened instanceof VaultClient)) return opened;
  const misled = await checkNamespace(opened, settings.namespace, await health);
  return misled ?? readSecrets(opened, settings, context);
}
