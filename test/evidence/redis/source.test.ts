import { afterEach, describe, expect, test } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { gatherRedis } from '../../../packages/core/src/evidence/redis/source.ts';
import type { Evidence } from '../../../packages/core/src/model/evidence.ts';
import type { AgentRegistry, RedisInfo } from '../../../packages/core/src/model/servers.ts';
import type { Reply } from '../../../packages/lab/src/redis/resp.ts';
import { type LabRedis, type LabRedisOptions, startRedis } from '../../../packages/lab/src/redis/server.ts';
import { type Fault, startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { startScripted } from '../../support/scripted-redis.ts';
import { tlsFile, tlsServer } from '../../support/tls.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function track<T extends { close(): Promise<void> }>(server: T): T {
  open.push(server);
  return server;
}

const lab = async (options?: LabRedisOptions): Promise<LabRedis> => track(await startRedis(options));
const scripted = async (script: Parameters<typeof startScripted>[0]) => track(await startScripted(script));

async function servers(redis: object[], ms = 3000): Promise<readonly Evidence<RedisInfo>[]> {
  const outer = await gatherRedis(configSchema.parse({ redis }), new Set(['redis.servers']), testGatherContext(ms))['redis.servers'];
  if (!outer?.ok) throw new Error('the list is always there');
  return outer.data;
}

async function registry(redis: object[], agents: object = {}, ms = 3000): Promise<Evidence<AgentRegistry> | undefined> {
  return gatherRedis(configSchema.parse({ redis, agents }), new Set(['redis.registry']), testGatherContext(ms))['redis.registry'];
}

/** Lets the event loop see that a socket was closed. */
async function settled(count: () => number): Promise<number> {
  for (let tries = 0; tries < 100 && count() > 0; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  return count();
}

test('nothing configured', async () => {
  const evidence = gatherRedis(configSchema.parse({}), new Set(['redis.servers', 'redis.registry']), testGatherContext());
  for (const piece of [await evidence['redis.servers'], await evidence['redis.registry']]) {
    expect(piece).toMatchObject({ ok: false, reason: 'not-configured', hint: expect.stringContaining('redis:') });
  }
});

describe('one server', () => {
  test('reads only, closes, and tells what INFO says', async () => {
    const server = await lab({ password: 'CANARY', info: { used_memory: 5, maxmemory: 10 } });
    const [evidence] = await servers([{ name: 'cache', url: server.url, password: 'CANARY' }]);
    expect(evidence).toMatchObject({
      ok: true,
      source: `redis cache 127.0.0.1:${server.port}`,
      data: { name: 'cache', topology: 'single', version: '7.0.15+agentops-lab', role: 'master', usedMemory: 5, maxMemory: 10 },
    });
    expect(evidence).not.toHaveProperty('gaps');
    expect(JSON.stringify(evidence)).not.toContain('CANARY');
    expect([...new Set(server.requests.map(([name]) => name))]).toEqual(['AUTH', 'PING', 'INFO']);
    expect(await settled(server.connections)).toBe(0);
  });

  test('a user without INFO: the PING counts, the rest is a gap', async () => {
    const server = await lab({ password: 'x', users: { small: { password: 'CANARY', commands: ['ping', 'role'] } } });
    const [evidence] = await servers([{ url: server.url, username: 'small', password: 'CANARY' }]);
    expect(evidence).toMatchObject({
      ok: true,
      data: { version: '', role: 'master', connectedClients: null, maxClients: null, usedMemory: null, maxMemory: null },
      gaps: [{ reason: 'forbidden', detail: 'the ACL does not allow INFO', hint: expect.stringContaining('+info') }],
    });
  });

  test('a user without PING is no dead server', async () => {
    const server = await lab({ password: 'x', users: { small: { password: 'p', commands: ['info'] } } });
    const [evidence] = await servers([{ url: server.url, username: 'small', password: 'p' }]);
    expect(evidence).toMatchObject({ ok: true, data: { role: 'master', usedMemory: 12_582_912 } });
  });

  test('a server without a password is fine though we have one', async () => {
    const server = await lab();
    expect((await servers([{ url: server.url, password: 'CANARY' }]))[0]).toMatchObject({ ok: true });
  });

  test.each([
    ['NOAUTH Authentication required.', 'unauthorized'],
    ['LOADING Redis is loading the dataset in memory', 'server-error'],
    ['MASTERDOWN Link with MASTER is down', 'server-error'],
    ["NOPERM User x has no permissions to run the 'ping' command", 'forbidden'],
    ['ERR something CANARY new', 'server-error'],
  ])('PING answers %s', async (error, reason) => {
    const server = await scripted({ PING: { error }, INFO: { error } });
    const [evidence] = await servers([{ url: `redis://127.0.0.1:${server.port}` }]);
    if (reason === 'forbidden') expect(evidence).toMatchObject({ ok: true, gaps: [{ reason }] });
    else expect(evidence).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(evidence)).not.toContain('CANARY');
  });

  test('an unknown INFO (renamed) is a gap', async () => {
    const server = await scripted({ PING: { simple: 'PONG' } });
    expect((await servers([{ url: `redis://127.0.0.1:${server.port}` }]))[0]).toMatchObject({
      ok: true,
      data: { role: '', usedMemory: null },
      gaps: [{ reason: 'absent', detail: 'knows no command INFO' }],
    });
  });

  test('a database that is not there', async () => {
    const server = await lab();
    expect((await servers([{ url: `${server.url}/99` }]))[0]).toMatchObject({
      ok: false,
      reason: 'invalid',
      detail: 'has no database of that number',
    });
  });

  test('one bad server does not touch another', async () => {
    const server = await lab();
    const list = await servers([
      { name: 'a', url: 'redis://127.0.0.1:1' },
      { name: 'b', url: server.url },
      { name: 'c', url: 'redis+sentinel://h' },
    ]);
    expect(list).toMatchObject([
      { ok: false, reason: 'unreachable' },
      { ok: true, data: { name: 'b' } },
      { ok: false, reason: 'invalid' },
    ]);
  });
});

