import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openRedis } from '../../../packages/core/src/evidence/redis/connection.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { startScripted } from '../../support/scripted-redis.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const scripted = async (script: Parameters<typeof startScripted>[0]) => {
  const server = await startScripted(script);
  open.push(server);
  return server;
};
const opened = (port: number, more: object = {}) =>
  openRedis({ host: '127.0.0.1', port }, { tls: undefined, limitMs: 3000, firstAnswerMs: 1000, ...more }, testGatherContext());

test('a silent server is given up when the first answer is due, whatever else may take longer', async () => {
  const server = await startFault('black-hole', 'redis');
  open.push(server);
  expect(await opened(server.port, { firstAnswerMs: 100 })).toMatchObject({
    ok: false,
    failure: { reason: 'timeout', detail: 'no answer in 0.1 s' },
  });
});

test('once it has answered, a command has the longer limit', async () => {
  const server = await scripted({ PING: { simple: 'PONG' }, HSCAN: ['0', []] });
  const connection = await opened(server.port);
  if (!connection.ok) throw new Error(connection.failure.detail);
  await pause(1100);
  expect(await connection.call('HSCAN', 'k', '0')).toMatchObject({ ok: true });
  connection.close();
});

test.each([
  ['NOPERM this user has no permissions to run the ping command', true],
  ['LOADING Redis is loading the dataset in memory', false],
])('PING answers %s', async (error, ok) => {
  const server = await scripted({ PING: { error } });
  const connection = await opened(server.port);
  expect(connection.ok).toBe(ok);
  if (connection.ok) connection.close();
});
