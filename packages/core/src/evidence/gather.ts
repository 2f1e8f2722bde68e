import type { Config } from '../config/schema.ts';
import type { EvidenceKey, EvidencePromises } from '../model/evidence-map.ts';
import type { GatherContext } from './context.ts';

/** Evidence under way: what exists once a run, and once for each Kubernetes context. */
export interface Gathering {
  readonly shared: EvidencePromises;
  readonly contexts: readonly { readonly context: string; readonly evidence: EvidencePromises }[];
}

/**
 * Starts reading everything that is wanted, all sources at once. Heavy clients
 * are imported here, only when their evidence is wanted and configured.
 */
export async function gather(_config: Config, _wanted: ReadonlySet<EvidenceKey>, _context: GatherContext): Promise<Gathering> {
  return { shared: {}, contexts: [] };
}
