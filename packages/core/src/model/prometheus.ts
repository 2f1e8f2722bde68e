import type { Unavailable } from './evidence.ts';

/**
 * Why a reading has no value. `not-exported`: no metric carries it. `idle`: the
 * metric is there and nothing happened in the window. `unseen`: it could not be
 * read, or what was read does not answer (too few samples, a failed query).
 */
export type NoReading = 'not-exported' | 'idle' | 'unseen';

/** A number read from Prometheus, or why there is none: an empty vector and NaN are `null`, never 0. */
export interface Reading {
  readonly value: number | null;
  /** Set where `value` is null. */
  readonly cause?: NoReading;
  /** In words: `ai_agent_steps is not exported`, `no requests in 5 min`; also explains bounds. */
  readonly why?: string;
  /**
   * Bounds of the truth where it is not known exactly: a quantile beyond the
   * largest bucket, status values that are neither success nor failure. Absent:
   * `value` itself. `high: null` is no upper bound.
   */
  readonly low?: number;
  readonly high?: number | null;
}

export type MetricProfile = 'ai_agent' | 'agent' | 'gen_ai' | 'litellm';

/** One agent type (or model, where a profile knows no agents) over the window. */
export interface AgentPerformance {
  readonly profile: MetricProfile;
  /** What `agent` names. */
  readonly kind: 'agent' | 'model';
  /** `agent_type`, `gen_ai_agent_name`, `model`… label value; `all` where the profile has no such label. */
  readonly agent: string;
  /** What one request is: a whole task of an agent, or one call of a model. */
  readonly per: 'task' | 'request';
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

/** What a query was for: a failed one leaves a gap in the checks on that piece alone. */
export type PerformancePiece = 'requests' | 'latency' | 'steps' | 'tokens' | 'cost' | 'active' | 'tools';

export interface PerformanceMetrics {
  /** Length of the window the readings cover, seconds. */
  readonly windowSeconds: number;
  /** Base URL without credentials, for commands to copy. */
  readonly url: string;
  readonly profiles: readonly MetricProfile[];
  readonly agents: readonly AgentPerformance[];
  readonly tools: readonly ToolPerformance[];
  /** Queries that failed or came back with warnings. */
  readonly gaps: readonly { readonly piece: PerformancePiece; readonly profile: MetricProfile; readonly unavailable: Unavailable }[];
  /** The expression behind each piece, by profile, for the next command: `ai_agent/requests` → PromQL. */
  readonly expressions: Readonly<Record<string, string>>;
}

export interface ScrapeTarget {
  readonly job: string;
  readonly instance: string;
  readonly up: boolean;
  /** Scrape error, where the server says one. */
  readonly error?: string;
}

/** Pico-dollars (1e-12 $), or tokens × 1e12, as decimal integers: evidence stays JSON. */
export type PicoString = string;

/**
 * What is known of an amount: it is at least `atLeast` and at most `atMost`
 * (null: no upper bound is known). Equal where it is known exactly.
 */
export interface Amount {
  readonly atLeast: PicoString;
  readonly atMost: PicoString | null;
}

/** Spend or tokens by name of an agent or a session. */
export interface SpendPart {
  readonly name: string;
  readonly amount: Amount;
}

/** A family of metrics that tells spend. Two of them may count the same requests. */
export interface SpendSource {
  /** `litellm_spend_metric_total`, or the token counter that was priced. */
  readonly metric: string;
  /** Dollars from a counter, or tokens × configured prices. */
  readonly basis: 'counter' | 'estimated';
}

/** Spend as the counters in Prometheus tell it. */
export interface SpendMetrics {
  /** Base URL without credentials, for commands to copy. */
  readonly url: string;
  /** IANA zone of day and month. */
  readonly timeZone: string;
  /** ms: the first instants of today and of this month there, and the server's now. */
  readonly dayStart: number;
  readonly monthStart: number;
  readonly now: number;
  readonly sources: readonly SpendSource[];
  /** How the dollars were found, for people. */
  readonly notes: readonly string[];
  /** Dollars; null where nothing was seen, and then `gaps` says why. */
  readonly today: Amount | null;
  readonly month: Amount | null;
  /** Share of today (this month) so far for which the server has samples, 0…1; null: not seen. */
  readonly todayCoverage: number | null;
  readonly monthCoverage: number | null;
  /** Tokens in the last hour, all models. */
  readonly tokensLastHour: Amount | null;
  /** Today's dollars by agent. */
  readonly byAgent: readonly SpendPart[];
  /** This month's dollars by session (today's where the month could not be read). */
  readonly bySession: readonly SpendPart[];
  /** Models with tokens today whose price nobody knows. */
  readonly unpriced: readonly { readonly model: string; readonly tokens: PicoString; readonly metric: string }[];
  readonly gaps: readonly { readonly piece: SpendPiece; readonly unavailable: Unavailable }[];
  readonly limits: BudgetLimits;
}

export type SpendPiece = 'today' | 'month' | 'tokens';

/** The configured budget, in pico-dollars. */
export interface BudgetLimits {
  readonly daily: PicoString | null;
  readonly monthly: PicoString | null;
  readonly perSession: PicoString | null;
  /** A day, by agent. */
  readonly perAgent: Readonly<Record<string, PicoString>>;
  /** Tokens, not scaled. */
  readonly hourlyTokens: number;
}

export interface PrometheusInfo {
  readonly url: string;
  /** `unknown` for servers without a build info page. */
  readonly version: string;
  readonly latencyMs: number;
}