describe('TLS', () => {
  test.each([
    ['with its CA', { tls: { caFile: tlsFile('ca.pem') } }, { ok: true, data: { role: 'master' } }],
    ['without', {}, { ok: false, reason: 'unreachable', detail: 'TLS: certificate issuer unknown' }],
    ['unverified, and said so', { tls: { insecureSkipVerify: true } }, { ok: true, data: { unverified: true } }],
    [
      'for another name',
      { tls: { caFile: tlsFile('ca.pem'), serverName: 'other.example' } },
      { ok: false, detail: 'TLS: certificate is for another name' },
    ],
    [
      'with a CA file that is missing',
      { tls: { caFile: '/nonexistent.pem' } },
      { ok: false, reason: 'invalid', detail: 'the CA file /nonexistent.pem cannot be read' },
    ],
  ])('%s', async (_what, settings, expected) => {
    const server = await lab({ tls: tlsServer() });
    expect((await servers([{ url: server.url, ...settings }]))[0]).toMatchObject(expected);
  });
});

describe('faults', () => {
  test.each<[Fault, string, string | RegExp]>([
    ['refused', 'unreachable', 'connection refused'],
    ['black-hole', 'timeout', /^no answer in 0\.\d+ s$/],
    ['dns', 'unreachable', 'DNS: no such host'],
    ['tls', 'unreachable', 'TLS: self-signed certificate'],
    ['401', 'unauthorized', 'answers NOAUTH: a password is required'],
    ['403', 'forbidden', 'the ACL does not allow AUTH'],
    ['429', 'server-error', 'refuses clients: maxclients is reached'],
    ['500', 'server-error', 'answers LOADING: it is reading its data set'],
    ['truncated', 'unreachable', 'connection closed by the server'],
    ['wrong-type', 'invalid', 'the answer is not RESP (no Redis there?)'],
    ['slow-drip', 'timeout', /^no answer in 0\.\d+ s$/],
  ])('%s: servers and registry', async (fault, reason, detail) => {
    const server = track(await startFault(fault, 'redis'));
    const redis = [{ url: server.redisUrl, password: 'CANARY' }];
    const [list, agents] = await Promise.all([servers(redis, 400), registry(redis, {}, 400)]);
    for (const piece of [list[0], agents]) {
      expect(piece).toMatchObject({ ok: false, reason, detail: typeof detail === 'string' ? detail : expect.stringMatching(detail) });
      expect(JSON.stringify(piece)).not.toContain('CANARY');
    }
    expect(await settled(server.connections)).toBe(0);
  });
});

