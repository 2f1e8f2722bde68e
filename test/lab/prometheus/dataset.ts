import { counter, gauge, histogram, type Schedule } from '../../../packages/lab/src/prometheus/series.ts';
import { type Sample, type SampleColumns, type Series, stale } from '../../../packages/lab/src/prometheus/store.ts';

/** The two hours that every query of the differential test looks into. */
export const from = Date.parse('2026-11-21T11:00:00Z');
export const to = Date.parse('2026-11-21T13:00:00Z');

const minute = 60_000;
const wave = (period: number, low: number, high: number) => (time: number) =>
  low + ((high - low) * (1 + Math.sin((2 * Math.PI * (time - from)) / (period * minute)))) / 2;

/** Scrapes of different targets do not fall on the same instants. */
function schedule(offsetMs: number, more: Partial<Schedule> = {}): Schedule {
  return { from: from + offsetMs, to, stepSeconds: 15, ...more };
}

const agents = ['planner', 'coder', 'reviewer'] as const;

function agentSeries(): Series[] {
  return agents.flatMap((agent, index) => {
    const labels = { job: 'agents', instance: `10.0.0.${index + 1}:8080`, agent_type: agent, namespace: index === 2 ? 'staging' : 'prod' };
    const at = schedule(index * 3217);
    const resets = index === 0 ? [from + 31 * minute, from + 77 * minute] : index === 1 ? [from + 90.5 * minute] : [];
    return [
      counter({ ...labels, __name__: 'ai_agent_requests_total', status: 'success' }, { ...at, rate: wave(40, 0.5, 4 + index), resets }),
      counter(
        { ...labels, __name__: 'ai_agent_requests_total', status: 'error' },
        { ...at, rate: (t) => (t > from + 70 * minute ? 0.4 : 0.02), resets },
      ),
      counter(
        { ...labels, __name__: 'ai_agent_tokens_total', model: index === 2 ? 'small' : 'large' },
        { ...at, rate: wave(25, 80, 900), initial: 1e6, resets },
      ),
      counter({ ...labels, __name__: 'ai_agent_cost_dollars_total' }, { ...at, rate: 0.0031 * (index + 1), whole: false }),
      gauge(
        { ...labels, __name__: 'ai_agent_active_sessions' },
        schedule(index * 3217, { gaps: [[from + 50 * minute, from + (52 + 4 * index) * minute]] }),
        (t) => Math.round(wave(17, 0, 12 + index)(t)),
      ),
      gauge({ ...labels, __name__: 'agent_load_ratio' }, schedule(index * 3217, { stepSeconds: 30 }), wave(33, 0.05, 0.95)),
      gauge({ ...labels, __name__: 'agent_info', version: `1.${index}.0` }, at, 1),
      gauge({ ...labels, __name__: 'up' }, at, (t) => (index === 1 && t > from + 95 * minute && t < from + 99 * minute ? 0 : 1)),
      ...histogram('ai_agent_response_seconds', labels, {
        ...at,
        rate: wave(40, 0.5, 4),
        resets,
        bounds: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
        distribution: (t) =>
          t > from + 80 * minute
            ? { shares: [1, 2, 3, 5, 8, 13, 21, 13, 5 * index], mean: 12 }
            : { shares: [10, 20, 30, 20, 10, 5, 2, 1, 0], mean: 1.3 },
      }),
    ];
  });
}

function modelSeries(): Series[] {
  return ['gpt-large', 'gpt-small'].flatMap((model, index) => {
    const labels = { job: 'litellm', instance: 'proxy:4000', model };
    const at = schedule(1234 + index);
    return [
      counter({ ...labels, __name__: 'litellm_requests_metric_total', team: 'core' }, { ...at, rate: wave(30, 0.1, 2) }),
      counter({ ...labels, __name__: 'litellm_requests_metric_total', team: 'search' }, { ...at, rate: 0.7 }),
      counter({ ...labels, __name__: 'litellm_spend_metric_total', team: 'core' }, { ...at, rate: wave(60, 0.0001, 0.02), whole: false }),
      gauge({ ...labels, __name__: 'litellm_deployment_state' }, schedule(1234, { stepSeconds: 60 }), (t) =>
        t > from + 100 * minute ? index * 2 : 0,
      ),
      ...histogram(
        'gen_ai_client_operation_duration_seconds',
        { job: 'otel', gen_ai_request_model: model },
        {
          ...schedule(777 * index, { stepSeconds: 60 }),
          rate: 1.5,
          bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12],
          distribution: () => ({ shares: [1, 2, 4, 8, 16, 32, 16, 8, 4, 2 * index], mean: 0.4 }),
        },
      ),
      counter(
        { job: 'otel', gen_ai_request_model: model, gen_ai_token_type: 'input', __name__: 'gen_ai_client_token_usage_sum' },
        { ...at, rate: 1200 },
      ),
      counter(
        { job: 'otel', gen_ai_request_model: model, gen_ai_token_type: 'output', __name__: 'gen_ai_client_token_usage_sum' },
        { ...at, rate: 300 },
      ),
    ];
  });
}

