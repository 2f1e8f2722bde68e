import { expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { gatherRedis } from '../../packages/core/src/evidence/redis/source.ts';
import { redisVersion } from '../../scripts/servers/redis.ts';
import { describeRedisContract } from '../contract/redis.ts';
import { testGatherContext } from '../support/host.ts';
import { describeReal } from './support.ts';

describeReal(['redis'], 'Redis', ({ redis }) => {
  describeRedisContract(() => redis);

  const server = async (settings: object, limitMs = 5000): Promise<unknown> => {
    const config = configSchema.parse({ redis: [{ name: 'cache', ...settings }] });
    const evidence = await gatherRedis(config, new Set(['redis.servers']), testGatherContext(limitMs))['redis.servers'];
    return evidence?.ok ? evidence.data[0] : evidence;
  };

  it('is seen through TLS with its certificate authority', async () => {
    expect(await server({ url: redis.tlsUrl, tls: { caFile: redis.caFile } })).toMatchObject({
      ok: true,
      data: { topology: 'single', role: 'master', version: expect.stringMatching(redisVersion) },
    });
  });

  it('is not trusted without it', async () => {
    expect(await server({ url: redis.tlsUrl })).toMatchObject({
      ok: false,
      reason: 'unreachable',
      detail: expect.stringMatching(/^TLS: /),
    });
  });

  // Redis takes the handshake for the beginning of a command and waits for its end.
  it('never answers a TLS handshake on the plain port', async () => {
    const url = redis.url.replace('redis:', 'rediss:');
    expect(await server({ url, tls: { caFile: redis.caFile } }, 1000)).toMatchObject({ ok: false, reason: 'timeout' });
  });

  it('is found through the sentinel', async () => {
    expect(await server({ url: redis.sentinelUrl })).toMatchObject({
      ok: true,
      data: { topology: 'sentinel', role: 'master', address: `${redis.host}:${redis.port}` },
    });
  });

  it('a sentinel that knows no such master says so', async () => {
    expect(await server({ url: redis.sentinelUrl.replace('mymaster', 'nobody') })).toMatchObject({ ok: false, reason: 'absent' });
  });
});
