import type { Config } from '../../config/schema.ts';
import { available, type Evidence } from '../../model/evidence.ts';
import type { EvidenceKey, EvidencePromises } from '../../model/evidence-map.ts';
import type { RedisInfo } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { probeRedis } from './probe.ts';
import { readRegistry } from './registry.ts';

/** Starts looking at the configured Redis servers and at the agents' registry in one of them. */
export function gatherRedis(config: Config, wanted: ReadonlySet<EvidenceKey>, context: GatherContext): EvidencePromises {
  return {
    ...(wanted.has('redis.servers') ? { 'redis.servers': gatherServers(config, context) } : {}),
    ...(wanted.has('redis.registry') ? { 'redis.registry': readRegistry(config, context) } : {}),
  };
}

async function gatherServers(config: Config, context: GatherContext): Promise<Evidence<readonly Evidence<RedisInfo>[]>> {
  if (config.redis.length === 0) {
    const hint = 'list servers under redis: in agentops.yaml, e.g. - url: redis://redis:6379';
    return { ok: false, reason: 'not-configured', source: 'redis', detail: 'no Redis server configured', hint };
  }
  const servers = await Promise.all(config.redis.map((server) => probeRedis(server, context)));
  return available('redis', servers.flat());
}
