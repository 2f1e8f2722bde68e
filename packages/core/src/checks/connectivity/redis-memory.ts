import { z } from 'zod';
import { bytes, count, percent } from '../../model/format.ts';
import type { RedisInfo } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { redisCli } from './next.ts';
import { missingFigure, redisResource, seenServers } from './redis-servers.ts';

const ratio = z.number().min(0).max(1);
const settings = z.strictObject({
  warn: ratio.default(0.8).describe('memory in use over maxmemory, 0 to 1'),
  critical: ratio.default(0.95).describe('the same, where writes then fail (noeviction)'),
});

export const redisMemory = defineCheck({
  meta: {
    id: 'connectivity/redis-memory',
    category: 'connectivity',
    title: 'Redis memory',
    why: 'At maxmemory a server with noeviction refuses every write, one with a volatile policy throws away keys that expire.',
    remedy: [
      'Look what grows: redis-cli --bigkeys, --memkeys; keys without an expiry are the usual reason.',
      'Raise maxmemory where the node has room, or set an eviction policy that suits the data.',
      'A pure cache with an allkeys policy is meant to be full: that is no finding.',
    ],
    source: 'Redis documentation, key eviction',
  },
  needs: [],
  uses: ['redis.servers'],
  settings,
  evaluate(input, limits) {
    const { servers, gaps } = seenServers(input['redis.servers']);
    const unknown = servers.flatMap((info) =>
      info.usedMemory === null ? missingFigure(info, 'used_memory') : info.maxMemory === null ? missingFigure(info, 'maxmemory') : [],
    );
    return {
      findings: servers.flatMap((info) => judge(info, limits)),
      gaps: [...gaps, ...unknown],
      examined: { count: servers.length, noun: 'server' },
      facts: servers.flatMap((info) => {
        if (info.usedMemory === null) return [];
        const of = info.maxMemory ? ` of ${bytes(info.maxMemory)}` : info.maxMemory === 0 ? ', no limit set' : '';
        const evicted = info.evictedKeys ? `, ${count(info.evictedKeys)} keys evicted since it started` : '';
        return [
          {
            label: 'Redis memory',
            resource: redisResource(info),
            text: `${bytes(info.usedMemory)}${of}${evicted}`,
            measured: { value: info.usedMemory, unit: 'bytes' },
          },
        ];
      }),
    };
  },
});

function judge(info: RedisInfo, limits: z.infer<typeof settings>): FindingDraft[] {
  const { usedMemory, maxMemory, maxMemoryPolicy = 'noeviction' } = info;
  if (usedMemory === null || !maxMemory || maxMemoryPolicy.startsWith('allkeys-')) return [];
  const used = usedMemory / maxMemory;
  if (used < limits.warn) return [];
  const critical = maxMemoryPolicy === 'noeviction' && used >= limits.critical;
  const threshold = critical ? limits.critical : limits.warn;
  return [
    {
      severity: critical ? 'critical' : 'warning',
      resource: redisResource(info),
      seen: `memory ${percent(used)} of maxmemory`,
      expected: `below ${percent(threshold)}`,
      measured: { value: used, unit: 'ratio' },
      threshold: { value: threshold, unit: 'ratio' },
      detail: `${bytes(usedMemory)} of ${bytes(maxMemory)}, policy ${maxMemoryPolicy}`,
      next: [redisCli(info.address, 'INFO', 'memory'), redisCli(info.address, '--bigkeys')],
    },
  ];
}
