import { counter, gauge, histogram } from '../prometheus/series.ts';
import type { PrometheusOptions } from '../prometheus/server.ts';
import type { Series } from '../prometheus/store.ts';
import { tokenRate } from './pace.ts';
import { type Agent, agents, day, hour, minute, type Tweaks } from './world.ts';

const bounds = [0.25, 0.5, 1, 2, 3, 4, 5, 10, 30, 60, 120];

/** What the platform's Prometheus has seen: two hours in detail, spend since before the month began. */
export function metrics(now: number, tweaks: Tweaks): PrometheusOptions {
  // On into the future, so that a lab that is left open goes on answering.
  const detail = { from: now - 2 * hour, to: now + hour };
  const ago = (time: number): number => (now - time) / minute;
  const job = { job: 'agents' };
  const up = ['agents', 'gateway', 'redis-exporter'].map((name) =>
    gauge({ __name__: 'up', job: name, instance: `${name}:9100` }, detail, 1),
  );
  const tools = ['shell', 'search', 'http'].flatMap((tool) =>
    (['success', 'error'] as const).map((status) =>
      counter(
        { __name__: 'tool_calls_total', tool_name: tool, status, ...job },
        { ...detail, rate: status === 'error' ? 0.002 : 0.4, whole: false },
      ),
    ),
  );
  return {
    series: [...up, ...tools, ...agents.flatMap((agent) => [...performance(agent, detail, ago, tweaks), ...spend(agent, now, tweaks)])],
    targets: ['agents', 'gateway', 'redis-exporter'].map((name) => ({
      labels: { job: name, instance: `${name}:9100` },
      health: 'up' as const,
    })),
  };
}

function performance(agent: Agent, detail: { from: number; to: number }, ago: (time: number) => number, tweaks: Tweaks): Series[] {
  const labels = { agent_type: agent.name, job: 'agents' };
  const errors = (time: number): number => tweaks.errorRatio?.(agent.name, ago(time)) ?? 0.002;
  const requests = (status: string, share: (time: number) => number): Series =>
    counter(
      { __name__: 'ai_agent_requests_total', ...labels, status, endpoint: '/run' },
      { ...detail, rate: (time) => agent.rate * share(time), whole: false },
    );
  return [
    requests('success', (time) => 1 - errors(time)),
    requests('error', errors),
    ...histogram('ai_agent_response_time_seconds', labels, {
      ...detail,
      rate: agent.rate * 100,
      bounds,
      distribution: (time) => logNormal(tweaks.meanSeconds?.(agent.name, ago(time)) ?? agent.seconds),
    }),
    counter({ __name__: 'ai_agent_steps_total', ...labels }, { ...detail, rate: agent.rate * 6, whole: false }),
    gauge({ __name__: 'ai_agent_active', ...labels }, detail, agent.replicas),
  ];
}

/** Shares of the buckets for response times that are log-normal around a mean (sigma 0.3). */
function logNormal(mean: number): { shares: number[]; mean: number } {
  const sigma = 0.3;
  const mu = Math.log(mean) - sigma ** 2 / 2;
  const below = [...bounds.map((bound) => normal((Math.log(bound) - mu) / sigma)), 1];
  return { shares: below.map((share, index) => share - (below[index - 1] ?? 0)), mean };
}

/** The normal distribution function, by the logistic approximation (within 0.01). */
function normal(z: number): number {
  return 1 / (1 + Math.exp(-1.702 * z));
}

function spend(agent: Agent, now: number, tweaks: Tweaks): Series[] {
  const labels = { agent_type: agent.name, model: agent.model, job: 'agents' };
  // From before the 1st of the month in any time zone.
  const history = { from: now - 33 * day, to: now + hour, stepSeconds: 60 };
  const tokens = (time: number): number => tokenRate(agent, time, now, tweaks);
  return [
    counter({ __name__: 'ai_agent_token_usage_total', ...labels }, { ...history, rate: tokens }),
    counter(
      { __name__: 'ai_agent_cost_usd_total', ...labels },
      { ...history, rate: (time) => (tokens(time) * agent.price) / 1e6, whole: false },
    ),
  ];
}
