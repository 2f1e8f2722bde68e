import type { Config } from '../../config/schema.ts';
import type { EvidenceKey, EvidencePromises } from '../../model/evidence-map.ts';
import type { GatherContext } from '../context.ts';
import { gatherEndpoints } from './endpoints.ts';
import { gatherProviders } from './providers.ts';

/** Starts probing the configured endpoints and providers. */
export function gatherHttp(config: Config, wanted: ReadonlySet<EvidenceKey>, context: GatherContext): EvidencePromises {
  return {
    ...(wanted.has('http.endpoints') ? { 'http.endpoints': gatherEndpoints(config.endpoints, context) } : {}),
    ...(wanted.has('http.providers') ? { 'http.providers': gatherProviders(config.providers, context) } : {}),
  };
}
