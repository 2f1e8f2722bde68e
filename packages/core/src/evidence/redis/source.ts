import type { Config, RedisConfig } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { EvidenceKey, EvidencePromises } from '../../model/evidence-map.ts';
import type { RedisInfo } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { gatherCertificates, type RedisTls, watchRedis } from './certificates.ts';
import { probeRedis } from './probe.ts';
import { readRegistry } from './registry.ts';

/** Starts looking at the configured Redis servers and at the agents' registry in one of them. */
export function gatherRedis(config: Config, wanted: ReadonlySet<EvidenceKey>, context: GatherContext): EvidencePromises {
  const probes = wanted.has('redis.servers') || wanted.has('tls.servers') ? config.redis.map((server) => probe(server, context)) : [];
  return {
    ...(wanted.has('redis.servers') ? { 'redis.servers': gatherServers(probes) } : {}),
    ...(wanted.has('redis.registry') ? { 'redis.registry': readRegistry(config, context) } : {}),
    ...(wanted.has('tls.servers')
      ? { 'tls.servers': probes.length === 0 ? Promise.resolve(notConfigured) : gatherCertificates(probes, context) }
      : {}),
  };
}

const notConfigured: Unavailable = {
  ok: false,
  reason: 'not-configured',
  source: 'redis',
  detail: 'no Redis server configured',
  hint: 'list servers under redis: in agentops.yaml, e.g. - url: redis://redis:6379',
};

/** A probe under way, and what it sees of TLS. */
export interface RedisProbe {
  readonly config: RedisConfig;
  readonly tls: RedisTls;
  readonly found: Promise<Evidence<RedisInfo>[]>;
}

function probe(config: RedisConfig, context: GatherContext): RedisProbe {
  const tls = watchRedis();
  return { config, tls, found: probeRedis(config, context, tls.onTls) };
}

async function gatherServers(probes: readonly RedisProbe[]): Promise<Evidence<readonly Evidence<RedisInfo>[]>> {
  if (probes.length === 0) return notConfigured;
  const servers = await Promise.all(probes.map(({ found }) => found));
  return available('redis', servers.flat());
}
