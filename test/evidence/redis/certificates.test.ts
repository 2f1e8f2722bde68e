import { afterEach, expect, test } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { gatherRedis } from '../../../packages/core/src/evidence/redis/source.ts';
import type { CertificateEvidence } from '../../../packages/core/src/evidence/tls/servers.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { startScripted } from '../../support/scripted-redis.ts';
import { tlsFile, tlsServer } from '../../support/tls.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const node = { PING: { simple: 'PONG' }, INFO: 'redis_version:7.0.15\r\nrole:master\r\n' } as const;

async function start(script: Parameters<typeof startScripted>[0], certificate?: Parameters<typeof tlsServer>[0]) {
  const server = await startScripted(script, tlsServer(certificate));
  open.push(server);
  return server;
}

async function certificates(url: string): Promise<CertificateEvidence | undefined> {
  const config = configSchema.parse({ redis: [{ name: 'cache', url, tls: { caFile: tlsFile('ca.pem') } }] });
  return gatherRedis(config, new Set(['tls.servers']), testGatherContext(3000))['tls.servers'];
}

const seen = (evidence: CertificateEvidence | undefined) =>
  evidence?.ok &&
  evidence.data.map(({ name, server, subject }) => `${name} ${server} ${subject.replace('agentops test-only ', '')}`).sort();

test('Sentinels and the master behind them; one that is down is a gap', async () => {
  const master = await start(node);
  const sentinel = {
    'SENTINEL GET-MASTER-ADDR-BY-NAME': ['127.0.0.1', String(master.port)],
    'SENTINEL CKQUORUM': 'OK',
    'SENTINEL REPLICAS': [],
  };
  const [one, expired, down] = [await start(sentinel), await start(sentinel, 'expired'), await startFault('refused', 'redis')];
  const ports = [one.port, expired.port, down.port].map((port) => `127.0.0.1:${port}`);
  const evidence = await certificates(`rediss+sentinel://${ports.join(',')}/mymaster`);
  expect(seen(evidence)).toEqual(
    [`redis cache ${ports[0]} server`, `redis cache ${ports[1]} expired`, `redis cache 127.0.0.1:${master.port} server`].sort(),
  );
  expect(evidence).toMatchObject({
    gaps: [{ reason: 'unreachable', source: `redis cache ${ports[2]}`, detail: 'connection refused' }],
  });
});

test('every node of a cluster', async () => {
  const other = await start(node);
  const seed = await start({
    ...node,
    INFO: 'redis_version:7.0.15\r\nrole:master\r\ncluster_enabled:1\r\n',
    'CLUSTER INFO': 'cluster_state:ok\r\n',
    'CLUSTER NODES': (port) =>
      `a 127.0.0.1:${port}@1 myself,master - 0 0 1 connected 0-99\nb 127.0.0.1:${other.port}@1 master - 0 0 2 connected 100-16383\n`,
  });
  const evidence = await certificates(`rediss+cluster://127.0.0.1:${seed.port}`);
  expect(seen(evidence)).toEqual([`redis cache 127.0.0.1:${seed.port} server`, `redis cache 127.0.0.1:${other.port} server`].sort());
  expect(evidence).not.toHaveProperty('gaps');
});

test('a server that asks for a password we do not have showed its certificate all the same', async () => {
  const server = await start({ PING: { error: 'NOAUTH Authentication required.' } });
  expect(seen(await certificates(`rediss://127.0.0.1:${server.port}`))).toEqual([`redis cache 127.0.0.1:${server.port} server`]);
});
