import { describe, expect, it } from 'vitest';
import { configSchema, type PrometheusConfig } from '../../../packages/core/src/config/schema.ts';
import { openPrometheus } from '../../../packages/core/src/evidence/prometheus/client.ts';
import { readPerformance } from '../../../packages/core/src/evidence/prometheus/performance.ts';
import type { AgentPerformance, PerformanceMetrics, Reading } from '../../../packages/core/src/model/prometheus.ts';
import type { Series } from '../../../packages/lab/src/prometheus/store.ts';
import { testGatherContext } from '../../support/host.ts';
import { counter, histogram, series, withLab } from './lab.ts';
import { startStub, success, vector } from './stub.ts';

async function read(all: Series[], more: Record<string, unknown> = {}): Promise<PerformanceMetrics> {
  const evidence = await withLab(all, (client) => readPerformance(client, 300), more);
  if (!evidence.ok) throw new Error(evidence.detail);
  return evidence.data;
}

function row(metrics: PerformanceMetrics, agent: string): AgentPerformance {
  const found = metrics.agents.filter((one) => one.agent === agent);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} rows of ${agent}`);
  return found[0];
}

/** Value rounded to nine digits, or cause. */
const brief = ({ value, cause }: Reading): number | string => (value === null ? (cause ?? '?') : Number(value.toPrecision(9)));

describe('ai_agent_*', () => {
  const requests = (agent_type: string, status: string, rate: number, more: Record<string, string> = {}): Series =>
    counter('ai_agent_requests_total', { agent_type, status, ...more }, rate);

  it('reads requests, ratios, latency, tokens, steps, cost and active agents', async () => {
    const metrics = await read([
      requests('coder', 'success', 0.9, { endpoint: '/a' }),
      requests('coder', 'success', 0.9, { endpoint: '/b' }),
      requests('coder', 'error', 0.1),
      requests('coder', '404', 0.1),
      ...histogram('ai_agent_response_time_seconds', { agent_type: 'coder' }, { '1': 1, '2': 0.9, '10': 0.1, '+Inf': 0 }, 1.5),
      counter('ai_agent_token_usage_total', { agent_type: 'coder', model: 'm1' }, 3000),
      counter('ai_agent_token_usage_total', { agent_type: 'coder', model: 'm2' }, 1000),
      ...histogram('ai_agent_steps_per_task', { agent_type: 'coder' }, { '10': 1, '+Inf': 1 }, 12),
      counter('ai_agent_cost_usd_total', { agent_type: 'coder' }, 0.5),
      series('ai_agent_active', { agent_type: 'coder' }, () => 3),
    ]);
    expect(metrics.profiles).toEqual(['ai_agent']);
    expect(metrics.gaps).toEqual([]);
    const coder = row(metrics, 'coder');
    expect(coder).toMatchObject({ profile: 'ai_agent', kind: 'agent', per: 'task' });
    expect(
      Object.fromEntries(Object.entries(coder).flatMap(([key, value]) => (typeof value === 'object' ? [[key, brief(value)]] : []))),
    ).toEqual({
      requests: 600,
      throughput: 2,
      meanSeconds: 1.5,
      // Rank 1.9 of 2: the end of the second bucket.
      p95Seconds: 2,
      // Rank 1.98 of 2, 0.08 of 0.1 into the bucket from 2 to 10.
      p99Seconds: 8.4,
      errorRatio: 0.05,
      successRatio: 0.9,
      stepsPerTask: 12,
      tokensPerTask: 2000,
      costPerTask: 0.25,
      activeAgents: 3,
    });
  });

  it('counts the first errors ever, which increase() does not see', async () => {
    const metrics = await read([
      requests('coder', 'success', 0.1),
      series('ai_agent_requests_total', { agent_type: 'coder', status: 'error' }, () => 30, { from: 120 }),
    ]);
    expect(brief(row(metrics, 'coder').requests)).toBe(60);
    expect(brief(row(metrics, 'coder').errorRatio)).toBe(0.5);
  });

  it('does not take an old series for a new one after a scrape gap', async () => {
    // 1,000 errors of last week; no sample for ten minutes around the start of the window.
    const before = series('ai_agent_requests_total', { agent_type: 'coder', status: 'error' }, () => 1000, { to: 900 });
    const after = series('ai_agent_requests_total', { agent_type: 'coder', status: 'error' }, () => 1000, { from: 200 });
    const gapped = { labels: before.labels, samples: [...(before.samples as []), ...(after.samples as [])] };
    const metrics = await read([requests('coder', 'success', 1), gapped]);
    expect(brief(row(metrics, 'coder').errorRatio)).toBe(0);
  });

  it('takes absent errors for none where successes are there', async () => {
    expect(brief(row(await read([requests('coder', 'success', 1)]), 'coder').errorRatio)).toBe(0);
  });

  it('tells idle, unseen and not exported apart, each agent by itself', async () => {
    const metrics = await read([
      requests('busy', 'success', 1),
      series('ai_agent_requests_total', { agent_type: 'idle', status: 'success' }, () => 77),
      // Scraped every ten minutes: one sample in the window says nothing.
      series('ai_agent_requests_total', { agent_type: 'slow', status: 'success' }, (ago) => 7200 - ago, { step: 600 }),
      ...histogram('ai_agent_response_time_seconds', { agent_type: 'busy' }, { '1': 1, '+Inf': 0 }, 0.5),
    ]);
    const told = metrics.agents.map((one) => [
      one.agent,
      brief(one.requests),
      brief(one.errorRatio),
      brief(one.p95Seconds),
      brief(one.stepsPerTask),
    ]);
    expect(told.sort()).toEqual([
      ['busy', 300, 0, 0.95, 'not-exported'],
      ['idle', 0, 'idle', 'idle', 'not-exported'],
      ['slow', 'unseen', 'unseen', 'unseen', 'not-exported'],
    ]);
  });

  it('makes a range of what status words it does not know', async () => {
    const metrics = await read([requests('odd', 'success', 0.8), requests('odd', 'error', 0.1), requests('odd', 'meh', 0.1)]);
    const { errorRatio, successRatio } = row(metrics, 'odd');
    expect(errorRatio.low).toBeCloseTo(0.1, 9);
    expect(errorRatio.high).toBeCloseTo(0.2, 9);
    expect(errorRatio.why).toBe('status values not understood: "meh"');
    expect(successRatio.low).toBeCloseTo(0.8, 9);
    expect(successRatio.high).toBeCloseTo(0.9, 9);
  });

  it('leaves out what has not ended', async () => {
    const metrics = await read([requests('a', 'started', 1), requests('a', 'success', 0.5), requests('a', 'error', 0.5)]);
    expect([brief(row(metrics, 'a').requests), brief(row(metrics, 'a').errorRatio)]).toEqual([300, 0.5]);
  });

  it('says that a quantile beyond the largest bucket is a lower bound', async () => {
    const metrics = await read([
      requests('a', 'success', 1),
      ...histogram('ai_agent_response_time_seconds', { agent_type: 'a' }, { '10': 0.5, '+Inf': 0.5 }, 40),
    ]);
    expect(row(metrics, 'a').p99Seconds).toEqual({ value: 10, low: 10, high: null, why: 'beyond the largest bucket (10 s)' });
  });

  it('bounds a summary’s quantile by those of the instances', async () => {
    const quantile = (instance: string, q: string, value: number): Series =>
      series('ai_agent_response_time_seconds', { agent_type: 'a', instance, quantile: q }, () => value);
    const metrics = await read([
      requests('a', 'success', 1),
      quantile('a:1', '0.95', 2),
      quantile('a:2', '0.95', 6),
      quantile('a:3', '0.95', Number.NaN),
    ]);
    expect(row(metrics, 'a').p95Seconds).toMatchObject({ value: 6, low: 2, high: 6 });
    expect(brief(row(metrics, 'a').p99Seconds)).toBe('not-exported');
    expect(brief(row(metrics, 'a').meanSeconds)).toBe('not-exported');
  });

  it('uses a counter of errors where requests have no status, and else says that there is none', async () => {
    const plain = counter('ai_agent_requests_total', { agent_type: 'a' }, 1);
    const metrics = await read([plain, counter('ai_agent_errors_total', { agent_type: 'a' }, 0.25)]);
    expect([brief(row(metrics, 'a').errorRatio), brief(row(metrics, 'a').successRatio)]).toEqual([0.25, 0.75]);
    expect(row(await read([plain]), 'a').errorRatio).toEqual({
      value: null,
      cause: 'not-exported',
      why: 'ai_agent_requests_total has no outcome label',
    });
  });

  it('survives a counter reset', async () => {
    const reset = series('ai_agent_requests_total', { agent_type: 'a', status: 'success' }, (ago) =>
      ago > 150 ? 10_000 + (7200 - ago) : 150 - ago,
    );
    // 135 s before the reset and 150 after: what was counted between the last scrape and the restart is lost.
    const { requests: seen } = row(await read([reset]), 'a');
    expect(seen.value).toBeGreaterThan(270);
    expect(seen.value).toBeLessThanOrEqual(300);
  });
});

describe('agent_*, llm_*, tool_*', () => {
  it('has rows of agents and of models, and tools', async () => {
    const metrics = await read([
      counter('agent_runs_total', { agent_type: 'planner', status: 'success' }, 0.5),
      counter('agent_runs_total', { agent_type: 'planner', status: 'failed' }, 0.5),
      counter('agent_steps_total', { agent_type: 'planner' }, 20),
      ...histogram('agent_duration_seconds', { agent_type: 'planner' }, { '60': 1, '+Inf': 0 }, 20),
      counter('llm_calls_total', { model: 'gpt-5', status: 'ok' }, 2),
      ...histogram('llm_latency_seconds', { model: 'gpt-5' }, { '4': 2, '+Inf': 0 }, 3),
      ...histogram('tokens_per_request', { model: 'gpt-5' }, { '1000': 2, '+Inf': 0 }, 700),
      counter('tool_calls_total', { tool_name: 'search', status: 'success' }, 0.9),
      counter('tool_calls_total', { tool_name: 'search', status: 'error' }, 0.1),
      series('tool_calls_total', { tool_name: 'unused', status: 'success' }, () => 5),
      series('active_agents', { agent_type: 'planner' }, () => 2),
    ]);
    expect(metrics.profiles).toEqual(['agent']);
    const planner = row(metrics, 'planner');
    expect([
      planner.kind,
      planner.per,
      brief(planner.errorRatio),
      brief(planner.stepsPerTask),
      brief(planner.meanSeconds),
      brief(planner.activeAgents),
    ]).toEqual(['agent', 'task', 0.5, 20, 20, 2]);
    const model = row(metrics, 'gpt-5');
    expect([model.kind, model.per, brief(model.throughput), brief(model.meanSeconds), brief(model.tokensPerTask)]).toEqual([
      'model',
      'request',
      2,
      3,
      700,
    ]);
    expect(metrics.tools.map(({ tool, calls, errorRatio }) => [tool, brief(calls), brief(errorRatio)]).sort()).toEqual([
      ['search', 300, 0.1],
      ['unused', 0, 'idle'],
    ]);
  });
});

describe('OpenTelemetry GenAI', () => {
  it.each(['gen_ai_client_operation_duration_seconds', 'gen_ai_client_operation_duration'])('reads %s', async (base) => {
    const operation = (gen_ai_operation_name: string, more: Record<string, string>, rate: number): Series[] =>
      histogram(base, { gen_ai_operation_name, ...more }, { '1': rate, '+Inf': 0 }, 0.5);
    const metrics = await read([
      ...operation('chat', { gen_ai_request_model: 'm', gen_ai_agent_name: 'planner' }, 1),
      ...operation('chat', { gen_ai_request_model: 'm', gen_ai_agent_name: 'helper' }, 1),
      ...operation('invoke_agent', { gen_ai_agent_name: 'planner' }, 0.15),
      ...operation('invoke_agent', { gen_ai_agent_name: 'planner', error_type: 'timeout' }, 0.05),
      ...operation('execute_tool', { gen_ai_tool_name: 'search' }, 0.8),
      ...operation('execute_tool', { gen_ai_tool_name: 'search', error_type: '500' }, 0.2),
      ...histogram(
        'gen_ai_client_token_usage',
        { gen_ai_agent_name: 'planner', gen_ai_operation_name: 'chat', gen_ai_token_type: 'input' },
        { '+Inf': 1 },
        900,
      ),
      ...histogram(
        'gen_ai_client_token_usage',
        { gen_ai_agent_name: 'planner', gen_ai_operation_name: 'chat', gen_ai_token_type: 'output' },
        { '+Inf': 1 },
        100,
      ),
    ]);
    expect(metrics.profiles).toEqual(['gen_ai']);
    const told = metrics.agents.map(({ kind, agent, per, requests, errorRatio, tokensPerTask }) => [
      kind,
      agent,
      per,
      brief(requests),
      brief(errorRatio),
      brief(tokensPerTask),
    ]);
    expect(told.sort()).toEqual([
      // No invoke_agent of it: its model calls are all there is.
      ['agent', 'helper', 'request', 300, 0, 'not-exported'],
      // 1,000 tokens a second over 0.2 tasks a second.
      ['agent', 'planner', 'task', 60, 0.25, 5000],
      ['model', 'm', 'request', 600, 0, 'not-exported'],
    ]);
    expect(metrics.tools.map(({ tool, errorRatio }) => [tool, brief(errorRatio)])).toEqual([['search', 0.2]]);
  });
});

describe('LiteLLM', () => {
  it('reads all requests with their status codes', async () => {
    const metrics = await read([
      counter('litellm_proxy_total_requests_metric_total', { requested_model: 'gpt-5', status_code: '200' }, 0.9),
      counter('litellm_proxy_total_requests_metric_total', { requested_model: 'gpt-5', status_code: '429' }, 0.1),
      counter('litellm_proxy_failed_requests_metric_total', { requested_model: 'gpt-5', exception_status: '429' }, 0.1),
      counter('litellm_spend_metric_total', { model: 'gpt-5' }, 0.02),
      ...histogram('litellm_request_total_latency_metric', { requested_model: 'gpt-5', model: 'gpt-5-2026' }, { '2': 0.9, '+Inf': 0 }, 1),
    ]);
    const model = row(metrics, 'gpt-5');
    expect([model.kind, brief(model.requests), brief(model.errorRatio), brief(model.costPerTask), brief(model.meanSeconds)]).toEqual([
      'model',
      300,
      0.1,
      0.02,
      1,
    ]);
  });

  it('adds the failures to the older counter, which has successes only', async () => {
    const metrics = await read([
      counter('litellm_requests_metric_total', { model: 'good' }, 1),
      counter('litellm_requests_metric_total', { model: 'half' }, 0.5),
      counter('litellm_proxy_failed_requests_metric_total', { requested_model: 'half' }, 0.5),
      counter('litellm_proxy_failed_requests_metric_total', { requested_model: 'never' }, 1),
    ]);
    expect(metrics.agents.map(({ agent, requests, errorRatio }) => [agent, brief(requests), brief(errorRatio)]).sort()).toEqual([
      ['good', 300, 0],
      ['half', 300, 0.5],
      ['never', 300, 1],
    ]);
  });
});

it('asks only for what is there, with the matchers in every selector', async () => {
  const queries = await withLab(
    [
      counter('ai_agent_requests_total', { agent_type: 'a', status: 'ok', cluster: 'x' }, 1),
      counter('ai_agent_requests_total', { agent_type: 'b', status: 'ok' }, 1),
    ],
    async (client, asked) => {
      const evidence = await readPerformance(client, 300);
      expect(evidence.ok && evidence.data.agents.map(({ agent }) => agent)).toEqual(['a']);
      return asked();
    },
    { selector: 'cluster="x"' },
  );
  expect(queries).toHaveLength(3);
  for (const query of queries) expect(query).toContain('cluster="x"');
});

it('confines a failed query to its piece, and keeps what a warning makes doubtful apart', async () => {
  const stub = await startStub(({ search }) => {
    const query = search.get('query') ?? '';
    if (query.includes('__name__')) {
      const names = ['ai_agent_requests_total', 'ai_agent_response_time_seconds_bucket', 'ai_agent_token_usage_total'];
      return vector(
        ...['_sum', '_count'].map((end) => [{ __name__: `ai_agent_response_time_seconds${end}` }, '1'] as const),
        ...names.map((name) => [{ __name__: name }, '1'] as const),
      );
    }
    if (query.includes('_bucket')) return { status: 422, body: { status: 'error', errorType: 'execution', error: 'too many samples' } };
    if (query.includes('token'))
      return success({ resultType: 'vector', result: [{ metric: { agent_type: 'a' }, value: [1, '50'] }] }, { warnings: ['store down'] });
    return vector([{ agent_type: 'a', status: 'ok' }, '10']);
  });
  const client = await openPrometheus(
    configSchema.parse({ prometheus: { url: stub.url } }).prometheus as PrometheusConfig,
    testGatherContext(),
  );
  if ('ok' in client) throw new Error(client.detail);
  const evidence = await readPerformance(client, 300);
  client.close();
  await stub.close();
  if (!evidence.ok) throw new Error(evidence.detail);
  expect(evidence.gaps).toBeUndefined();
  expect(evidence.data.gaps.map(({ piece, unavailable }) => [piece, unavailable.reason, unavailable.detail]).sort()).toEqual([
    ['latency', 'server-error', 'answers 422: execution: too many samples'],
    ['tokens', 'invalid', 'the server warns: store down'],
  ]);
  const only = row(evidence.data, 'a');
  expect([brief(only.errorRatio), brief(only.meanSeconds), brief(only.p95Seconds), brief(only.tokensPerTask)]).toEqual([0, 1, 'unseen', 5]);
});
