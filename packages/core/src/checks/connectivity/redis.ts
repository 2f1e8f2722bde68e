import type { Evidence, Unavailable } from '../../model/evidence.ts';
import { duration } from '../../model/format.ts';
import type { RedisInfo } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { lookAtHost, redisCli, splitAddress } from './next.ts';
import { isTrouble, nameOf, notReached, notVerified } from './reach.ts';
import { redisResource } from './redis-servers.ts';
import { slowAfter } from './settings.ts';

export const redis = defineCheck({
  meta: {
    id: 'connectivity/redis',
    category: 'connectivity',
    title: 'Redis',
    why: 'Agents keep their registry, queues and sessions there; without it they stop or forget.',
    remedy: [
      'Refused: the process is down or the Service has no endpoints. No such host: the name is wrong from here.',
      'LOADING: it reads its data set after a restart; it serves when that is done.',
      'WRONGPASS, NOAUTH, NOPERM: it is there, but our user may not look; set username and password in agentops.yaml.',
      'Slow: look for long commands (SLOWLOG GET), swapping, and a saturated CPU.',
    ],
  },
  needs: [],
  uses: ['redis.servers'],
  settings: slowAfter('100ms'),
  evaluate(input, settings) {
    const servers = input['redis.servers'];
    if (!servers.ok)
      return { ...notReached(servers, { resource: { kind: 'Redis', name: 'redis' }, next: [] }), examined: { count: 0, noun: 'server' } };
    const parts = servers.data.map((server) => judge(server, settings.slowAfter));
    const seen = servers.data.filter((server) => server.ok);
    return {
      findings: parts.flatMap((part) => part.findings),
      gaps: parts.flatMap((part) => part.gaps),
      examined: { count: servers.data.length, noun: 'server' },
      facts: seen.map(({ data }) => ({
        label: 'Redis',
        resource: redisResource(data),
        text: [data.version, data.role, `PING ${duration(data.latencyMs)}`, data.unverified ? notVerified : '']
          .filter((word) => word !== '')
          .join(', '),
        measured: { value: data.latencyMs, unit: 'ms' },
      })),
    };
  },
});

function judge(server: Evidence<RedisInfo>, slowAfterMs: number): { findings: FindingDraft[]; gaps: Unavailable[] } {
  if (!server.ok) {
    const name = nameOf(server.source, 'redis');
    const address = name.split(' ').at(-1)?.split(',')[0] ?? name;
    const next = [...lookAtHost(splitAddress(address).host), redisCli(address, 'PING')];
    return notReached(server, { resource: { kind: 'Redis', name }, next, expected: 'an answer to PING' });
  }
  const { data } = server;
  const findings: FindingDraft[] = (data.silent ?? []).map((one) => ({
    severity: 'warning',
    resource: redisResource({ name: data.name, address: one.address }),
    seen: one.detail,
    expected: 'an answer, as others of this group give',
    next: [...lookAtHost(splitAddress(one.address).host), redisCli(one.address, 'PING')],
  }));
  if (data.latencyMs > slowAfterMs) {
    findings.push({
      severity: 'warning',
      resource: redisResource(data),
      seen: `PING takes ${duration(data.latencyMs)}`,
      expected: `within ${duration(slowAfterMs)}`,
      measured: { value: data.latencyMs, unit: 'ms' },
      threshold: { value: slowAfterMs, unit: 'ms' },
      next: [redisCli(data.address, '--latency'), redisCli(data.address, 'SLOWLOG', 'GET', '10')],
    });
  }
  // What INFO would have told is for the other Redis checks to miss; nodes that could not be reached or asked are ours.
  return { findings, gaps: (server.gaps ?? []).filter((gap) => isTrouble(gap.reason) || gap.reason === 'unauthorized') };
}