describe('registry', () => {
  test('ten thousand agents, page by page', async () => {
    const entries = Array.from({ length: 10_000 }, (_, index) => [`agent-${index}`, `{"type":"t","status":"s","capacity":${index}}`]);
    const server = await lab({ data: { 'agents:registry': Object.fromEntries(entries) } });
    const evidence = await registry([{ url: server.url }]);
    if (!evidence?.ok) throw new Error('expected a registry');
    expect(evidence.data.agents).toHaveLength(10_000);
    expect(evidence.data.agents.at(-1)).toMatchObject({ id: 'agent-9999', capacity: 9999 });
    expect(server.requests.filter(([name]) => name === 'HSCAN')).toHaveLength(10);
  });

  test('its own key, in the server that is named; what is no JSON is listed', async () => {
    const [first, second] = [await lab(), await lab({ data: { 'team:agents': { a: '{"type":"t"}', b: 'garbage' } } })];
    const redis = [
      { name: 'one', url: first.url },
      { name: 'two', url: second.url },
    ];
    expect(await registry(redis, { redis: 'two', registryKey: 'team:agents' })).toMatchObject({
      ok: true,
      source: 'registry team:agents in redis two',
      data: { key: 'team:agents', exists: true, agents: [{ id: 'a', type: 't' }], unreadable: ['b'] },
    });
    expect(first.requests).toEqual([]);
  });

  test('not there', async () => {
    const server = await lab();
    expect(await registry([{ url: server.url }])).toMatchObject({ ok: true, data: { exists: false, agents: [], unreadable: [] } });
  });

  test('another type under that key', async () => {
    const server = await lab({ data: { 'agents:registry': 'text' } });
    expect(await registry([{ url: server.url }])).toMatchObject({
      ok: false,
      reason: 'invalid',
      hint: 'agents.registryKey must be a hash',
    });
  });

  test('a server of that name is not configured', async () => {
    expect(await registry([{ name: 'one', url: 'redis://h' }], { redis: 'two' })).toMatchObject({
      ok: false,
      reason: 'invalid',
      detail: 'no Redis server is called two',
    });
  });

  test('HGETALL where HSCAN is not allowed', async () => {
    const server = await lab({
      password: 'x',
      users: { old: { password: 'p', commands: ['hgetall'] } },
      data: { 'agents:registry': { a: '{}' } },
    });
    expect(await registry([{ url: server.url, username: 'old', password: 'p' }])).toMatchObject({
      ok: true,
      data: { agents: [{ id: 'a' }] },
    });
  });

  test('neither is allowed: HSCAN is named', async () => {
    const server = await lab({ password: 'x', users: { none: { password: 'p', commands: ['ping'] } } });
    expect(await registry([{ url: server.url, username: 'none', password: 'p' }])).toMatchObject({
      ok: false,
      reason: 'forbidden',
      detail: 'the ACL does not allow HSCAN',
      hint: expect.stringContaining('+hscan'),
    });
  });

  test('an answer that is no page of a hash', async () => {
    const server = await scripted({ HSCAN: 'OK' });
    expect(await registry([{ url: `redis://127.0.0.1:${server.port}` }])).toMatchObject({ ok: false, reason: 'invalid' });
  });
});

const info = (more: string): Reply => `redis_version:7.0.15\r\nrole:master\r\nused_memory:1\r\nmaxmemory:0\r\n${more}`;

