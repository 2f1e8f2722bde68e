import { describe, expect, it } from 'vitest';
import { historyMs } from '../../scripts/servers/history.ts';
import { exchange, type HttpAnswer } from './http.ts';

/** A Prometheus that holds the series of scripts/servers/history.ts. */
export interface PrometheusTarget {
  readonly url: string;
  /** Begin of that history, ms since the epoch. */
  readonly historyStart: number;
}

interface Answer {
  readonly status: string;
  readonly errorType?: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string]; readonly values: unknown[] }[];
  };
}

/** Metric labels, sorted, and value: `{agent_type="coder"} 200`. */
function lines(answer: Answer): string[] {
  return answer.data.result
    .map(({ metric, value }) => {
      const labels = Object.entries(metric).map(([name, text]) => `${name}="${text}"`);
      return `{${labels.sort().join(',')}} ${Number(Number(value[1]).toPrecision(9))}`;
    })
    .sort();
}

/**
 * What agentops relies on in Prometheus' HTTP API and in PromQL, on the two
 * hours of history.ts. The instants lie on its steps, so every value is exact.
 */
export function describePrometheusContract(getTarget: () => PrometheusTarget): void {
  const get = (path: string): Promise<HttpAnswer> => exchange(`${getTarget().url}${path}`);
  /** Evaluates at a whole number of minutes before the end of the history (which is exclusive: its last sample is 15 s before). */
  const query = async (expression: string, minutesBeforeEnd: number): Promise<HttpAnswer> => {
    const at = (getTarget().historyStart + historyMs) / 1000 - minutesBeforeEnd * 60;
    return get(`/api/v1/query?query=${encodeURIComponent(expression)}&time=${at}`);
  };

  describe('instant queries', () => {
    it.each<[expression: string, minutesBeforeEnd: number, expected: string[]]>([
      // 20 steps of 15 s in five minutes; both ends of the range carry a sample, so nothing is extrapolated.
      ['sum by (agent_type) (increase(ai_agent_requests_total[5m]))', 1, ['{agent_type="coder"} 200', '{agent_type="planner"} 500']],
      [
        'sum by (agent_type) (rate(ai_agent_requests_total{status="error"}[5m]))',
        1,
        ['{agent_type="coder"} 0', '{agent_type="planner"} 0.2'],
      ],
      // Before the change point, 30 minutes before the end.
      [
        'sum by (status) (increase(ai_agent_requests_total{agent_type="planner"}[5m]))',
        60,
        ['{status="error"} 2.5', '{status="success"} 497.5'],
      ],
      ['sum(increase(ai_agent_requests_total{agent_type="planner"}[5m] offset 59m))', 1, ['{} 500']],
      [
        'histogram_quantile(0.95, sum by (le, agent_type) (rate(ai_agent_response_time_seconds_bucket[5m])))',
        1,
        ['{agent_type="coder"} 0.48', '{agent_type="planner"} 29'],
      ],
      [
        'sum by (agent_type) (increase(ai_agent_response_time_seconds_sum[5m])) / sum by (agent_type) (increase(ai_agent_response_time_seconds_count[5m]))',
        1,
        ['{agent_type="coder"} 0.5', '{agent_type="planner"} 20'],
      ],
      ['count by (job, instance) ({__name__=~"ai_agent_.+"})', 1, ['{instance="fleet",job="agents"} 30']],
      ['topk(1, sum by (model) (litellm_spend_metric_total))', 1, ['{model="gpt-4o"} 2.68']],
      [
        'count_over_time(ai_agent_active_agents{agent_type="planner"}[10m])',
        1,
        ['{agent_type="planner",instance="fleet",job="agents"} 41'],
      ],
      ['no_such_metric', 1, []],
      ['absent(no_such_metric)', 1, ['{} 1']],
      [
        'ai_agent_active_agents{agent_type=~"plan.*"} > 2',
        1,
        ['{__name__="ai_agent_active_agents",agent_type="planner",instance="fleet",job="agents"} 3'],
      ],
      ['ai_agent_active_agents{agent_type=~"plan.*"} > 3', 1, []],
      ['vector(0) / vector(0)', 1, ['{} NaN']],
    ])('%s, %d min before the end', async (expression, minutesBeforeEnd, expected) => {
      const answer = await query(expression, minutesBeforeEnd);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect(lines(answer.json() as Answer)).toEqual(expected);
    });

    it('answers a scalar as a scalar', async () => {
      expect((await query('1 + 1', 1)).json()).toMatchObject({
        status: 'success',
        data: { resultType: 'scalar', result: [expect.any(Number), '2'] },
      });
    });
  });

  it('answers a range query with one value a step, ends included', async () => {
    const end = (getTarget().historyStart + historyMs) / 1000 - 60;
    const path = `/api/v1/query_range?query=ai_agent_active_agents%7Bagent_type%3D%22coder%22%7D&start=${end - 60}&end=${end}&step=30`;
    expect((await get(path)).json()).toMatchObject({
      status: 'success',
      data: { resultType: 'matrix', result: [{ values: [end - 60, end - 30, end].map((at) => [at, '2']) }] },
    });
  });

  describe('errors', () => {
    it.each([
      ['a query that does not parse', '/api/v1/query?query=sum(', 'bad_data'],
      ['a time that is none', '/api/v1/query?query=up&time=yesterday', 'bad_data'],
      ['a range without a step', '/api/v1/query_range?query=up&start=1&end=2', 'bad_data'],
      ['too many points', '/api/v1/query_range?query=up&start=1&end=100000&step=1', 'bad_data'],
    ])('%s is 400 and says why', async (_what, path, errorType) => {
      const answer = await get(path);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ status: 'error', errorType, error: expect.stringMatching(/./) });
    });

    it('many-to-many matching is 422, never an empty answer', async () => {
      const answer = await query('ai_agent_requests_total * on (agent_type) ai_agent_requests_total', 1);
      expect(answer.status).toBe(422);
      expect(answer.json()).toMatchObject({ status: 'error', errorType: 'execution' });
    });

    it('an unknown path is 404', async () => {
      expect((await get('/api/v1/nothing')).status).toBe(404);
    });
  });

  it('names its version', async () => {
    expect((await get('/api/v1/status/buildinfo')).json()).toMatchObject({
      status: 'success',
      data: { version: expect.stringMatching(/\d/) },
    });
  });

  it('lists scrape targets with job, instance, health and the last error', async () => {
    const answer = (await get('/api/v1/targets?state=active')).json() as {
      data: { activeTargets: { labels: Record<string, string>; health: string; lastError: string }[] };
    };
    const seen = answer.data.activeTargets.map(({ labels, health, lastError }) => [labels.job, health, lastError === '']);
    expect(seen.sort()).toEqual([
      ['agents', 'up', true],
      ['dead', 'down', false],
    ]);
  });
}
