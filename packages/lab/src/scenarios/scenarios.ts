import { cluster } from '../platform/cluster.ts';
import { metrics } from '../platform/metrics.ts';
import { spentSince } from '../platform/pace.ts';
import { rotatedSecret } from '../platform/rotation.ts';
import { redisOptions, vaultOptions } from '../platform/stores.ts';
import type { Tweaks, World } from '../platform/world.ts';

export interface Scenario {
  readonly name: string;
  /** One sentence: what is wrong. */
  readonly title: string;
  /** Findings that a diagnosis must come to; none for a healthy platform. */
  readonly finds: readonly string[];
  /** Checks that cannot be answered there. */
  readonly hides: readonly string[];
  readonly tweaks: Tweaks;
}

/** The practice scenarios, by name. */
export const scenarios: readonly Scenario[] = [
  { name: 'healthy', title: 'nothing is wrong', finds: [], hides: [], tweaks: {} },
  {
    name: 'bad-rollout',
    title: 'revision 12 of code-gen, rolled out 11 minutes ago, crashes',
    finds: ['resources/crash-loop', 'resources/replicas-short', 'performance/error-ratio'],
    hides: [],
    tweaks: {
      rollout: { minutesAgo: 11, broken: true },
      errorRatio: (agent, ago) => (agent === 'code-gen' && ago < 11 ? 0.31 : 0.002),
      meanSeconds: (agent, ago) => (agent === 'code-gen' && ago < 11 ? 5.4 : usualSeconds(agent)),
    },
  },
  {
    name: 'redis-down',
    title: 'the Redis that holds queue and registry refuses connections',
    finds: ['connectivity/redis'],
    hides: ['agents/heartbeat'],
    tweaks: { redis: 'refused' },
  },
  {
    name: 'token-explosion',
    title: 'planner has been using twelve times its tokens for two hours, as it did yesterday at this time',
    finds: ['budget/hourly-tokens', 'performance/tokens-per-task'],
    hides: [],
    tweaks: { tokenFactor: (agent, ago) => (agent === 'planner' && (ago < 120 || (ago >= 1440 && ago < 1560)) ? 12 : 1) },
  },
  {
    name: 'oom-loop',
    title: 'summarizer is killed for memory again and again',
    finds: ['resources/oom-killed'],
    hides: [],
    tweaks: { summarizer: 'oom-loop' },
  },
  {
    name: 'leaked-egress',
    title: 'a forgotten debug policy lets code-gen talk to the whole internet',
    finds: ['network-policy/world-open-egress'],
    hides: [],
    tweaks: { openEgress: true },
  },
  {
    name: 'old-secrets',
    title: 'the model providers’ keys are 200 days old',
    finds: ['secret-age/kubernetes', 'secret-age/vault'],
    hides: [],
    tweaks: { secretAgeDays: 200 },
  },
  {
    name: 'rotation-stopped',
    title: 'the machine that was rotating the OpenAI key died 25 minutes ago, after the new value was published',
    finds: ['secret-age/rotation-unfinished'],
    hides: [],
    tweaks: { rotation: { diedMinutesAgo: 25 } },
  },
  {
    name: 'budget-blown',
    title: 'this month’s budget is spent',
    finds: ['budget/monthly-spend'],
    hides: [],
    tweaks: { budget: 'spent' },
  },
  {
    name: 'no-permissions',
    title: 'the service account may not read secrets, network policies, nodes and usage',
    finds: [],
    hides: ['secret-age/kubernetes', 'network-policy/uncovered-pod', 'resources/node-conditions', 'resources/memory-usage'],
    tweaks: { permissions: 'few' },
  },
  {
    name: 'black-hole',
    title: 'Prometheus and Redis accept connections and never answer',
    finds: ['connectivity/prometheus', 'connectivity/redis'],
    hides: ['performance/error-ratio', 'agents/heartbeat'],
    tweaks: { prometheus: 'silent', redis: 'silent' },
  },
];

function usualSeconds(agent: string): number {
  return { planner: 2.1, 'code-gen': 2.8, summarizer: 1.2 }[agent] ?? 3;
}

/** What the lab serves in a scenario at an instant (ms since the epoch). */
export function worldOf(scenario: Scenario, now: number): World {
  const { tweaks } = scenario;
  return {
    kubernetes: cluster(now, tweaks),
    prometheus: { ...metrics(now, tweaks), scenario: scenario.name },
    redis: redisOptions(now),
    vault: vaultOptions(now, tweaks),
    gateway: { routes: { '/health': { status: 200, body: '{"status":"ok"}' } } },
    provider: {},
    reach: { prometheus: tweaks.prometheus ?? 'up', redis: tweaks.redis ?? 'up' },
    secrets: tweaks.rotation ? rotatedSecret : '',
    budget: { daily: 1600, monthly: 48_000, hourlyTokens: 30_000_000, ...(tweaks.budget === 'spent' ? spentBudget(now) : {}) },
  };
}

/** Budgets of which twice as much is spent at that instant, whatever the day of the month. */
function spentBudget(now: number): { daily: number; monthly: number } {
  const date = new Date(now);
  const half = (since: number): number => Math.max(0.01, Number((spentSince(since, now) / 2).toFixed(2)));
  return {
    daily: half(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())),
    monthly: half(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)),
  };
}
