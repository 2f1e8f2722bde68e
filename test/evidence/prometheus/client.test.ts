import { afterEach, describe, expect, it } from 'vitest';
import { configSchema, type PrometheusConfig } from '../../../packages/core/src/config/schema.ts';
import { openPrometheus, type PrometheusClient } from '../../../packages/core/src/evidence/prometheus/client.ts';
import { testGatherContext } from '../../support/host.ts';
import { type Stub, type StubAnswer, type StubRequest, scalar, startStub, success, vector } from './stub.ts';

let stub: Stub | undefined;
let client: PrometheusClient | undefined;

afterEach(async () => {
  client?.close();
  await stub?.close();
  stub = undefined;
});

async function open(
  handler: (request: StubRequest) => StubAnswer | undefined,
  settings: Record<string, unknown> | ((url: string) => Record<string, unknown>) = {},
): Promise<PrometheusClient> {
  stub = await startStub(handler);
  const more = typeof settings === 'function' ? settings(stub.url) : settings;
  const config = configSchema.parse({ prometheus: { url: stub.url, ...more } }).prometheus as PrometheusConfig;
  const opened = await openPrometheus(config, testGatherContext(3000));
  if ('ok' in opened) throw new Error(opened.detail);
  client = opened;
  return opened;
}

describe('requests', () => {
  it('asks by GET, and by POST form where the query is long', async () => {
    const prometheus = await open(() => vector());
    const long = `up{${'a="b",'.repeat(400)}c="d"}`;
    await prometheus.vector('up', 1_000_500);
    await prometheus.vector(long);
    expect(stub?.requests.map(({ method, path }) => [method, path])).toEqual([
      ['GET', '/api/v1/query'],
      ['POST', '/api/v1/query'],
    ]);
    expect(stub?.requests[0]?.search.toString()).toBe('query=up&time=1000.500');
    expect(stub?.requests[1]?.form.get('query')).toBe(long);
    expect(stub?.requests[1]?.search.toString()).toBe('');
  });

  it('keeps the path and the query of the base URL', async () => {
    const prometheus = await open(
      () => vector(),
      (url) => ({ url: `${url}/select/0/prometheus/?tenant=7` }),
    );
    await prometheus.vector('up');
    expect(stub?.requests[0]?.path).toBe('/select/0/prometheus/api/v1/query');
    expect(stub?.requests[0]?.search.toString()).toBe('tenant=7&query=up');
    expect(prometheus.source).toBe(`prometheus ${stub?.url}/select/0/prometheus`);
  });

  it.each<[string, (url: string) => Record<string, unknown>, string]>([
    ['a bearer token', () => ({ bearerToken: 'canary' }), 'Bearer canary'],
    ['a user and password', () => ({ username: 'u', password: 'pässword' }), `Basic ${Buffer.from('u:pässword').toString('base64')}`],
    ['user info in the URL', (url) => ({ url: url.replace('//', '//u:p%40ss@') }), `Basic ${Buffer.from('u:p@ss').toString('base64')}`],
    [
      'user info with a bare %',
      (url) => ({ url: url.replace('//', '//u:5%25%zz@') }),
      `Basic ${Buffer.from('u:5%25%zz').toString('base64')}`,
    ],
    ['a header of the user', () => ({ headers: { Authorization: 'Custom x' } }), 'Custom x'],
  ])('sends %s', async (_, settings, expected) => {
    const prometheus = await open(() => vector(), settings);
    await prometheus.vector('up');
    expect(stub?.requests[0]?.headers.authorization).toBe(expected);
  });

  it('sends extra headers', async () => {
    const prometheus = await open(() => vector(), { headers: { 'X-Scope-OrgID': 'team-a' } });
    await prometheus.vector('up');
    expect(stub?.requests[0]?.headers['x-scope-orgid']).toBe('team-a');
  });

  it.each([
    ['cluster="prod"', 'cluster="prod"'],
    ['{cluster="prod",}', 'cluster="prod"'],
    ['  ', ''],
  ])('takes the matchers %j', async (selector, expected) => {
    expect((await open(() => vector(), { selector })).selector).toBe(expected);
  });

  it('probes once, however often it is asked', async () => {
    const prometheus = await open(() => scalar);
    const [first, second] = await Promise.all([prometheus.probe(), prometheus.probe()]);
    expect(first).toBe(second);
    expect(first).toMatchObject({ ok: true, data: { serverNow: 1_795_266_451_500 } });
    expect(stub?.requests).toHaveLength(1);
  });

  it('takes a one-element vector for the probe’s scalar', async () => {
    expect(await (await open(() => vector([{}, '1']))).probe()).toMatchObject({ ok: true, data: { serverNow: 1_795_266_451_000 } });
  });
});

