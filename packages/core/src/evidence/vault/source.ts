import type { Config, VaultConfig } from '../../config/schema.ts';
import type { Evidence, Unavailable } from '../../model/evidence.ts';
import type { EvidenceKey, EvidencePromises } from '../../model/evidence-map.ts';
import type { VaultHealth, VaultRotations, VaultSecret } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { readTls } from '../http/tls-files.ts';
import type { CertificateEvidence } from '../tls/servers.ts';
import { VaultClient } from './client.ts';
import { readHealth } from './health.ts';
import { login } from './login.ts';
import { checkNamespace } from './namespace.ts';
import { readRotations } from './rotations.ts';
import { readSecrets } from './secrets.ts';
import { vaultSettings } from './settings.ts';

/** Starts asking Vault how it is, what it knows about the configured secrets, and how their rotations stand. */
export function gatherVault(config: Config, wanted: ReadonlySet<EvidenceKey>, context: GatherContext): EvidencePromises {
  const settings = vaultSettings(config, context.host.env);
  const wantsHealth = wanted.has('vault.health');
  const client = settings ? openClient(settings, context) : Promise.resolve(notConfigured);
  // The namespace is judged by it, so it is asked for even where only secrets are wanted.
  const health = client.then((opened) => (opened instanceof VaultClient ? readHealth(opened, context) : opened));
  const below = gatherBelow(config, settings, wanted, client, health, context);
  const certificates = wanted.has('tls.servers') ? gatherCertificate(client, health) : undefined;
  void Promise.all([client, health, ...Object.values(below), certificates]).then(
    ([opened]) => opened instanceof VaultClient && opened.close(),
  );
  return {
    ...(wantsHealth ? { 'vault.health': health } : {}),
    ...below,
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

/** A client for the configured server, or why there can be none. The caller closes it. */
export async function openClient(settings: VaultConfig, context: GatherContext): Promise<VaultClient | Unavailable> {
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

/** What takes a token: one login for all of it, and a token made for this run is not left behind. */
function gatherBelow(
  config: Config,
  settings: VaultConfig | undefined,
  wanted: ReadonlySet<EvidenceKey>,
  client: Promise<VaultClient | Unavailable>,
  health: Promise<Evidence<VaultHealth>>,
  context: GatherContext,
): Pick<EvidencePromises, 'vault.secrets' | 'vault.rotations'> {
  const unasked = { secrets: nothingToLookAt(config, settings), rotations: nothingToRotate(config, settings) };
  const wantsSecrets = wanted.has('vault.secrets');
  const wantsRotations = wanted.has('vault.rotations');
  const needed = (wantsSecrets && !unasked.secrets) || (wantsRotations && !unasked.rotations);
  const session = settings && needed ? openSession(settings, client, health, context) : Promise.resolve(notConfigured);
  const secrets = session.then((opened): Promise<Evidence<readonly VaultSecret[]>> | Unavailable => {
    if (unasked.secrets || !wantsSecrets) return unasked.secrets ?? notConfigured;
    if ('ok' in opened || !settings) return opened as Unavailable;
    return readSecrets(opened.client, { ...config, vault: settings }, opened.token, context);
  });
  const rotations = session.then((opened): Promise<Evidence<VaultRotations>> | Unavailable => {
    if (unasked.rotations || !wantsRotations) return unasked.rotations ?? notConfigured;
    return 'ok' in opened ? opened : readRotations(opened.client, config, opened.token);
  });
  const done = Promise.all([session, secrets, rotations]).then(async ([opened]) => {
    if ('ok' in opened || !opened.issued) return;
    // Whether that works changes nothing.
    await opened.client.json({ method: 'POST', path: ['auth', 'token', 'revoke-self'], token: opened.token, tries: 1 });
  });
  return {
    ...(wantsSecrets ? { 'vault.secrets': done.then(() => secrets) } : {}),
    ...(wantsRotations ? { 'vault.rotations': done.then(() => rotations) } : {}),
  };
}

interface Session {
  readonly client: VaultClient;
  readonly token: string;
  /** The token was made for this run. */
  readonly issued: boolean;
}

async function openSession(
  settings: VaultConfig,
  client: Promise<VaultClient | Unavailable>,
  health: Promise<Evidence<VaultHealth>>,
  context: GatherContext,
): Promise<Session | Unavailable> {
  const opened = await client;
  if (!(opened instanceof VaultClient)) return opened;
  const misled = await checkNamespace(opened, settings.namespace, await health);
  if (misled) return misled;
  const session = await login(opened, settings.auth, context.host);
  if (session.ok) return { client: opened, token: session.token, issued: session.issued };
  return unavailableFrom(session.failure, `vault ${opened.address}`, session.hint === undefined ? {} : { hint: session.hint });
}

function nothingToLookAt(config: Config, settings: VaultConfig | undefined): Unavailable | undefined {
  if (config.secrets.length > 0) return settings ? undefined : secretsWithoutVault;
  if (!settings) return notConfigured;
  if (settings.secrets.length > 0) return undefined;
  const hint = 'list mounts and paths under vault.secrets in agentops.yaml';
  return { ok: false, reason: 'not-configured', source: 'vault', detail: 'no Vault secrets to look at', hint };
}

function nothingToRotate(config: Config, settings: VaultConfig | undefined): Unavailable | undefined {
  if (!config.secrets.some(({ issuer }) => issuer !== undefined)) {
    const hint = 'list them under secrets in agentops.yaml, each with its issuer';
    return { ok: false, reason: 'not-configured', source: 'rotations', detail: 'no secrets to rotate', hint };
  }
  return settings ? undefined : secretsWithoutVault;
}

/** Somebody does want them to be looked at. */
const secretsWithoutVault: Unavailable = {
  ok: false,
  reason: 'invalid',
  source: 'vault',
  detail: 'secrets are configured, but no Vault',
  hint: 'set vault.address in agentops.yaml, or VAULT_ADDR',
};
