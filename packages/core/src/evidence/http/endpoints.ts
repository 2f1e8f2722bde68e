import type { EndpointConfig } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { EndpointProbe } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { displayUrl, type ProbeResult, probeEndpoint } from './probe.ts';
import { readTls } from './tls-files.ts';

/** Probes every configured endpoint at once. */
export async function gatherEndpoints(
  endpoints: readonly EndpointConfig[],
  context: GatherContext,
): Promise<Evidence<readonly EndpointProbe[]>> {
  if (endpoints.length === 0) {
    return {
      ok: false,
      reason: 'not-configured',
      source: 'HTTP endpoints',
      detail: 'no endpoints configured',
      hint: 'list them under endpoints: in agentops.yaml',
    };
  }
  const results = await Promise.all(endpoints.map((endpoint) => probeOne(endpoint, context)));
  return collect('HTTP endpoints', results);
}

async function probeOne(endpoint: EndpointConfig, context: GatherContext): Promise<ProbeResult | Unavailable> {
  const tls = await readTls(endpoint.tls, context.host);
  if (!tls.ok) return unavailableFrom(tls.failure, `endpoint ${endpoint.name}`, { hint: 'see tls: of this endpoint in agentops.yaml' });
  const { expectStatus } = endpoint;
  const type = endpoint.expectType?.toLowerCase();
  const expects =
    expectStatus.length > 0
      ? { matches: (status: number) => expectStatus.includes(status), text: `status ${expectStatus.join(' or ')}`, type }
      : { matches: (status: number) => status < 400, text: 'a status below 400', type };
  return probeEndpoint({ ...endpoint, timeoutMs: endpoint.timeout, tls: tls.tls, expects }, context);
}

/** Probes as evidence: what the end of the run cut off, or bad settings kept from starting, is a gap. */
export function collect<T extends EndpointProbe>(
  source: string,
  results: readonly (Unavailable | { readonly probe: T; readonly cutOff: boolean })[],
): Evidence<readonly T[]> {
  const probes: T[] = [];
  const gaps: Unavailable[] = [];
  for (const result of results) {
    if (!('probe' in result)) gaps.push(result);
    else if (!result.cutOff) probes.push(result.probe);
    else gaps.push(cutOffGap(result.probe));
  }
  return available(source, probes, gaps);
}

function cutOffGap(probe: EndpointProbe): Unavailable {
  return {
    ok: false,
    reason: 'timeout',
    source: `${probe.name} ${displayUrl(new URL(probe.url))}`,
    detail: 'the run ended before it could answer',
    hint: 'raise --timeout',
  };
}
