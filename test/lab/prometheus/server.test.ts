import { afterEach, describe, expect, test } from 'vitest';
import { type LabPrometheus, type PrometheusOptions, startPrometheus } from '../../../packages/lab/src/prometheus/server.ts';
import { functionSignatures } from '../../../packages/lab/src/prometheus/signatures.ts';

const now = Date.parse('2026-11-21T13:00:00Z');
const series = [
  { labels: { __name__: 'up', job: 'a' }, samples: [[now - 60_000, 1] as const] },
  { labels: { __name__: 'up', job: 'b' }, samples: [[now - 30_000, 0] as const] },
];

let lab: LabPrometheus | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

async function start(options: PrometheusOptions = {}): Promise<LabPrometheus> {
  lab = await startPrometheus({ series, now, ...options });
  return lab;
}

async function get(path: string, init?: RequestInit): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(`${lab?.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
}

describe('query', () => {
  test('answers at the fixed clock when no time is given', async () => {
    await start();
    expect((await get('/api/v1/query?query=up')).body).toEqual({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [
          { metric: { __name__: 'up', job: 'a' }, value: [1795266000, '1'] },
          { metric: { __name__: 'up', job: 'b' }, value: [1795266000, '0'] },
        ],
      },
    });
  });

  test('takes a form, whose values come before those of the URL', async () => {
    await start();
    const answer = await get('/api/v1/query?query=2', { method: 'POST', body: new URLSearchParams({ query: '1', time: '5' }) });
    expect(answer.body).toEqual({ status: 'success', data: { resultType: 'scalar', result: [5, '1'] } });
  });

  test('moves with the clock', async () => {
    const { setNow } = await start();
    setNow(now + 300_000);
    // One sample is older than the lookback of 5 minutes now, the other is not.
    expect((await get('/api/v1/query?query=count(up)')).body).toMatchObject({ data: { result: [] } });
    setNow(() => now + 260_000);
    expect((await get('/api/v1/query?query=up')).body).toMatchObject({ data: { result: [{ metric: { job: 'b' } }] } });
  });

  test('sees new series', async () => {
    const { setSeries } = await start();
    setSeries([{ labels: { __name__: 'fresh' }, samples: [[now, 7]] }]);
    expect((await get('/api/v1/query?query=fresh')).body).toMatchObject({ data: { result: [{ value: [1795266000, '7'] }] } });
    expect((await get('/api/v1/label/__name__/values')).body).toEqual({ status: 'success', data: ['fresh'] });
  });

  test('stops at its timeout with 503', async () => {
    await start();
    const answer = await get('/api/v1/query?query=sum_over_time(up[1d:1ms])&timeout=0.001');
    expect([answer.status, answer.body]).toEqual([
      503,
      { status: 'error', errorType: 'timeout', error: 'query timed out in expression evaluation' },
    ]);
  });
});

describe('what it cannot answer is an error', () => {
  const unimplemented = ['histogram_count', 'histogram_fraction', 'histogram_sum', 'holt_winters'];
  const calls = [...functionSignatures].map(([name, { args }]) => {
    const values = { vector: 'up', scalar: '0.5', matrix: 'up[5m]', string: '"job"' };
    return [name, `${name}(${args.map((type) => values[type]).join(', ')})`] as const;
  });

  test('the functions of 2.42 are all known', () => {
    expect(functionSignatures.size).toBe(70);
  });

  test.each(calls)('%s answers or says that the lab does not implement it', async (name, query) => {
    await start();
    const { status, body } = await get(`/api/v1/query?query=${encodeURIComponent(query)}`);
    if (!unimplemented.includes(name)) expect(status).toBe(200);
    else {
      const error = `the lab does not implement the function ${name}()`;
      expect([status, body]).toEqual([422, { status: 'error', errorType: 'execution', error }]);
    }
  });

  test.each([
    ['year(up * NaN)', 'the lab does not implement dates of the value NaN'],
    ['up{job=~"a(?i)b"}', 'the lab does not implement flags inside a regular expression: (?i'],
    ['up{job=~"\\\\Qa\\\\E"}', 'the lab does not implement \\Q in a regular expression'],
  ])('%s', async (query, error) => {
    await start();
    const { status, body } = await get(`/api/v1/query?query=${encodeURIComponent(query)}`);
    expect([status, body]).toEqual([422, { status: 'error', errorType: 'execution', error }]);
  });

  test.each([
    ['predict_linear(up[5m] @ 1, 1)', 'the lab does not implement @ on a range vector whose function changes from step to step'],
    ['quantile_over_time(time(), up[5m] @ 1)', 'the lab does not implement @ on a range vector whose function changes from step to step'],
    ['topk(scalar(up @ start()), up)', 'the lab does not implement @ in the parameter of an aggregation'],
  ])('over a range: %s', async (query, error) => {
    await start();
    const { status, body } = await get(`/api/v1/query_range?query=${encodeURIComponent(query)}&start=1&end=9&step=1`);
    expect([status, body]).toEqual([422, { status: 'error', errorType: 'execution', error }]);
  });
});

describe('every answer says that this is the lab', () => {
  test.each(['/api/v1/query?query=1', '/api/v1/query', '/-/ready', '/metrics', '/nowhere'])('%s', async (path) => {
    await start({ scenario: 'redis-down' });
    const { headers } = await get(path);
    expect([headers.get('x-agentops-lab'), headers.get('x-agentops-lab-scenario')]).toEqual(['true', 'redis-down']);
  });

  test('the version and the metrics too', async () => {
    await start({ scenario: 'redis-down' });
    expect((await get('/api/v1/status/buildinfo')).body).toMatchObject({ data: { version: '2.42.0+agentops-lab' } });
    const { body } = await get('/metrics');
    expect(body).toContain('\nagentops_lab_info{scenario="redis-down"} 1\n');
    expect(body).toContain('\nagentops_lab_series 2\n');
    expect(body).toContain('\nagentops_lab_requests_total 1\n');
  });
});

describe('credentials', () => {
  const cases: [string, PrometheusOptions['auth'], Record<string, string>, number][] = [
    ['none asked', undefined, {}, 200],
    ['bearer given', { bearer: 'let-me-in' }, { authorization: 'Bearer let-me-in' }, 200],
    ['bearer missing', { bearer: 'let-me-in' }, {}, 401],
    ['bearer wrong', { bearer: 'let-me-in' }, { authorization: 'Bearer let-me' }, 401],
    ['basic given', { basic: { username: 'u', password: 'p:q' } }, { authorization: 'Basic dTpwOnE=' }, 200],
    ['basic wrong', { basic: { username: 'u', password: 'p:q' } }, { authorization: 'Basic dTpw' }, 401],
    ['header given', { header: { name: 'X-Scope-OrgID', value: 'team-1' } }, { 'x-scope-orgid': 'team-1' }, 200],
    ['header wrong', { header: { name: 'X-Scope-OrgID', value: 'team-1' } }, { 'x-scope-orgid': 'team-2' }, 401],
    [
      'header given, bearer missing',
      { bearer: 'b', header: { name: 'X-Scope-OrgID', value: 'team-1' } },
      { 'x-scope-orgid': 'team-1' },
      401,
    ],
  ];

  test.each(cases)('%s', async (_, auth, headers, status) => {
    await start(auth ? { auth } : {});
    expect((await get('/api/v1/query?query=1', { headers })).status).toBe(status);
    expect((await get('/-/healthy', { headers })).status).toBe(status);
  });

  test('a refusal tells the scheme and nothing of the secret', async () => {
    await start({ auth: { bearer: 'let-me-in' } });
    const { headers, body } = await get('/api/v1/query?query=1');
    expect([headers.get('www-authenticate'), body]).toEqual(['Bearer', 'Unauthorized\n']);
  });
});

describe('targets and metadata', () => {
  const up = { labels: { job: 'agents', instance: '10.0.0.1:8080' }, health: 'up' } as const;
  const down = {
    labels: { job: 'redis', instance: 'r:9121' },
    health: 'down',
    lastError: 'connection refused',
    scrapePool: 'pool',
  } as const;
  const dropped = { labels: { job: 'x' }, health: 'unknown', dropped: true } as const;
  const states = async (query: string): Promise<unknown> => {
    const { body } = await get(`/api/v1/targets${query}`);
    const { data } = body as { data: { activeTargets: { health: string }[]; droppedTargets: unknown[] } };
    return [data.activeTargets.map(({ health }) => health), data.droppedTargets.length];
  };

  test('by state and pool', async () => {
    await start({ targets: [up, down, dropped] });
    expect(await states('')).toEqual([['up', 'down'], 1]);
    expect(await states('?state=any')).toEqual([['up', 'down'], 1]);
    expect(await states('?state=active')).toEqual([['up', 'down'], 0]);
    expect(await states('?state=dropped')).toEqual([[], 1]);
    expect(await states('?state=active&scrapePool=pool')).toEqual([['down'], 0]);
  });

  test('a target as Prometheus shows it', async () => {
    const { setTargets } = await start();
    setTargets([{ ...down, lastScrape: now - 1500, discoveredLabels: { __address__: 'r:9121' } }]);
    expect((await get('/api/v1/targets?state=active')).body).toEqual({
      status: 'success',
      data: {
        activeTargets: [
          {
            discoveredLabels: { __address__: 'r:9121' },
            labels: { job: 'redis', instance: 'r:9121' },
            scrapePool: 'pool',
            scrapeUrl: 'http://r:9121/metrics',
            globalUrl: 'http://r:9121/metrics',
            lastError: 'connection refused',
            lastScrape: '2026-11-21T12:59:58.500Z',
            lastScrapeDuration: 0.005,
            health: 'down',
            scrapeInterval: '15s',
            scrapeTimeout: '10s',
          },
        ],
        droppedTargets: [],
      },
    });
  });

  test('metadata by metric and limit', async () => {
    await start({ metadata: { a: [{ type: 'counter', help: 'A.' }], b: [{ type: 'gauge', help: 'B.', unit: 's' }] } });
    expect((await get('/api/v1/metadata')).body).toEqual({
      status: 'success',
      data: { a: [{ type: 'counter', help: 'A.', unit: '' }], b: [{ type: 'gauge', help: 'B.', unit: 's' }] },
    });
    expect((await get('/api/v1/metadata?metric=b')).body).toMatchObject({ data: { b: [{ type: 'gauge' }] } });
    expect((await get('/api/v1/metadata?limit=0')).body).toEqual({ status: 'success', data: {} });
  });

  test('rules and alerts as given', async () => {
    await start({ ruleGroups: [{ name: 'g' }], alerts: [{ state: 'firing' }] });
    expect((await get('/api/v1/rules')).body).toEqual({ status: 'success', data: { groups: [{ name: 'g' }] } });
    expect((await get('/api/v1/alerts')).body).toEqual({ status: 'success', data: { alerts: [{ state: 'firing' }] } });
  });
});

test('series by time: only those with a sample in the window', async () => {
  await start();
  expect((await get('/api/v1/series?match[]=up&start=1795265960')).body).toEqual({
    status: 'success',
    data: [{ __name__: 'up', job: 'b' }],
  });
});

test.each([
  ['POST', '/api/v1/targets', 405],
  ['POST', '/api/v1/label/job/values', 405],
  ['PUT', '/api/v1/query', 405],
  ['DELETE', '/metrics', 405],
  ['HEAD', '/-/healthy', 200],
])('%s %s is %i', async (method, path, status) => {
  await start();
  expect((await get(path, { method })).status).toBe(status);
});

test('records what it was asked', async () => {
  const { requests } = await start();
  await get('/api/v1/series?match[]=up&match[]=x', { headers: { 'X-Scope-OrgID': 't' } });
  await get('/api/v1/query', { method: 'POST', body: new URLSearchParams({ query: 'bad(' }) });
  expect(requests).toMatchObject([
    { method: 'GET', path: '/api/v1/series', params: { 'match[]': ['up', 'x'] }, headers: { 'x-scope-orgid': 't' }, status: 200 },
    { method: 'POST', path: '/api/v1/query', params: { query: ['bad('] }, status: 400 },
  ]);
});
