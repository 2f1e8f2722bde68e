import type { LabHttpOptions } from '../http/server.ts';
import type { KubernetesOptions } from '../kubernetes/server.ts';
import type { PrometheusOptions } from '../prometheus/server.ts';
import type { LabRedisOptions } from '../redis/server.ts';
import type { LabVaultOptions } from '../vault/options.ts';

/** How a server of the lab behaves: as it should, not at all, or it accepts and never answers. */
export type Reachability = 'up' | 'refused' | 'silent';

/** Everything the lab serves at one instant, and what agentops.yaml says of it. */
export interface World {
  readonly kubernetes: KubernetesOptions;
  readonly prometheus: PrometheusOptions;
  readonly redis: LabRedisOptions;
  readonly vault: LabVaultOptions;
  readonly gateway: LabHttpOptions;
  readonly provider: LabHttpOptions;
  readonly reach: { readonly prometheus: Reachability; readonly redis: Reachability };
  /** Lines of agentops.yaml about secrets that are rotated; empty for none. */
  readonly secrets: string;
  /** US dollars. */
  readonly budget: { readonly daily: number; readonly monthly: number; readonly hourlyTokens: number };
}

/** What distinguishes a scenario from the healthy platform; absent: as on a good day. */
export interface Tweaks {
  /** Minutes ago that the new revision of code-gen was rolled out, and the state its pods are in. */
  readonly rollout?: { readonly minutesAgo: number; readonly broken: boolean };
  /** Failed over all requests of an agent at a time. */
  readonly errorRatio?: (agent: string, minutesAgo: number) => number;
  /** Seconds a request of an agent takes on average. */
  readonly meanSeconds?: (agent: string, minutesAgo: number) => number;
  /** Tokens per request relative to a usual day. */
  readonly tokenFactor?: (agent: string, minutesAgo: number) => number;
  readonly summarizer?: 'oom-loop';
  readonly redis?: Reachability;
  readonly prometheus?: Reachability;
  readonly openEgress?: boolean;
  /** Age of the model providers' keys, days. */
  readonly secretAgeDays?: number;
  readonly permissions?: 'few';
  /** A rotation of the OpenAI key that was left in the middle, by a machine that died so many minutes ago. */
  readonly rotation?: { readonly diedMinutesAgo: number };
  /** The budgets are used up twice over. */
  readonly budget?: 'spent';
}

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The agents of the platform: requests a second, seconds and tokens a request, model, dollars per million tokens. */
export const agents = [
  { name: 'planner', rate: 0.2, seconds: 2.1, tokens: 5200, model: 'claude-sonnet-4-5', price: 4.1, replicas: 3 },
  { name: 'code-gen', rate: 0.3, seconds: 2.8, tokens: 4300, model: 'gpt-5', price: 3.2, replicas: 6 },
  { name: 'summarizer', rate: 0.5, seconds: 1.2, tokens: 1600, model: 'gpt-5-mini', price: 0.5, replicas: 2 },
  { name: 'researcher', rate: 0.1, seconds: 3.0, tokens: 7800, model: 'claude-sonnet-4-5', price: 4.1, replicas: 2 },
] as const;

export type Agent = (typeof agents)[number];
