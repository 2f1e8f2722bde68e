import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { gatherRedis } from '../../packages/core/src/evidence/redis/source.ts';
import type { Evidence } from '../../packages/core/src/model/evidence.ts';
import type { AgentRegistry, RedisInfo } from '../../packages/core/src/model/servers.ts';
import { testGatherContext, testHost } from '../support/host.ts';

/** A Redis that holds the registry of scripts/servers/redis.ts under `agents:registry`. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** May PING, INFO and read keys below `agents:`. */
  readonly user: { readonly name: string; readonly password: string };
  /** May PING and INFO alone. */
  readonly keyless: { readonly name: string; readonly password: string };
}

/** Sends inline commands one after the other, answers the first line of each reply. */
function talk(target: RedisTarget, commands: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(target.port, target.host);
    const replies: string[] = [];
    let pending = '';
    const next = (): void => {
      const command = commands[replies.length];
      if (command === undefined) {
        socket.destroy();
        resolve(replies);
      } else socket.write(`${command}\r\n`);
    };
    socket.setTimeout(10_000, () => socket.destroy(new Error('redis: no answer')));
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      pending += chunk.toString('utf8');
      const end = pending.indexOf('\r\n');
      if (end < 0) return;
      replies.push(pending.slice(0, end));
      pending = '';
      next();
    });
  });
}

/** What agentops relies on in Redis: the protocol's words for refusals, and the evidence made of it. */
export function describeRedisContract(getTarget: () => RedisTarget): void {
  it.each<[what: string, commands: (target: RedisTarget) => string[], expected: RegExp[]]>([
    ['answers PING', () => ['PING'], [/^\+PONG$/]],
    ['refuses a wrong password', ({ user }) => [`AUTH ${user.name} wrong`], [/^-WRONGPASS /]],
    ['refuses an unknown user', () => ['AUTH nobody-here wrong'], [/^-WRONGPASS /]],
    ['accepts an ACL user', ({ user }) => [`AUTH ${user.name} ${user.password}`, 'PING'], [/^\+OK$/, /^\+PONG$/]],
    [
      'refuses a command that the user lacks',
      ({ user }) => [`AUTH ${user.name} ${user.password}`, 'CONFIG GET maxmemory'],
      [/^\+OK$/, /^-NOPERM /],
    ],
    [
      'refuses a key that the user may not read',
      ({ user }) => [`AUTH ${user.name} ${user.password}`, 'HGETALL other'],
      [/^\+OK$/, /^-NOPERM /],
    ],
    ['says what is no command', () => ['NOSUCHCOMMAND'], [/^-ERR unknown command/]],
    [
      'refuses a hash command on a string',
      () => ['SET contract:string x', 'HLEN contract:string', 'DEL contract:string'],
      [/^\+OK$/, /^-WRONGTYPE /, /^:1$/],
    ],
    ['counts the fields of a hash', () => ['HLEN agents:registry'], [/^:4$/]],
    ['answers 0 for a hash that is not there', () => ['HLEN agents:nothing'], [/^:0$/]],
  ])('%s', async (_what, commands, expected) => {
    const replies = await talk(getTarget(), commands(getTarget()));
    expect(replies).toHaveLength(expected.length);
    replies.forEach((reply, index) => {
      expect(reply).toMatch(expected[index] as RegExp);
    });
  });

  describe('evidence', () => {
    interface Gathered {
      readonly servers: Evidence<readonly Evidence<RedisInfo>[]> | undefined;
      readonly registry: Evidence<AgentRegistry> | undefined;
    }
    const gather = async (settings: object = {}, registryKey = 'agents:registry'): Promise<Gathered> => {
      const config = configSchema.parse({ redis: [{ name: 'cache', url: getTarget().url, ...settings }], agents: { registryKey } });
      const wanted = new Set(['redis.servers', 'redis.registry'] as const);
      const evidence = gatherRedis(config, wanted, testGatherContext(5000, testHost({ now: Date.now() })));
      return { servers: await evidence['redis.servers'], registry: await evidence['redis.registry'] };
    };
    const as = ({ name, password }: { name: string; password: string }): object => ({ username: name, password });

    it('names version, role and numbers', async () => {
      const { servers } = await gather();
      expect(servers).toMatchObject({
        ok: true,
        data: [
          {
            ok: true,
            data: {
              name: 'cache',
              address: `${getTarget().host}:${getTarget().port}`,
              topology: 'single',
              version: expect.stringMatching(/^\d+\.\d+/),
              role: 'master',
              connectedClients: expect.any(Number),
              maxClients: expect.any(Number),
              usedMemory: expect.any(Number),
              maxMemory: 0,
              evictedKeys: 0,
              rejectedConnections: 0,
            },
          },
        ],
      });
    });

    it('reads the registry, what is malformed named', async () => {
      const { registry } = await gather(as(getTarget().user));
      expect(registry).toMatchObject({ ok: true, data: { key: 'agents:registry', exists: true, unreadable: ['broken'] } });
      if (!registry?.ok) return;
      const agents = [...registry.data.agents].sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(agents).toMatchObject([
        { id: 'coder-1', type: 'coder', status: 'active', capacity: 10, currentLoad: 1, malformed: [] },
        { id: 'planner-1', type: 'planner', capacity: 10, currentLoad: 9, malformed: [] },
        { id: 'planner-2', type: 'planner', capacity: 10, currentLoad: 8, malformed: [] },
      ]);
      const [coder, planner] = agents;
      // Seeded an hour apart.
      expect((planner?.lastHeartbeat ?? 0) - (coder?.lastHeartbeat ?? 0)).toBe(3_595_000);
    });

    it('a registry that is not there is said to be so', async () => {
      expect((await gather({}, 'agents:nothing')).registry).toMatchObject({ ok: true, data: { exists: false, agents: [] } });
    });

    it('a wrong password is unauthorized, and is not repeated', async () => {
      const gathered = await gather({ username: getTarget().user.name, password: 'CANARY-wrong' });
      expect(gathered).toMatchObject({
        servers: { ok: true, data: [{ ok: false, reason: 'unauthorized' }] },
        registry: { ok: false, reason: 'unauthorized' },
      });
      expect(JSON.stringify(gathered)).not.toContain('CANARY');
    });

    it('a user who may not read the registry is told so, the server is seen all the same', async () => {
      expect(await gather(as(getTarget().keyless))).toMatchObject({
        servers: { ok: true, data: [{ ok: true }] },
        registry: { ok: false, reason: 'forbidden' },
      });
    });
  });
}
