import type { Config } from '../config/schema.ts';
import type { EvidenceKey, EvidencePromises } from '../model/evidence-map.ts';
import type { GatherContext } from './context.ts';

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
  const of = (source: string): Set<EvidenceKey> => new Set([...wanted].filter((key) => key.startsWith(`${source}.`)));
  const shared: EvidencePromises[] = [];
  let contexts: Gathering['contexts'] = [];
  const start = async (source: string, read: (keys: Set<EvidenceKey>) => Promise<void>): Promise<void> => {
    const keys = of(source);
    if (keys.size > 0) await read(keys);
  };
  await Promise.all([
    start('kubernetes', async (keys) => {
      const { gatherKubernetes, kubernetesNotConfigured } = await import('./kubernetes/source.ts');
      contexts = await gatherKubernetes(config, keys, context);
      if (contexts.length === 0) shared.push(kubernetesNotConfigured(keys));
    }),
    start('prometheus', async (keys) => {
      const { gatherPrometheus } = await import('./prometheus/source.ts');
      shared.push(gatherPrometheus(config, keys, context));
    }),
    start('redis', async (keys) => {
      const { gatherRedis } = await import('./redis/source.ts');
      shared.push(gatherRedis(config, keys, context));
    }),
    start('vault', async (keys) => {
      const { gatherVault } = await import('./vault/source.ts');
      shared.push(gatherVault(config, keys, context));
    }),
    start('http', async (keys) => {
      const { gatherHttp } = await import('./http/source.ts');
      shared.push(gatherHttp(config, keys, context));
    }),
  ]);
  return { shared: Object.assign({}, ...shared) as EvidencePromises, contexts };
}