/** Values and shapes that test the arithmetic, each under its own name. */
function oddSeries(): Series[] {
  const values = {
    nan: Number.NaN,
    inf: Infinity,
    neginf: -Infinity,
    zero: 0,
    negzero: -0,
    tiny: 1.5e-7,
    huge: 1.25e21,
    third: 1 / 3,
    negative: -2.5,
    big: 123456789.125,
  };
  const bucket = (hist: string, le: string, value: number): Series =>
    gauge({ __name__: 'odd_bucket', hist, le }, schedule(0, { stepSeconds: 60 }), value);
  return [
    ...Object.entries(values).map(([kind, value]) => gauge({ __name__: 'odd_value', kind }, schedule(0, { stepSeconds: 60 }), value)),
    gauge({ __name__: 'odd_mix' }, schedule(0), (t) => [1, Number.NaN, 3, Infinity, -Infinity, 0, 7][((t - from) / 15_000) % 7] ?? 0),
    gauge({ __name__: 'odd_sawtooth' }, schedule(0), (t) => ((t - from) / 15_000) % 11),
    gauge({ __name__: 'odd_constant' }, schedule(0), 42),
    gauge({ __name__: 'odd_linear', unit: 's' }, schedule(250), (t) => (t - from) / 1000),
    gauge({ __name__: 'odd_sparse' }, schedule(0, { stepSeconds: 600 }), (t) => (t - from) / minute),
    gauge({ __name__: 'odd_tie', n: 'a' }, schedule(0), 1),
    gauge({ __name__: 'odd_tie', n: 'b' }, schedule(0), 1),
    gauge({ __name__: 'odd_tie', n: 'c' }, schedule(0), 2),
    gauge({ __name__: 'odd_tie', n: 'd' }, schedule(0), 2),
    gauge({ __name__: 'odd_tie', n: 'e' }, schedule(0), 1),
    gauge({ __name__: 'odd_label', path: '/a/b.c', text: 'with "quotes" and \\ and\nnewline', umlaut: 'größe' }, schedule(0), 5),
    gauge({ __name__: 'odd:recorded', job: 'x' }, schedule(0), 9),
    gauge({ __name__: 'odd_time' }, schedule(0, { stepSeconds: 60 }), Date.parse('2024-02-29T23:59:59Z') / 1000),
    bucket('normal', '1', 4),
    bucket('normal', '2', 8),
    bucket('normal', '+Inf', 10),
    bucket('falling', '1', 5),
    bucket('falling', '2', 3),
    bucket('falling', '4', 9),
    bucket('falling', '+Inf', 8),
    bucket('noinf', '1', 4),
    bucket('noinf', '2', 8),
    bucket('lonely', '+Inf', 8),
    bucket('empty', '1', 0),
    bucket('empty', '+Inf', 0),
    bucket('malformed', 'one', 4),
    bucket('malformed', '2', 8),
    bucket('malformed', '+Inf', 8),
    bucket('negative', '-3', 2),
    bucket('negative', '-1', 5),
    bucket('negative', '+Inf', 6),
    bucket('twice', '1', 3),
    bucket('twice', '1.0', 2),
    bucket('twice', '+Inf', 7),
    bucket('nan', '1', Number.NaN),
    bucket('nan', '+Inf', Number.NaN),
  ];
}

function samplesOf(step: number, value: (index: number) => Sample[1]): Sample[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => [from + index * step, value(index)]);
}

function staleSeries(): Series[] {
  return [
    {
      labels: { __name__: 'agent_heartbeat', agent: 'gone' },
      samples: samplesOf(15_000, (i) => i)
        .slice(0, 200)
        .concat([[from + 200 * 15_000, stale]]),
    },
    { labels: { __name__: 'agent_heartbeat', agent: 'flapping' }, samples: samplesOf(20_000, (i) => (i % 7 === 3 ? stale : i)) },
    { labels: { __name__: 'agent_heartbeat', agent: 'steady' }, samples: samplesOf(20_000, (i) => i * 2) },
    { labels: { __name__: 'agent_heartbeat', agent: 'stopped' }, samples: samplesOf(20_000, (i) => i).slice(0, 250) },
  ];
}

/** The data set of the differential test: deterministic, about 150 series. */
export const dataset: readonly Series[] = [...agentSeries(), ...modelSeries(), ...oddSeries(), ...staleSeries()];

/** Samples as pairs, whatever form the series has. */
export function pairsOf(samples: Series['samples']): readonly Sample[] {
  if (!('t' in samples)) return samples;
  const { t, v, stale: marks = [] }: SampleColumns = samples;
  return Array.from(t, (time, index): Sample => [time, marks.includes(index) ? stale : (v[index] ?? 0)]);
}
