import type { ProviderConfig } from '../../config/schema.ts';
import type { Host } from '../../host.ts';
import type { Evidence, Unavailable } from '../../model/evidence.ts';
import type { ProviderProbe } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { collect } from './endpoints.ts';
import { knownProviders } from './known-providers.ts';
import { probeEndpoint } from './probe.ts';

const timeoutMs = 5000;

/** Probes every configured provider at once, without a key: no token is spent. */
export async function gatherProviders(
  providers: readonly ProviderConfig[],
  context: GatherContext,
): Promise<Evidence<readonly ProviderProbe[]>> {
  if (providers.length === 0) {
    return {
      ok: false,
      reason: 'not-configured',
      source: 'model providers',
      detail: 'no model providers configured',
      hint: 'list them under providers: in agentops.yaml, e.g. - name: openai',
    };
  }
  return collect('model providers', await Promise.all(providers.map((provider) => probeOne(provider, context))));
}

async function probeOne(
  provider: ProviderConfig,
  context: GatherContext,
): Promise<Unavailable | { probe: ProviderProbe; cutOff: boolean }> {
  const url = providerUrl(provider, context.host.env);
  if (typeof url !== 'string') return url;
  const { probe, cutOff } = await probeEndpoint(
    {
      name: provider.name,
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
      timeoutMs,
      tls: { rejectUnauthorized: true },
      // Refusing a request without a key (400, 401, 403), or knowing no such path (404, 405), proves that the API is there.
      expects: { matches: (status) => status < 300 || (status >= 400 && status < 500 && status !== 429), text: 'any answer of its API' },
    },
    context,
  );
  return { probe: { ...probe, provider: provider.name }, cutOff };
}

/** Where to ask, or what is missing to know it. */
export function providerUrl(provider: ProviderConfig, env: Host['env']): string | Unavailable {
  const known = knownProviders[provider.name];
  const gap = (detail: string, hint: string): Unavailable => ({
    ok: false,
    reason: 'invalid',
    source: `provider ${provider.name}`,
    detail,
    hint,
  });
  if (provider.url !== undefined) return known ? join(provider.url, known.path) : provider.url;
  if (!known) return gap('not a known provider, and it has no url', 'set url: of this provider in agentops.yaml');
  if (known.base === undefined) return gap('its address differs from customer to customer', 'set url: of this provider in agentops.yaml');
  if (!known.regionFrom) return join(known.base, known.path);
  const region = known.regionFrom.map((name) => env[name]).find((value) => value !== undefined && /^[a-z0-9-]+$/.test(value));
  if (region === undefined) return gap('its region is not known', `set ${known.regionFrom[0]}, or url: of this provider in agentops.yaml`);
  return join(known.base.replace('{region}', region), known.path);
}

function join(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`;
}
