import { afterEach, expect, test } from 'vitest';
import { startProvider } from '../../../packages/lab/src/http/provider.ts';
import { startHttp } from '../../../packages/lab/src/http/server.ts';
import { exchange } from '../../contract/http.ts';
import { tlsFile, tlsServer } from '../../support/tls.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

test('routes answer as they are told; what has none is not found', async () => {
  const server = await startHttp({ routes: { '/a': { status: 503, headers: { 'retry-after': '7' }, body: '{"x":1}' } } });
  open.push(server);
  const answer = await exchange(`${server.url}/a?b=c`, { headers: { authorization: 'Bearer CANARY' } });
  expect(answer).toMatchObject({ status: 503, text: '{"x":1}', headers: { 'retry-after': '7', 'x-agentops-lab': 'true' } });
  expect((await exchange(`${server.url}/b`)).status).toBe(404);
  server.setRoute('/b', {});
  expect((await exchange(`${server.url}/b`)).status).toBe(200);
  expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b', '/b']);
  expect(JSON.stringify(server.requests)).not.toContain('CANARY');
});

test('TLS', async () => {
  const { readFileSync } = await import('node:fs');
  const server = await startHttp({ tls: tlsServer(), routes: { '*': {} } });
  open.push(server);
  expect((await exchange(server.url, { ca: readFileSync(tlsFile('ca.pem'), 'utf8') })).status).toBe(200);
  await expect(exchange(server.url)).rejects.toThrow('unable to verify');
});

test('a provider refuses for want of a key', async () => {
  const server = await startProvider({ routes: { '/health': {} } });
  open.push(server);
  const answer = await exchange(`${server.url}/v1/models`);
  expect(answer.status).toBe(401);
  expect(answer.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  expect((await exchange(`${server.url}/health`)).status).toBe(200);
});