describe('Sentinel', () => {
  const sentinel = (port: number, more: Readonly<Record<string, Reply>> = {}) =>
    scripted({
      'SENTINEL GET-MASTER-ADDR-BY-NAME mymaster': ['127.0.0.1', String(port)],
      'SENTINEL GET-MASTER-ADDR-BY-NAME': null,
      'SENTINEL CKQUORUM': 'OK 2 usable Sentinels',
      'SENTINEL REPLICAS': [],
      ...more,
    });
  const url = (name: string, ...ports: number[]): string =>
    `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${name}`;

  test('the master that most of them name; the silent one is told', async () => {
    const [master, other] = [await lab({ password: 'p' }), await lab()];
    const [one, two, astray] = [await sentinel(master.port), await sentinel(master.port), await sentinel(other.port)];
    const evidence = await servers([{ name: 'ha', url: url('mymaster', one.port, two.port, astray.port, 1), password: 'p' }]);
    expect(evidence).toMatchObject([
      {
        ok: true,
        source: `redis ha 127.0.0.1:${master.port}`,
        data: {
          topology: 'sentinel',
          address: `127.0.0.1:${master.port}`,
          sentinel: { master: `127.0.0.1:${master.port}`, asked: 4, answered: 3, quorum: true, replicasDown: [] },
          silent: [{ address: '127.0.0.1:1', reason: 'unreachable', detail: 'connection refused' }],
        },
      },
    ]);
    expect(other.requests).toEqual([]);
    expect(await settled(() => one.connections() + two.connections() + master.connections())).toBe(0);
  });

  test('no quorum, and replicas that are down', async () => {
    const master = await lab();
    const replica = ['name', 'r', 'ip', '10.0.0.9', 'port', '6379', 'flags', 'slave,s_down,disconnected'];
    const well = ['name', 'q', 'ip', '10.0.0.8', 'port', '6379', 'flags', 'slave'];
    const one = await sentinel(master.port, {
      'SENTINEL CKQUORUM': { error: 'NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority' },
      'SENTINEL REPLICAS': [replica, well],
    });
    expect(await servers([{ url: url('mymaster', one.port) }])).toMatchObject([
      { ok: true, data: { sentinel: { quorum: false, replicasDown: ['10.0.0.9:6379'] } } },
    ]);
  });

  test('its own password goes to the Sentinels, the server’s to the server', async () => {
    const master = await scripted({ 'AUTH server-pass': { simple: 'OK' }, PING: { simple: 'PONG' }, INFO: info('') });
    const one = await sentinel(master.port, { 'AUTH sentinel-pass': { simple: 'OK' } });
    const [evidence] = await servers([{ url: url('mymaster', one.port), password: 'server-pass', sentinelPassword: 'sentinel-pass' }]);
    expect(evidence).toMatchObject({ ok: true });
    expect(one.requests.filter((request) => request.startsWith('AUTH'))).toEqual(['AUTH sentinel-pass']);
    expect(master.requests.filter((request) => request.startsWith('AUTH'))).toEqual(['AUTH server-pass']);
  });

  test('no master of that name', async () => {
    const one = await sentinel(1);
    expect(await servers([{ url: url('nobody', one.port) }])).toMatchObject([
      { ok: false, reason: 'absent', detail: 'the Sentinels know no master nobody' },
    ]);
  });

  test('the master does not answer', async () => {
    const one = await sentinel(1);
    expect(await servers([{ name: 'ha', url: url('mymaster', one.port) }])).toMatchObject([
      { ok: false, source: 'redis ha 127.0.0.1:1', reason: 'unreachable', detail: 'connection refused (master by Sentinel)' },
    ]);
  });

  test('the registry is read from the master', async () => {
    const master = await lab({ data: { 'agents:registry': { a: '{}' } } });
    const one = await sentinel(master.port);
    expect(await registry([{ url: url('mymaster', one.port) }])).toMatchObject({ ok: true, data: { agents: [{ id: 'a' }] } });
  });
});

