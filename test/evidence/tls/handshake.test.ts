import { afterEach, expect, test } from 'vitest';
import { handshake } from '../../../packages/core/src/evidence/tls/handshake.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { startAny } from './any-server.ts';
import { startConnectProxy } from './connect-proxy.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function track<T extends { close(): Promise<void> }>(server: T): T {
  open.push(server);
  return server;
}

const look = (port: number, more: Partial<Parameters<typeof handshake>[0]> = {}, ms = 3000) =>
  handshake({ host: '127.0.0.1', port, ...more }, testGatherContext(ms));

test('shows the certificate, sends nothing, and offers none to a server that asks for one', async () => {
  const server = track(await startAny('expired'));
  expect(await look(server.port)).toEqual({
    certificate: {
      subject: 'agentops test-only expired',
      issuer: 'agentops test-only CA',
      notAfter: Date.parse('2020-02-01T00:00:00Z'),
      names: expect.any(Array),
    },
  });
  expect(server.connections()).toBe(1);
  expect(server.clients()).toEqual([]);
  expect(server.received()).toBe('');
});

test.each([
  ['refused', { reason: 'unreachable', detail: 'connection refused', phase: 'tcp' }],
  ['dns', { reason: 'unreachable', detail: 'DNS: no such host', phase: 'dns' }],
  ['black-hole', { reason: 'timeout', detail: 'no answer in time', phase: 'http' }],
] as const)('%s', async (fault, failure) => {
  const server = track(await startFault(fault));
  expect(await look(server.port, { host: server.host }, 300)).toEqual({ failure });
});

test('through a proxy', async () => {
  const server = track(await startAny('server'));
  const { port, asked } = track(await startConnectProxy(server.port));
  const found = await look(server.port, { proxy: { host: '127.0.0.1', port, tls: false } });
  expect(found).toMatchObject({ certificate: { subject: 'agentops test-only server' } });
  expect(asked).toEqual([`CONNECT 127.0.0.1:${server.port} HTTP/1.1`]);
});

test('a proxy of another kind is not gone around', async () => {
  const server = track(await startAny('server'));
  expect(await look(server.port, { proxy: 'invalid' })).toMatchObject({ failure: { reason: 'unsupported' } });
  expect(server.connections()).toBe(0);
});
