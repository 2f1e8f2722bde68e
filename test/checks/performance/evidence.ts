import type { AgentPerformance, PerformanceMetrics, Reading } from '../../../packages/core/src/model/prometheus.ts';

export const notExported: Reading = { value: null, cause: 'not-exported', why: 'x_total is not exported' };
export const idle: Reading = { value: null, cause: 'idle', why: 'no requests in the window' };
export const unseen: Reading = { value: null, cause: 'unseen', why: 'fewer than two samples of x_total in the window' };

/** An agent of which nothing is exported but what the test says. */
export function agentRow(agent: string, readings: Partial<AgentPerformance> = {}): AgentPerformance {
  return {
    profile: 'ai_agent',
    kind: 'agent',
    agent,
    per: 'task',
    requests: notExported,
    throughput: notExported,
    meanSeconds: notExported,
    p95Seconds: notExported,
    p99Seconds: notExported,
    errorRatio: notExported,
    successRatio: notExported,
    stepsPerTask: notExported,
    tokensPerTask: notExported,
    costPerTask: notExported,
    activeAgents: notExported,
    ...readings,
  };
}

export function performanceOf(agents: readonly AgentPerformance[], more: Partial<PerformanceMetrics> = {}): PerformanceMetrics {
  return {
    windowSeconds: 300,
    url: 'http://prom:9090',
    profiles: ['ai_agent'],
    agents,
    tools: [],
    gaps: [],
    expressions: { 'ai_agent/requests': "sum by (status) (increase(x_total{a='b'}[300s]))" },
    ...more,
  };
}

export const context = { now: Date.parse('2026-11-21T13:07:31Z'), context: undefined };