describe('Cluster', () => {
  const node = (nodes: () => string, more: Readonly<Record<string, Reply>> = {}) =>
    scripted({
      PING: { simple: 'PONG' },
      INFO: info('cluster_enabled:1\r\n'),
      'CLUSTER INFO': 'cluster_state:fail\r\ncluster_slots_assigned:16384\r\ncluster_slots_fail:5461\r\n',
      'CLUSTER NODES': () => nodes(),
      ...more,
    });

  test('every node that is well is looked at; one that cannot be reached is a gap, a failed one is data', async () => {
    let text = '';
    const [one, two] = [await node(() => text), await node(() => text)];
    text = [
      `a1 127.0.0.1:${one.port}@1 myself,master - 0 0 1 connected 0-5460`,
      `a2 127.0.0.1:${two.port}@1 master - 0 0 1 connected 5461-10922`,
      'a3 127.0.0.1:1@1 slave a1 0 0 1 connected',
      'a4 127.0.0.1:2@1 master,fail - 0 0 1 disconnected 10923-16383',
      '',
    ].join('\n');
    const evidence = await servers([{ name: 'c', url: `redis+cluster://127.0.0.1:${one.port}` }]);
    expect(evidence).toMatchObject([
      {
        ok: true,
        data: {
          topology: 'cluster',
          address: `127.0.0.1:${one.port}`,
          clusterState: 'fail',
          cluster: {
            slotsAssigned: 16384,
            slotsFail: 5461,
            nodes: [
              { state: 'ok' },
              { state: 'ok' },
              { role: 'slave', state: 'ok' },
              { address: '127.0.0.1:2', role: 'master', state: 'failed' },
            ],
          },
        },
        gaps: [{ reason: 'unreachable', source: 'redis c 127.0.0.1:1', detail: 'connection refused' }],
      },
      { ok: true, data: { topology: 'cluster', address: `127.0.0.1:${two.port}` } },
    ]);
    expect(evidence[1]).not.toHaveProperty('data.clusterState');
    expect(await settled(() => one.connections() + two.connections())).toBe(0);
  });

  test('CLUSTER forbidden: gaps, and no state is made up', async () => {
    const one = await node(() => '', {
      'CLUSTER INFO': { error: "NOPERM this user has no permissions to run the 'cluster|info' command" },
      'CLUSTER NODES': { error: "NOPERM this user has no permissions to run the 'cluster|nodes' command" },
    });
    const [evidence] = await servers([{ url: `redis+cluster://127.0.0.1:${one.port}` }]);
    expect(evidence).toMatchObject({
      ok: true,
      gaps: [{ detail: 'the ACL does not allow CLUSTER INFO' }, { detail: 'the ACL does not allow CLUSTER NODES' }],
    });
    expect(evidence).not.toHaveProperty('data.clusterState');
    expect(evidence).not.toHaveProperty('data.cluster');
  });

  test('a seed that is down while another answers', async () => {
    const one = await node(() => '');
    const [evidence] = await servers([{ url: `redis+cluster://127.0.0.1:1,127.0.0.1:${one.port}` }]);
    expect(evidence).toMatchObject({ ok: true, data: { silent: [{ address: '127.0.0.1:1', reason: 'unreachable' }] } });
  });

  test('no seed answers', async () => {
    expect(await servers([{ name: 'c', url: 'redis+cluster://127.0.0.1:1,127.0.0.1:2' }])).toMatchObject([
      { ok: false, source: 'redis c 127.0.0.1:1,127.0.0.1:2', reason: 'unreachable', detail: 'connection refused' },
    ]);
  });

  test('the registry is followed to the node that has it', async () => {
    const owner = await lab({ data: { 'agents:registry': { a: '{}' } } });
    const asked = await scripted({ HSCAN: { error: `MOVED 123 127.0.0.1:${owner.port}` } });
    expect(await registry([{ url: `redis+cluster://127.0.0.1:${asked.port}` }])).toMatchObject({
      ok: true,
      data: { agents: [{ id: 'a' }] },
    });
  });

  test('a node that sends us in circles', async () => {
    const asked = await scripted({ HSCAN: (port: number) => ({ error: `MOVED 123 :${port}` }) });
    expect(await registry([{ url: `redis+cluster://127.0.0.1:${asked.port}` }])).toMatchObject({
      ok: false,
      reason: 'invalid',
      detail: 'another node has the key',
    });
    expect(asked.requests.filter((request) => request.startsWith('HSCAN'))).toHaveLength(6);
  });
});
