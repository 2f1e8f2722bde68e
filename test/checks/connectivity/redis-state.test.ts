import { describe, expect, test } from 'vitest';
import { redisClients } from '../../../packages/core/src/checks/connectivity/redis-clients.ts';
import { redisMemory } from '../../../packages/core/src/checks/connectivity/redis-memory.ts';
import { redisReplication } from '../../../packages/core/src/checks/connectivity/redis-replication.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { RedisInfo } from '../../../packages/core/src/model/servers.ts';
import { missing, redisServers, run } from './run.ts';

const unseen: Partial<RedisInfo> = {
  version: '',
  role: '',
  connectedClients: null,
  maxClients: null,
  usedMemory: null,
  maxMemory: null,
  evictedKeys: null,
  rejectedConnections: null,
};
const noInfo = missing('forbidden', 'redis cache', 'the ACL does not allow INFO');

describe.each([
  ['memory', redisMemory],
  ['clients', redisClients],
  ['replication', redisReplication],
])('%s', (_name, check) => {
  test('a server that is away was not seen', () => {
    const away = missing('unreachable', 'redis cache cache:6379');
    expect(run(check, { 'redis.servers': available('redis', [away]) })).toMatchObject({ findings: [], gaps: [away] });
  });

  test('without INFO nothing is judged, once', () => {
    expect(run(check, { 'redis.servers': redisServers(unseen, [noInfo]) })).toMatchObject({ findings: [], gaps: [noInfo] });
  });

  test('a healthy server', () => {
    expect(run(check, { 'redis.servers': redisServers() })).toMatchObject({ findings: [], gaps: [], examined: { count: 1 } });
  });
});

describe('memory', () => {
  const judge = (more: Partial<RedisInfo>, settings = {}) => run(redisMemory, { 'redis.servers': redisServers(more) }, settings);

  test.each<[number, number, string | undefined, string[]]>([
    [79, 100, 'noeviction', []],
    [80, 100, 'noeviction', ['warning']],
    [94, 100, 'noeviction', ['warning']],
    [95, 100, 'noeviction', ['critical']],
    [95, 100, undefined, ['critical']],
    [99, 100, 'volatile-lru', ['warning']],
    // A cache is meant to be full.
    [100, 100, 'allkeys-lru', []],
    // No limit of its own.
    [5e9, 0, 'noeviction', []],
  ])('%d of %d with %s', (usedMemory, maxMemory, maxMemoryPolicy, severities) => {
    const outcome = judge({ usedMemory, maxMemory, ...(maxMemoryPolicy ? { maxMemoryPolicy } : {}) });
    expect(outcome.findings.map(({ severity }) => severity)).toEqual(severities);
    expect(outcome.gaps).toEqual([]);
  });

  test('the numbers', () => {
    expect(judge({ usedMemory: 1024 * 1024 * 96, maxMemory: 1024 * 1024 * 100 }).findings).toMatchObject([
      {
        seen: 'memory 96 % of maxmemory',
        expected: 'below 95 %',
        measured: { value: 0.96, unit: 'ratio' },
        threshold: { value: 0.95, unit: 'ratio' },
        detail: '96 MiB of 100 MiB, policy noeviction',
      },
    ]);
    expect(judge({ usedMemory: 85, maxMemory: 100 }, { warn: 0.9 }).findings).toEqual([]);
  });

  test('a figure that INFO does not hold is not taken for 0', () => {
    expect(judge({ maxMemory: null })).toMatchObject({ findings: [], gaps: [{ reason: 'absent', detail: 'its INFO has no maxmemory' }] });
    expect(judge({ usedMemory: null })).toMatchObject({
      findings: [],
      gaps: [{ reason: 'absent', detail: 'its INFO has no used_memory' }],
    });
  });
});

describe('clients', () => {
  const judge = (more: Partial<RedisInfo>) => run(redisClients, { 'redis.servers': redisServers(more) });

  test.each([
    [79, []],
    [80, ['warning']],
    [95, ['critical']],
  ])('%d of 100', (connectedClients, severities) => {
    expect(judge({ connectedClients }).findings.map(({ severity }) => severity)).toEqual(severities);
  });

  test('refused connections: long ago is a note, with the limit near a warning', () => {
    expect(judge({ rejectedConnections: 1 }).findings).toMatchObject([{ severity: 'info', seen: '1 connection refused since it started' }]);
    expect(judge({ rejectedConnections: 7, connectedClients: 90 }).findings).toMatchObject([
      { severity: 'warning', seen: '90 % of maxclients connected' },
      { severity: 'warning', seen: '7 connections refused since it started', key: 'rejected' },
    ]);
  });

  test('before Redis 7 INFO has no maxclients: refused connections decide', () => {
    expect(judge({ maxClients: null })).toMatchObject({ findings: [], gaps: [] });
    expect(judge({ maxClients: null, rejectedConnections: null }).gaps).toMatchObject([{ reason: 'absent' }]);
  });
});

