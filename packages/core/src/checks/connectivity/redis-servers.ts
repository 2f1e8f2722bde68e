import type { Evidence, Unavailable } from '../../model/evidence.ts';
import type { Resource } from '../../model/finding.ts';
import type { RedisInfo } from '../../model/servers.ts';

/** `cache cache.agents:6379` */
export function redisResource(info: Pick<RedisInfo, 'name' | 'address'>): Resource {
  return { kind: 'Redis', name: `${info.name} ${info.address}` };
}

/** Servers that told something, and everything that was missing on the way. */
export function seenServers(evidence: Evidence<readonly Evidence<RedisInfo>[]>): { servers: RedisInfo[]; gaps: Unavailable[] } {
  const servers: RedisInfo[] = [];
  const gaps: Unavailable[] = [];
  if (!evidence.ok) return { servers, gaps: evidence.reason === 'not-configured' ? [] : [evidence] };
  for (const server of evidence.data) {
    if (!server.ok) {
      gaps.push(server);
      continue;
    }
    servers.push(server.data);
    gaps.push(...(server.gaps ?? []));
  }
  return { servers, gaps };
}

/** A figure that INFO should hold and does not. Without INFO its own gap says so. */
export function missingFigure(info: RedisInfo, field: string): Unavailable[] {
  if (info.version === '') return [];
  return [{ ok: false, reason: 'absent', source: `redis ${info.name} ${info.address}`, detail: `its INFO has no ${field}` }];
}
