/**
 * The metrics of a small fleet of agents as a function of time, the same every
 * run: whole numbers a step, so that a test knows what every ratio must be. The
 * backfilled history and the live exporter both come from here, so a series
 * runs on without a seam.
 */

/** Length of a step: the scrape interval of the history, ms. */
export const stepMs = 15_000;
/** The history reaches this far back from the bring-up. */
export const historyMs = 2 * 3_600_000;
/** The change point: this long before the bring-up the planner begins to fail and to burn tokens. */
export const changeMs = 30 * 60_000;

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Two rates, in units a step: up to the change point, and from it on. */
type Rate = readonly [before: number, after: number];

const steady = (rate: number): Rate => [rate, rate];

export interface Agent {
  readonly type: string;
  readonly model: string;
  readonly ok: Rate;
  readonly failed: Rate;
  /** Every request takes this long, seconds; its histogram bucket is known. */
  readonly seconds: Rate;
  readonly tokens: Rate;
  /** US dollars, as LiteLLM counts them. */
  readonly dollars: Rate;
}

/** What the fleet does a step (15 s). The truth that tests compare with. */
export const agents: readonly Agent[] = [
  {
    type: 'planner',
    model: 'gpt-4o',
    ok: [24.875, 22],
    failed: [0.125, 3],
    seconds: [2, 20],
    tokens: [5_000, 60_000],
    dollars: [0.001, 0.02],
  },
  {
    type: 'coder',
    model: 'claude-sonnet-4',
    ok: steady(10),
    failed: steady(0),
    seconds: steady(0.5),
    tokens: steady(8_000),
    dollars: steady(0.001),
  },
];

export const tools: readonly { readonly tool: string; readonly ok: number; readonly failed: number }[] = [
  { tool: 'search', ok: 9, failed: 1 },
  { tool: 'calculator', ok: 20, failed: 0 },
];

export const buckets: readonly number[] = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The value of a counter that has grown by `rate` a step since the history began. */
function counter(rate: Rate, step: number, changeStep: number): number {
  return rate[0] * Math.min(step, changeStep) + rate[1] * Math.max(0, step - changeStep);
}

/** All series at one instant. `start` is the beginning of the history, ms since the epoch. */
export function samplesAt(at: number, start: number): readonly Sample[] {
  const step = Math.max(0, Math.floor((at - start) / stepMs));
  const changeStep = (historyMs - changeMs) / stepMs;
  const samples: Sample[] = [];
  const gauge = (name: string, labels: Record<string, string>, value: number): void => {
    samples.push({ name, labels, value });
  };
  const count = (name: string, labels: Record<string, string>, rate: Rate): void => gauge(name, labels, counter(rate, step, changeStep));
  /** A histogram whose observations are all `seconds` long, `rate` of them a step. */
  const histogram = (name: string, labels: Record<string, string>, rate: Rate, seconds: Rate): void => {
    for (const bound of buckets) {
      count(`${name}_bucket`, { ...labels, le: String(bound) }, [seconds[0] <= bound ? rate[0] : 0, seconds[1] <= bound ? rate[1] : 0]);
    }
    count(`${name}_bucket`, { ...labels, le: '+Inf' }, rate);
    count(`${name}_sum`, labels, [rate[0] * seconds[0], rate[1] * seconds[1]]);
    count(`${name}_count`, labels, rate);
  };

  for (const agent of agents) {
    const all: Rate = [agent.ok[0] + agent.failed[0], agent.ok[1] + agent.failed[1]];
    const type = { agent_type: agent.type };
    count('ai_agent_requests_total', { ...type, status: 'success', endpoint: '/run' }, agent.ok);
    count('ai_agent_requests_total', { ...type, status: 'error', endpoint: '/run' }, agent.failed);
    histogram('ai_agent_response_time_seconds', type, all, agent.seconds);
    count('ai_agent_token_usage_total', { ...type, model: agent.model }, agent.tokens);
    gauge('ai_agent_active_agents', type, agent.type === 'planner' ? 3 : 2);

    count('agent_runs_total', { ...type, status: 'success' }, agent.ok);
    count('agent_runs_total', { ...type, status: 'error' }, agent.failed);
    histogram('agent_duration_seconds', type, all, agent.seconds);
    count('llm_calls_total', { model: agent.model, status: 'success' }, all);
    histogram('llm_latency_seconds', { model: agent.model }, all, agent.seconds);

    const genAi = { gen_ai_agent_name: agent.type, gen_ai_request_model: agent.model, gen_ai_operation_name: 'chat' };
    histogram('gen_ai_client_operation_duration_seconds', genAi, all, agent.seconds);
    for (const kind of ['input', 'output']) {
      const labels = { ...genAi, gen_ai_token_type: kind };
      count('gen_ai_client_token_usage_bucket', { ...labels, le: '+Inf' }, all);
      count('gen_ai_client_token_usage_sum', labels, [agent.tokens[0] / 2, agent.tokens[1] / 2]);
      count('gen_ai_client_token_usage_count', labels, all);
    }

    const litellm = { model: agent.model, team: agent.type };
    count('litellm_spend_metric_total', litellm, agent.dollars);
    count('litellm_total_tokens_metric_total', litellm, agent.tokens);
    count('litellm_input_tokens_metric_total', litellm, [agent.tokens[0] * 0.75, agent.tokens[1] * 0.75]);
    count('litellm_output_tokens_metric_total', litellm, [agent.tokens[0] * 0.25, agent.tokens[1] * 0.25]);
    count('litellm_requests_metric_total', litellm, all);
  }
  for (const { tool, ok, failed } of tools) {
    count('tool_calls_total', { tool_name: tool, status: 'success' }, steady(ok));
    count('tool_calls_total', { tool_name: tool, status: 'error' }, steady(failed));
  }
  return samples;
}

/** One line of the text exposition, with the timestamp in seconds where one is given (OpenMetrics). */
export function sampleLine(sample: Sample, more: Readonly<Record<string, string>> = {}, at?: number): string {
  const labels = Object.entries({ ...sample.labels, ...more }).map(([name, value]) => `${name}="${value}"`);
  return `${sample.name}{${labels.join(',')}} ${sample.value}${at === undefined ? '' : ` ${at / 1000}`}`;
}

/** OpenMetrics text of `[start, end)`, one sample a step and series, for `promtool tsdb create-blocks-from openmetrics`. */
export function historyText(start: number, end: number, targetLabels: Readonly<Record<string, string>>): string {
  const lines: string[] = [];
  for (let at = start; at < end; at += stepMs) {
    for (const sample of samplesAt(at, start)) lines.push(sampleLine(sample, targetLabels, at));
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
