/** A number read from Prometheus, or why there is none: an empty vector and NaN are `null`, never 0. */
export interface Reading {
  readonly value: number | null;
  /** Why there is no value: `no such metric`, `NaN (no requests in 5 min)`. */
  readonly why?: string;
}

export type MetricProfile = 'ai_agent' | 'agent' | 'gen_ai' | 'litellm';

/** One agent type (or model, where a profile knows no agents) over the window. */
export interface AgentPerformance {
  readonly profile: MetricProfile;
  /** `agent_type`, `gen_ai_agent_name`, `model`… label value; `all` where the profile has no such label. */
  readonly agent: string;
  /** Number of requests in the window. */
  readonly requests: Reading;
  /** Requests per second. */
  readonly throughput: Reading;
  readonly meanSeconds: Reading;
  readonly p95Seconds: Reading;
  readonly p99Seconds: Reading;
  /** Failed over all, 0…1. */
  readonly errorRatio: Reading;
  /** Succeeded over all, 0…1. */
  readonly successRatio: Reading;
  readonly stepsPerTask: Reading;
  readonly tokensPerTask: Reading;
  /** US dollars. */
  readonly costPerTask: Reading;
  readonly activeAgents: Reading;
}

export interface ToolPerformance {
  readonly profile: MetricProfile;
  readonly tool: string;
  readonly calls: Reading;
  /** Failed over all, 0…1. */
  readonly errorRatio: Reading;
}

export interface PerformanceMetrics {
  /** Length of the window the readings cover, seconds. */
  readonly windowSeconds: number;
  readonly profiles: readonly MetricProfile[];
  readonly agents: readonly AgentPerformance[];
  readonly tools: readonly ToolPerformance[];
}

export interface ScrapeTarget {
  readonly job: string;
  readonly instance: string;
  readonly up: boolean;
  /** Scrape error, where the server says one. */
  readonly error?: string;
}

/** Spend as the counters in Prometheus tell it. Dollars are decimal strings of pico-dollar exactness. */
export interface SpendMetrics {
  /** Where the dollars come from: a spend counter, or tokens × price (`estimated`). */
  readonly basis: 'counter' | 'estimated' | 'none';
  readonly basisNote: string;
  /** Pico-dollars (1e-12 $) as decimal integers; null where not seen. */
  readonly todayPico: string | null;
  readonly monthPico: string | null;
  /** Seconds of the month (up to now) for which the server has samples, over all seconds of the month so far, 0…1. */
  readonly monthCoverage: number | null;
  /** Tokens in the last hour, all models; null where not seen. */
  readonly tokensLastHour: number | null;
  readonly byAgent: readonly SpendPart[];
  readonly bySession: readonly SpendPart[];
  /** Models whose tokens have no price. */
  readonly unpriced: readonly { readonly model: string; readonly tokens: number }[];
}

export interface SpendPart {
  readonly name: string;
  /** Today's spend in pico-dollars; null where only tokens are known. */
  readonly todayPico: string | null;
  readonly tokensLastHour: number | null;
}

export interface PrometheusInfo {
  readonly url: string;
  readonly version: string;
  readonly latencyMs: number;
}
