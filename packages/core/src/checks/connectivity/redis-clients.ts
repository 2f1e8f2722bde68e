import { z } from 'zod';
import { count, percent, plural } from '../../model/format.ts';
import type { RedisInfo } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { redisCli } from './next.ts';
import { missingFigure, redisResource, seenServers } from './redis-servers.ts';

const ratio = z.number().min(0).max(1);
const settings = z.strictObject({
  warn: ratio.default(0.8).describe('connected clients over maxclients, 0 to 1'),
  critical: ratio.default(0.95).describe('the same'),
});

export const redisClients = defineCheck({
  meta: {
    id: 'connectivity/redis-clients',
    category: 'connectivity',
    title: 'Redis clients',
    why: 'At maxclients the server refuses every new connection, so agents that restart cannot come back.',
    remedy: [
      'Look who holds the connections: CLIENT LIST by address and name; a client without a pool, or one that leaks, is the usual reason.',
      'Set timeout for idle connections, or raise maxclients together with the file descriptor limit.',
    ],
    source: 'Redis documentation, client handling',
  },
  needs: [],
  uses: ['redis.servers'],
  settings,
  evaluate(input, limits) {
    const { servers, gaps } = seenServers(input['redis.servers']);
    // INFO names maxclients since Redis 7; before, connections that were refused are all there is to judge by.
    const unknown = servers.flatMap((info) =>
      info.connectedClients === null || (info.maxClients === null && info.rejectedConnections === null)
        ? missingFigure(info, 'connected_clients, maxclients or rejected_connections')
        : [],
    );
    return {
      findings: servers.flatMap((info) => judge(info, limits)),
      gaps: [...gaps, ...unknown],
      examined: { count: servers.length, noun: 'server' },
      facts: servers.flatMap((info) => {
        if (info.connectedClients === null) return [];
        const of = info.maxClients === null ? '' : ` of ${count(info.maxClients)}`;
        return [
          {
            label: 'Redis clients',
            resource: redisResource(info),
            text: `${count(info.connectedClients)}${of}`,
            measured: { value: info.connectedClients, unit: 'count' },
          },
        ];
      }),
    };
  },
});

function judge(info: RedisInfo, limits: z.infer<typeof settings>): FindingDraft[] {
  const { connectedClients, maxClients, rejectedConnections } = info;
  const next = [redisCli(info.address, 'INFO', 'clients'), redisCli(info.address, 'CLIENT', 'LIST')];
  const used = connectedClients !== null && maxClients ? connectedClients / maxClients : 0;
  const findings: FindingDraft[] = [];
  if (used >= limits.warn) {
    const critical = used >= limits.critical;
    const threshold = critical ? limits.critical : limits.warn;
    findings.push({
      severity: critical ? 'critical' : 'warning',
      resource: redisResource(info),
      seen: `${percent(used)} of maxclients connected`,
      expected: `below ${percent(threshold)}`,
      measured: { value: used, unit: 'ratio' },
      threshold: { value: threshold, unit: 'ratio' },
      detail: `${count(connectedClients ?? 0)} of ${count(maxClients ?? 0)}`,
      next,
    });
  }
  if (rejectedConnections) {
    findings.push({
      // A counter since the start: it may be long over, unless the limit is near now.
      severity: used >= limits.warn ? 'warning' : 'info',
      resource: redisResource(info),
      seen: `${plural(rejectedConnections, 'connection')} refused since it started`,
      expected: 'none',
      measured: { value: rejectedConnections, unit: 'count' },
      key: 'rejected',
      next,
    });
  }
  return findings;
}
