import type { Config } from '../config/schema.ts';
import type { EvidenceKey, EvidencePromises } from '../model/evidence-map.ts';
import type { GatherContext } from './context.ts';
import { joinCertificates } from './tls/servers.ts';

/** Evidence under way: what exists once a run, and once for each Kubernetes context. */
export interface Gathering {
  readonly shared: EvidencePromises;
  readonly contexts: readonly { readonly context: string; readonly evidence: EvidencePromises }[];
}

/**
 * Starts reading everything that is wanted, all sources at once. Clients are
 * imported here, only when their evidence is wanted, because they are slow to
 * load.
 */
export async function gather(config: Config, wanted: ReadonlySet<EvidenceKey>, context: GatherContext): Promise<Gathering> {
  // Every source but http has servers whose certificates are judged.
  const of = (source: string): Set<EvidenceKey> =>
    new Set([...wanted].filter((key) => key.startsWith(`${source}.`) || (key === certificates && source !== 'http')));
  const keys = { kubernetes: of('kubernetes'), prometheus: of('prometheus'), redis: of('redis'), vault: of('vault'), http: of('http') };
  // All clients are loaded before the first byte is sent: loading blocks the event loop (reading a ledger's file, too), and would count as the servers' latency.
  const [ledger, kubernetes, prometheus, redis, vault, http] = await Promise.all([
    wanted.has('ledger.spend') ? import('./ledger/source.ts').then(({ loadLedger }) => loadLedger(config, context)) : undefined,
    keys.kubernetes.size > 0 ? import('./kubernetes/source.ts') : undefined,
    keys.prometheus.size > 0 ? import('./prometheus/source.ts') : undefined,
    keys.redis.size > 0 ? import('./redis/source.ts') : undefined,
    keys.vault.size > 0 ? import('./vault/source.ts') : undefined,
    keys.http.size > 0 ? import('./http/source.ts') : undefined,
  ]);
  const sources = [
    ledger && { 'ledger.spend': ledger() },
    http?.gatherHttp(config, keys.http, context),
    redis?.gatherRedis(config, keys.redis, context),
    vault?.gatherVault(config, keys.vault, context),
    prometheus?.gatherPrometheus(config, keys.prometheus, context),
  ];
  const reached = (await kubernetes?.gatherKubernetes(config, keys.kubernetes, context)) ?? [];
  if (reached.length === 0) sources.push(kubernetes?.kubernetesNotConfigured(keys.kubernetes));
  const contexts = reached.map(({ context: name, evidence }) => ({ context: name, evidence: withoutCertificates(evidence) }));
  const shared: EvidencePromises = Object.assign({}, ...sources.map((source) => withoutCertificates(source ?? {})));
  if (wanted.has(certificates)) {
    const parts = [...sources, ...reached.map(({ evidence }) => evidence)].map((source) => source?.[certificates]);
    shared[certificates] = joinCertificates(parts.filter((part) => part !== undefined));
  }
  return { shared, contexts };
}

/** Every source has a part of this key; the whole exists once a run. */
const certificates = 'tls.servers';

function withoutCertificates({ [certificates]: _part, ...rest }: EvidencePromises): EvidencePromises {
  return rest;
}
