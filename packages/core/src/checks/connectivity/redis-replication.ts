import { z } from 'zod';
import { duration, listed, plural } from '../../model/format.ts';
import type { RedisInfo } from '../../model/servers.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { redisCli } from './next.ts';
import { redisResource, seenServers } from './redis-servers.ts';

const replicationSettings = z.strictObject({
  lag: durationSetting.prefault('30s').describe('a replica that has not acknowledged for longer is a warning'),
});

/** Hash slots of every Redis Cluster. */
const allSlots = 16_384;

export const redisReplication = defineCheck({
  meta: {
    id: 'connectivity/redis-replication',
    category: 'connectivity',
    title: 'Redis replication',
    why: 'A replica that lost its master serves old data, and a group without a working majority cannot fail over.',
    remedy: [
      'Link down: look at the network between the two, at masterauth, and at the master’s log (output buffer limits).',
      'Cluster state fail: at least one slot has no master; CLUSTER NODES names the node, bring it back or fail over by hand.',
      'No quorum: bring Sentinels back before anything else fails.',
    ],
    source: 'Redis documentation: replication, Sentinel, cluster specification',
  },
  needs: [],
  uses: ['redis.servers'],
  settings: replicationSettings,
  evaluate(input, settings) {
    const { servers, gaps } = seenServers(input['redis.servers']);
    return {
      findings: servers.flatMap((info) => [...replica(info), ...master(info, settings), ...sentinel(info), ...cluster(info)]),
      gaps,
      examined: { count: servers.length, noun: 'server' },
    };
  },
});

function replica(info: RedisInfo): FindingDraft[] {
  if (info.masterLink === undefined || info.masterLink === 'up') return [];
  const since = info.masterLinkDownSeconds;
  return [
    {
      severity: 'critical',
      resource: redisResource(info),
      seen: `link to its master ${info.masterLink}${since === undefined ? '' : ` for ${duration(since * 1000)}`}`,
      expected: 'up',
      key: 'link',
      next: [redisCli(info.address, 'INFO', 'replication')],
    },
  ];
}

function master(info: RedisInfo, settings: z.infer<typeof replicationSettings>): FindingDraft[] {
  return (info.replicas ?? []).flatMap((one): FindingDraft[] => {
    const lagMs = (one.lagSeconds ?? 0) * 1000;
    const base = {
      severity: 'warning' as const,
      resource: redisResource(info),
      key: `replica ${one.address}`,
      next: [redisCli(info.address, 'INFO', 'replication')],
    };
    if (one.state !== 'online') return [{ ...base, seen: `replica ${one.address} is ${one.state}`, expected: 'online' }];
    if (lagMs <= settings.lag) return [];
    return [
      {
        ...base,
        seen: `replica ${one.address} silent for ${duration(lagMs)}`,
        expected: `within ${duration(settings.lag)}`,
        measured: { value: lagMs / 1000, unit: 's' },
        threshold: { value: settings.lag / 1000, unit: 's' },
      },
    ];
  });
}

function sentinel(info: RedisInfo): FindingDraft[] {
  const view = info.sentinel;
  if (!view) return [];
  const findings: FindingDraft[] = [];
  const base = { resource: redisResource(info), next: [redisCli(info.address, 'ROLE')] };
  if (info.role !== '' && info.role !== 'master') {
    findings.push({
      ...base,
      severity: 'critical',
      seen: `Sentinel names it master, it says ${info.role}`,
      expected: 'a master',
      detail: 'a failover is under way, or the Sentinels have lost track',
      key: 'role',
    });
  }
  if (view.quorum === false) {
    findings.push({
      ...base,
      severity: 'critical',
      seen: `no quorum: ${view.answered} of ${plural(view.asked, 'Sentinel')} answered`,
      expected: 'enough Sentinels for a failover',
      key: 'quorum',
    });
  }
  if (view.replicasDown.length > 0) {
    findings.push({
      ...base,
      severity: 'warning',
      seen: `${plural(view.replicasDown.length, 'replica')} down for the Sentinels`,
      expected: 'every replica up',
      detail: listed(view.replicasDown, 20),
      key: 'replicas',
    });
  }
  return findings;
}

function cluster(info: RedisInfo): FindingDraft[] {
  const findings: FindingDraft[] = [];
  const base = {
    resource: redisResource(info),
    next: [redisCli(info.address, 'CLUSTER', 'INFO'), redisCli(info.address, 'CLUSTER', 'NODES')],
  };
  const { slotsAssigned = null, slotsFail = null, nodes = [] } = info.cluster ?? {};
  const slots = [
    ...(slotsAssigned !== null && slotsAssigned < allSlots ? [`${slotsAssigned} of ${allSlots} slots have a master`] : []),
    ...(slotsFail ? [`${plural(slotsFail, 'slot')} on nodes that failed`] : []),
  ].join(', ');
  const down = info.clusterState !== undefined && info.clusterState !== 'ok';
  if (down || slots !== '') {
    findings.push({
      ...base,
      severity: 'critical',
      seen: down ? `cluster state ${info.clusterState}` : slots,
      expected: down ? 'ok' : `all ${allSlots} slots served`,
      ...(down && slots !== '' ? { detail: slots } : {}),
      key: 'cluster',
    });
  }
  for (const state of ['failed', 'suspected'] as const) {
    const which = nodes.filter((node) => node.state === state);
    if (which.length === 0) continue;
    findings.push({
      ...base,
      severity: 'warning',
      seen: `${plural(which.length, 'node')} ${state}`,
      expected: 'every node connected',
      detail: listed(
        which.map((node) => `${node.address} (${node.role === 'slave' ? 'replica' : 'master'})`),
        20,
      ),
      key: state,
    });
  }
  return findings;
}
