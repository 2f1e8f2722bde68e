import { afterAll, beforeAll, describe } from 'vitest';
import { type LabRedis, startRedis } from '../../../packages/lab/src/redis/server.ts';
import { registrySeed } from '../../../scripts/servers/redis.ts';
import { describeRedisContract } from '../../contract/redis.ts';

const user = { name: 'agentops', password: 'CANARY-redis-acl-password' };
const keyless = { name: 'keyless', password: 'CANARY-redis-keyless-password' };
const common = ['ping', 'info', 'hello', 'auth', 'client', 'quit'];

describe('the lab’s Redis', () => {
  let server: LabRedis;
  beforeAll(async () => {
    server = await startRedis({
      data: { 'agents:registry': registrySeed(Date.now()) },
      users: {
        [user.name]: {
          password: user.password,
          commands: [...common, 'exists', 'type', 'hlen', 'hget', 'hgetall', 'hscan'],
          keys: ['agents:*'],
        },
        [keyless.name]: { password: keyless.password, commands: common, keys: [] },
      },
    });
  });
  afterAll(() => server.close());
  describeRedisContract(() => ({ host: server.host, port: server.port, url: server.url, user, keyless }));
});
