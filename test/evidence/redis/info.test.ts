import { expect, test } from 'vitest';
import { parseClusterNodes } from '../../../packages/core/src/evidence/redis/cluster.ts';
import { parseInfo } from '../../../packages/core/src/evidence/redis/info.ts';

test('a master with replicas', () => {
  const text = [
    '# Server',
    'redis_version:7.0.15',
    '',
    '# Clients',
    'connected_clients:4',
    'maxclients:10000',
    '# Memory',
    'used_memory:1133160',
    'maxmemory:0',
    'maxmemory_policy:noeviction',
    '# Stats',
    'rejected_connections:2',
    'evicted_keys:0',
    '# Replication',
    'role:master',
    'connected_slaves:2',
    'slave0:ip=10.0.0.2,port=6379,state=online,offset=42,lag=1',
    'slave1:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0',
    '# Cluster',
    'cluster_enabled:0',
    '',
  ].join('\r\n');
  expect(parseInfo(text)).toEqual({
    version: '7.0.15',
    role: 'master',
    connectedClients: 4,
    maxClients: 10000,
    usedMemory: 1133160,
    maxMemory: 0,
    maxMemoryPolicy: 'noeviction',
    evictedKeys: 0,
    rejectedConnections: 2,
    clusterEnabled: false,
    replicas: [
      { address: '10.0.0.2:6379', state: 'online', lagSeconds: 1 },
      { address: '10.0.0.3:6379', state: 'wait_bgsave', lagSeconds: 0 },
    ],
  });
});

test('a replica that lost its master, on a server that says little: null, never 0', () => {
  const text = 'redis_version:5.0.3\r\nrole:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:93\r\nused_memory:\r\n';
  expect(parseInfo(text)).toEqual({
    version: '5.0.3',
    role: 'slave',
    connectedClients: null,
    maxClients: null,
    usedMemory: null,
    maxMemory: null,
    evictedKeys: null,
    rejectedConnections: null,
    clusterEnabled: false,
    masterLink: 'down',
    masterLinkDownSeconds: 93,
  });
});

test('Valkey is named', () => {
  expect(parseInfo('redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n')?.version).toBe('valkey 8.1.0');
});

test('what is no INFO', () => {
  expect(parseInfo('')).toBeUndefined();
  expect(parseInfo('OK')).toBeUndefined();
});

test('CLUSTER NODES of Redis 3, 4 and 7', () => {
  const text = [
    'a1 10.0.0.1:6379@16379,cache-0.cache.agents myself,master - 0 0 1 connected 0-5460',
    'a2 10.0.0.2:6379@16379,? master - 0 1 2 connected 5461-10922',
    'a3 10.0.0.3:6379@16379 master,fail - 1 2 3 disconnected 10923-16383',
    'a4 10.0.0.4:6379 slave,fail? a1 0 3 1 connected',
    'a5 :0@0 slave,noaddr a1 0 3 1 disconnected',
    'a6 10.0.0.6:6379@16379 handshake - 0 0 0 connected',
    'a7 ::1:7000@17000 slave a2 0 3 1 connected',
    '',
  ].join('\n');
  expect(parseClusterNodes(text, { host: 'seed', port: 1 })).toEqual([
    { address: { host: 'cache-0.cache.agents', port: 6379 }, role: 'master', state: 'ok', myself: true },
    { address: { host: '10.0.0.2', port: 6379 }, role: 'master', state: 'ok', myself: false },
    { address: { host: '10.0.0.3', port: 6379 }, role: 'master', state: 'failed', myself: false },
    { address: { host: '10.0.0.4', port: 6379 }, role: 'slave', state: 'suspected', myself: false },
    { address: undefined, role: 'slave', state: 'failed', myself: false },
    { address: { host: '::1', port: 7000 }, role: 'slave', state: 'ok', myself: false },
  ]);
});

test('a node that does not know its own address is the one that was asked', () => {
  expect(parseClusterNodes('a1 :6379@16379 myself,master - 0 0 1 connected 0-16383', { host: 'seed', port: 1 })).toEqual([
    { address: { host: 'seed', port: 6379 }, role: 'master', state: 'ok', myself: true },
  ]);
});
