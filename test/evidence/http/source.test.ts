import { afterEach, describe, expect, test } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { providerUrl } from '../../../packages/core/src/evidence/http/providers.ts';
import { gatherHttp } from '../../../packages/core/src/evidence/http/source.ts';
import { startProvider } from '../../../packages/lab/src/http/provider.ts';
import { type LabHttp, startHttp } from '../../../packages/lab/src/http/server.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const both = new Set(['http.endpoints', 'http.providers'] as const);

test('only what is wanted is gathered', () => {
  expect(Object.keys(gatherHttp(configSchema.parse({}), new Set(['http.endpoints']), testGatherContext()))).toEqual(['http.endpoints']);
});

test('nothing configured', async () => {
  const evidence = gatherHttp(configSchema.parse({}), both, testGatherContext());
  expect(await evidence['http.endpoints']).toMatchObject({
    ok: false,
    reason: 'not-configured',
    hint: expect.stringContaining('endpoints:'),
  });
  expect(await evidence['http.providers']).toMatchObject({
    ok: false,
    reason: 'not-configured',
    hint: expect.stringContaining('providers:'),
  });
});

describe('endpoints', () => {
  test('each is probed; expected statuses are its own', async () => {
    const server: LabHttp = await startHttp({ routes: { '/a': {}, '/b': { status: 401 }, '/c': { status: 200 } } });
    open.push(server);
    const config = configSchema.parse({
      endpoints: [
        { name: 'a', url: `${server.url}/a` },
        { name: 'b', url: `${server.url}/b`, expectStatus: [401] },
        { name: 'c', url: `${server.url}/c`, expectStatus: [204, 301] },
      ],
    });
    const evidence = await gatherHttp(config, both, testGatherContext())['http.endpoints'];
    expect(evidence).toMatchObject({
      ok: true,
      data: [
        { name: 'a', ok: true, status: 200, expected: 'a status below 400' },
        { name: 'b', ok: true, status: 401, expected: 'status 401' },
        { name: 'c', ok: false, status: 200, expected: 'status 204 or 301', failure: { reason: 'invalid', detail: 'answers 200' } },
      ],
    });
  });

  test('a type that was promised must come; without a promise any will do', async () => {
    const server = await startHttp({
      routes: {
        '/json': { headers: { 'content-type': 'application/json; charset=utf-8' }, body: '{}' },
        '/login': { headers: { 'content-type': 'text/html' }, body: '<html></html>' },
        '/down': { status: 503, headers: { 'content-type': 'text/html' }, body: '<html></html>' },
      },
    });
    open.push(server);
    const expectType = 'Application/JSON';
    const config = configSchema.parse({
      endpoints: [
        { name: 'json', url: `${server.url}/json`, expectType },
        { name: 'login', url: `${server.url}/login`, expectType },
        { name: 'down', url: `${server.url}/down`, expectType },
        { name: 'any', url: `${server.url}/login` },
      ],
    });
    const evidence = await gatherHttp(config, both, testGatherContext())['http.endpoints'];
    expect(evidence).toMatchObject({
      ok: true,
      data: [
        { name: 'json', ok: true },
        { name: 'login', ok: false, failure: { reason: 'invalid', detail: 'answers text/html instead of application/json' } },
        { name: 'down', ok: false, failure: { reason: 'server-error', detail: 'answers 503' } },
        { name: 'any', ok: true },
      ],
    });
  });

  test('a probe that the run cut off, and one with unreadable TLS files, are gaps', async () => {
    const server = await startFault('black-hole');
    open.push(server);
    const config = configSchema.parse({
      endpoints: [
        { name: 'slow', url: server.url },
        { name: 'tls', url: 'https://127.0.0.1', tls: { caFile: '/nonexistent/ca.pem' } },
      ],
    });
    const evidence = await gatherHttp(config, both, testGatherContext(150))['http.endpoints'];
    expect(evidence).toMatchObject({
      ok: true,
      data: [],
      gaps: [
        { reason: 'timeout', source: `slow ${server.url}`, detail: 'the run ended before it could answer' },
        { reason: 'invalid', source: 'endpoint tls', detail: 'the CA file /nonexistent/ca.pem cannot be read' },
      ],
    });
  });
});

describe('providers', () => {
  test.each([200, 400, 401, 403, 404, 405])('%i proves that the API is there', async (status) => {
    const server = await startProvider({ routes: { '/v1/models': { status } } });
    open.push(server);
    const config = configSchema.parse({ providers: [{ name: 'anthropic', url: server.url }] });
    const evidence = await gatherHttp(config, both, testGatherContext())['http.providers'];
    expect(evidence).toMatchObject({ ok: true, data: [{ name: 'anthropic', provider: 'anthropic', ok: true, status }] });
    expect(server.requests).toMatchObject([{ method: 'GET', path: '/v1/models' }]);
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each([
    [429, 'rate-limited'],
    [500, 'server-error'],
    [529, 'server-error'],
    [302, 'invalid'],
  ])('%i does not', async (status, reason) => {
    const server = await startProvider({ routes: { '*': { status } } });
    open.push(server);
    const config = configSchema.parse({ providers: [{ name: 'own', url: `${server.url}/ping` }] });
    const evidence = await gatherHttp(config, both, testGatherContext())['http.providers'];
    expect(evidence).toMatchObject({ ok: true, data: [{ ok: false, status, failure: { reason } }] });
  });

  test('one that cannot be placed is a gap', async () => {
    const config = configSchema.parse({ providers: [{ name: 'nobody-knows' }] });
    expect(await gatherHttp(config, both, testGatherContext())['http.providers']).toMatchObject({
      ok: true,
      data: [],
      gaps: [{ reason: 'invalid', source: 'provider nobody-knows', detail: 'not a known provider, and it has no url' }],
    });
  });

  test.each([
    ['openai', undefined, {}, 'https://api.openai.com/v1/models'],
    ['openai', 'https://gateway.example/v1/', {}, 'https://gateway.example/v1/models'],
    ['google', undefined, {}, 'https://generativelanguage.googleapis.com/v1beta/models'],
    ['azure-openai', 'https://me.openai.azure.com', {}, 'https://me.openai.azure.com/openai/models?api-version=2024-10-21'],
    ['bedrock', undefined, { AWS_REGION: 'eu-central-1' }, 'https://bedrock-runtime.eu-central-1.amazonaws.com/'],
    ['own', 'https://llm.internal/health', {}, 'https://llm.internal/health'],
  ])('%s %s', (name, url, env, expected) => {
    expect(providerUrl(url === undefined ? { name } : { name, url }, env)).toBe(expected);
  });

  test.each([
    ['azure-openai', {}, 'its address differs from customer to customer'],
    ['bedrock', {}, 'its region is not known'],
    ['bedrock', { AWS_REGION: 'evil.example/' }, 'its region is not known'],
  ])('%s without what it needs', (name, env, detail) => {
    expect(providerUrl({ name }, env)).toMatchObject({ ok: false, reason: 'invalid', detail });
  });
});
