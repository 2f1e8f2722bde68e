import type { MetricProfile } from '../../../model/prometheus.ts';

/** Which row of the report a series belongs to. */
export interface RowKey {
  readonly kind: 'agent' | 'model';
  readonly per: 'task' | 'request';
  readonly name: string;
}

/** Something that is counted per request: a counter to divide by the requests, or a distribution with its own count. */
export interface PerRequest {
  readonly counters: readonly string[];
  /** Base names; `_sum` over `_count`. */
  readonly distributions: readonly string[];
}

/**
 * How a family of metrics is named. Each list holds the names in use for the
 * same thing; the first that the server has is read.
 */
export interface MetricGroup {
  /** Counters of requests (or `_count` of a histogram). */
  readonly requests: readonly string[];
  /** Those of `requests` that count successes only: the failures come on top. */
  readonly successesOnly?: readonly string[];
  /** Labels that hold the outcome of a request. */
  readonly outcomeLabels: readonly string[];
  /** A label that is set if and only if the request failed (`error.type` of OpenTelemetry). */
  readonly errorLabel?: string;
  /** Counters of failed requests, for requests without an outcome label. */
  readonly failures: readonly string[];
  /** The software always has the failure counter and shows it from the first failure on: absent is zero. */
  readonly absentFailuresAreZero?: boolean;
  /** Base names of latency histograms or summaries, in seconds. */
  readonly latency: readonly string[];
  readonly steps: PerRequest;
  readonly tokens: PerRequest;
  readonly cost: PerRequest;
  /** Gauges. */
  readonly active: readonly string[];
  /** Labels that `rows` looks at. */
  readonly labels: readonly string[];
  /** The rows that a series counts for; none: it belongs to no row. */
  rows(labels: Readonly<Record<string, string>>): readonly RowKey[];
}

export interface ToolGroup {
  readonly calls: readonly string[];
  readonly outcomeLabels: readonly string[];
  readonly errorLabel?: string;
  readonly labels: readonly string[];
  /** PromQL matchers that narrow `calls` to tool calls. */
  readonly matchers: readonly string[];
}

export interface Profile {
  readonly profile: MetricProfile;
  readonly groups: readonly MetricGroup[];
  readonly tools?: ToolGroup;
}

export const nothing: PerRequest = { counters: [], distributions: [] };

/** The first of some labels that a series has; clients write `None` where they know nothing (LiteLLM). */
export function firstLabel(labels: Readonly<Record<string, string>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined && value !== '' && value !== 'None') return value;
  }
  return undefined;
}