describe('answers that are not what the API promises', () => {
  it.each<[string, StubAnswer, reason: string, detail: RegExp]>([
    ['a login page', { type: 'text/html', body: '<html>canary</html>' }, 'invalid', /^answers text\/html instead of JSON$/],
    ['a body cut short', { body: '{"status":"succ' }, 'invalid', /not valid JSON/],
    ['other JSON', { body: { hello: 'canary' } }, 'invalid', /not of the Prometheus API/],
    ['another result type', success({ resultType: 'matrix', result: [] }), 'invalid', /not a well-formed vector/],
    ['a sample without value', success({ resultType: 'vector', result: [{ metric: {} }] }), 'invalid', /not a well-formed vector/],
    [
      'a value that is no number',
      success({ resultType: 'vector', result: [{ metric: {}, value: [1, 'canary'] }] }),
      'invalid',
      /not a well-formed vector/,
    ],
    ['401', { status: 401, body: 'canary', type: 'text/plain' }, 'unauthorized', /^answers 401/],
    ['403', { status: 403, body: {} }, 'forbidden', /^answers 403/],
    ['404', { status: 404, body: 'canary', type: 'text/plain' }, 'absent', /^answers 404/],
    ['429', { status: 429, body: {} }, 'rate-limited', /^answers 429/],
    ['500', { status: 500, body: 'canary', type: 'text/plain' }, 'server-error', /^answers 500$/],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/canary' }, body: '' }, 'invalid', /^answers 302$/],
    [
      'a parse error',
      { status: 400, body: { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected }' } },
      'invalid',
      /^answers 400: bad_data: parse error: unexpected }$/,
    ],
    [
      'an execution error',
      { status: 422, body: { status: 'error', errorType: 'execution', error: 'too many samples' } },
      'server-error',
      /^answers 422: execution: too many samples$/,
    ],
    [
      'a query time-out',
      { status: 503, body: { status: 'error', errorType: 'timeout', error: 'query timed out' } },
      'timeout',
      /^answers 503: timeout: query timed out$/,
    ],
    ['an error with status 200', { body: { status: 'error', errorType: 'internal', error: 'x' } }, 'server-error', /^internal: x$/],
  ])('%s', async (_, answer, reason, detail) => {
    const prometheus = await open(() => answer);
    const result = await prometheus.vector('up');
    expect(result).toMatchObject({ ok: false, reason, source: `prometheus ${stub?.url}`, detail: expect.stringMatching(detail) });
    expect(JSON.stringify(result)).not.toContain('canary');
  });

  it('says that nothing listens', async () => {
    const prometheus = await open(() => scalar);
    await stub?.close();
    stub = undefined;
    expect(await prometheus.probe()).toMatchObject({ ok: false, reason: 'unreachable', detail: 'connection refused' });
  });

  it('ends at the deadline where the server never answers', async () => {
    stub = await startStub(() => undefined);
    const config = configSchema.parse({ prometheus: { url: stub.url } }).prometheus as PrometheusConfig;
    const opened = await openPrometheus(config, testGatherContext(200));
    if ('ok' in opened) throw new Error(opened.detail);
    client = opened;
    expect(await opened.probe()).toMatchObject({ ok: false, reason: 'timeout', detail: 'no answer in time' });
  });
});

it('keeps what it sent out of errors and warnings that echo it', async () => {
  const echo = 'Authorization: Bearer canary-token, canary-header, http://u:canary-password@host/?q=canary-query';
  const prometheus = await open(
    ({ search }) =>
      search.get('query') === 'warn'
        ? success({ resultType: 'vector', result: [] }, { warnings: [echo] })
        : { status: 400, body: { status: 'error', errorType: 'bad_data', error: echo } },
    (url) => ({
      url: `${url}/?key=canary-query`,
      bearerToken: 'canary-token',
      username: 'u',
      password: 'canary-password',
      headers: { 'X-Key': 'canary-header' },
    }),
  );
  const [failed, warned] = [await prometheus.vector('up'), await prometheus.vector('warn')];
  expect(failed).toMatchObject({ ok: false, detail: 'answers 400: bad_data: Authorization: Bearer ***, ***, http://host' });
  expect(warned).toMatchObject({ ok: true, warnings: ['Authorization: Bearer ***, ***, http://host'] });
  expect(JSON.stringify([failed, warned, prometheus.source, prometheus.url])).not.toContain('canary');
});

it('keeps NaN, infinities and the digits of a value', async () => {
  const prometheus = await open(() =>
    vector([{ a: '1' }, 'NaN'], [{ a: '2' }, '+Inf'], [{ a: '3' }, '0.10000000000000001'], [{ a: '4' }, '1e-05']),
  );
  const result = await prometheus.vector('up');
  expect(result.ok && result.data.map(({ value }) => value)).toEqual(['NaN', '+Inf', '0.10000000000000001', '1e-05']);
});

it('reads a matrix', async () => {
  const prometheus = await open(() =>
    success({
      resultType: 'matrix',
      result: [
        {
          metric: { a: 'b' },
          values: [
            [1, '2'],
            [3.5, '4'],
          ],
        },
      ],
    }),
  );
  expect(await prometheus.matrix('up[1m]')).toMatchObject({
    ok: true,
    data: [
      {
        labels: { a: 'b' },
        values: [
          [1, '2'],
          [3.5, '4'],
        ],
      },
    ],
  });
  await prometheus.range('up', 0, 60_000, 30);
  expect(stub?.requests[1]?.search.toString()).toBe('query=up&start=0.000&end=60.000&step=30');
});

it.each<[string, Record<string, string>, RegExp]>([
  ['a CA file that is not there', { caFile: '/nonexistent/ca.pem' }, /CA file .*cannot be read/],
  ['a key that is no PEM', { keyFile: '/dev/null' }, /client key .*is not PEM/],
])('is not opened with %s', async (_, tls, detail) => {
  const config = configSchema.parse({ prometheus: { url: 'https://127.0.0.1:1', tls } }).prometheus as PrometheusConfig;
  expect(await openPrometheus(config, testGatherContext())).toMatchObject({
    ok: false,
    reason: 'invalid',
    detail: expect.stringMatching(detail),
  });
});
