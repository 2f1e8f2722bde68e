import { totalTokens, type UsageRecord } from '../../model/usage.ts';
import type { Priced } from '../prices/price-book.ts';
import { inputOf } from './cells.ts';

/** What advice on caching needs of one request. */
export interface Step {
  readonly at: number;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** What prices depend on; shared by all steps of the same agent, model, provider, service tier and geography. */
  readonly like: Like;
}

/** The earliest record of its kind, whatever order they came in. */
export interface Like {
  record: UsageRecord;
}

export interface SessionCost {
  readonly session: string;
  readonly requests: number;
  readonly tokens: number;
  readonly cost: bigint;
  /** Agent that cost most in it. */
  readonly agent: string;
  /** Everyone who took part. */
  readonly agents: readonly string[];
}

/** Whole prompt of a step, cached or not. */
export function promptOf(step: Step): number {
  return step.input + step.cacheRead + step.cacheWrite5m + step.cacheWrite1h;
}

/** By time; at the same moment by size, so that the order of arrival never matters. */
function inOrder(a: Step, b: Step): number {
  return a.at - b.at || promptOf(a) - promptOf(b) || a.input - b.input || a.cacheRead - b.cacheRead || a.cacheWrite5m - b.cacheWrite5m;
}

interface Sums {
  requests: number;
  tokens: number;
  cost: bigint;
  readonly byAgent: Map<string, bigint>;
}

/**
 * Puts requests in the order of each conversation (session, agent and model)
 * and adds up sessions. Records without a session are in no order and are left
 * out: `skipped` says how many requests. Buckets of several requests count in
 * sessions only.
 */
export function collectSessions(): {
  add(record: UsageRecord, priced: Priced): void;
  conversations(): Step[][];
  sessions(): SessionCost[];
  skipped(): number;
} {
  const conversations = new Map<string, Step[]>();
  const likes = new Map<string, Like>();
  const sessions = new Map<string, Sums>();
  let skipped = 0;
  return {
    add(record, priced) {
      const { session, agent, model, provider, serviceTier, geo, tokens, requests, at } = record;
      if (session === '') {
        skipped += requests;
        return;
      }
      const cost = priced.priced ? priced.total : priced.lowerBound;
      const sums = sessions.get(session) ?? { requests: 0, tokens: 0, cost: 0n, byAgent: new Map<string, bigint>() };
      sessions.set(session, sums);
      sums.requests += requests;
      sums.tokens += totalTokens(tokens);
      sums.cost += cost;
      sums.byAgent.set(agent, (sums.byAgent.get(agent) ?? 0n) + cost);
      if (requests !== 1 || inputOf(tokens) === 0) return;
      const kind = `${agent}\0${model}\0${provider}\0${serviceTier}\0${geo}`;
      const like = likes.get(kind) ?? { record };
      likes.set(kind, like);
      if (at < like.record.at) like.record = record;
      const key = `${session}\0${agent}\0${model}`;
      const steps = conversations.get(key) ?? [];
      conversations.set(key, steps);
      const { input, cacheRead, cacheWrite5m, cacheWrite1h } = tokens;
      steps.push({ at, input, cacheRead, cacheWrite5m, cacheWrite1h, like });
    },
    conversations: () => [...conversations.values()].map((steps) => steps.sort(inOrder)),
    sessions: () =>
      [...sessions].map(([session, { byAgent, ...sums }]) => {
        const agents = [...byAgent].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1)).map(([agent]) => agent);
        return { session, ...sums, agent: agents[0] ?? '', agents };
      }),
    skipped: () => skipped,
  };
}