describe('replication', () => {
  const judge = (more: Partial<RedisInfo>, settings = {}) =>
    run(redisReplication, { 'redis.servers': redisServers(more) }, settings).findings;

  test('a replica', () => {
    expect(judge({ role: 'slave', masterLink: 'up' })).toEqual([]);
    expect(judge({ role: 'slave', masterLink: 'down', masterLinkDownSeconds: 93 })).toMatchObject([
      { severity: 'critical', seen: 'link to its master down for 93 s', expected: 'up' },
    ]);
  });

  test('a master’s replicas', () => {
    const replicas = [
      { address: 'a:1', state: 'online', lagSeconds: 30 },
      { address: 'b:1', state: 'online', lagSeconds: 31 },
      { address: 'c:1', state: 'wait_bgsave', lagSeconds: 0 },
      { address: 'd:1', state: 'online', lagSeconds: null },
    ];
    expect(judge({ replicas })).toMatchObject([
      { severity: 'warning', seen: 'replica b:1 silent for 31 s', measured: { value: 31, unit: 's' }, threshold: { value: 30, unit: 's' } },
      { severity: 'warning', seen: 'replica c:1 is wait_bgsave', expected: 'online' },
    ]);
    expect(judge({ replicas }, { lag: '1m' })).toHaveLength(1);
  });

  test('Sentinel', () => {
    const sentinel = { master: 'm:1', asked: 3, answered: 3, quorum: true, replicasDown: [] };
    expect(judge({ topology: 'sentinel', sentinel })).toEqual([]);
    expect(judge({ topology: 'sentinel', sentinel: { ...sentinel, quorum: null } })).toEqual([]);
    expect(
      judge({
        topology: 'sentinel',
        role: 'slave',
        masterLink: 'up',
        sentinel: { ...sentinel, quorum: false, answered: 1, replicasDown: ['r:1', 'r:2'] },
      }),
    ).toMatchObject([
      { severity: 'critical', seen: 'Sentinel names it master, it says slave', key: 'role' },
      { severity: 'critical', seen: 'no quorum: 1 of 3 Sentinels answered', key: 'quorum' },
      { severity: 'warning', seen: '2 replicas down for the Sentinels', detail: 'r:1, r:2', key: 'replicas' },
    ]);
  });

  test('Cluster', () => {
    const node = (address: string, role: 'master' | 'slave', state: 'ok' | 'suspected' | 'failed') => ({ address, role, state });
    const cluster = { slotsAssigned: 16384, slotsFail: 0, nodes: [node('a:1', 'master', 'ok')] };
    expect(judge({ topology: 'cluster', clusterState: 'ok', cluster })).toEqual([]);
    expect(
      judge({
        topology: 'cluster',
        clusterState: 'fail',
        cluster: { slotsAssigned: 16384, slotsFail: 5461, nodes: [node('b:1', 'master', 'failed'), node('c:1', 'slave', 'suspected')] },
      }),
    ).toMatchObject([
      { severity: 'critical', seen: 'cluster state fail', expected: 'ok', detail: '5,461 slots on nodes that failed' },
      { severity: 'warning', seen: '1 node failed', detail: 'b:1 (master)' },
      { severity: 'warning', seen: '1 node suspected', detail: 'c:1 (replica)' },
    ]);
    // Without full coverage a cluster calls itself ok though some keys cannot be read.
    expect(judge({ topology: 'cluster', clusterState: 'ok', cluster: { ...cluster, slotsAssigned: 16000 } })).toMatchObject([
      { severity: 'critical', seen: '16000 of 16384 slots have a master' },
    ]);
    expect(judge({ topology: 'cluster', clusterState: 'ok', cluster: { slotsAssigned: null, slotsFail: null, nodes: [] } })).toEqual([]);
  });
});
