import { totalTokens, type UsageRecord } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { inputOf } from './cells.ts';

/** What advice on caching needs of one request. */
export interface Step {
  readonly at: number;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** One of the records with the same agent, model, service tier and geography; shared by all of them. */
  readonly like: UsageRecord;
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
export function collectSessions(book: PriceBook): {
  add(record: UsageRecord): void;
  conversations(): Step[][];
  sessions(): SessionCost[];
  skipped(): number;
} {
  const conversations = new Map<string, Step[]>();
  const likes = new Map<string, UsageRecord>();
  const sessions = new Map<string, Sums>();
  let skipped = 0;
  return {
    add(record) {
      const { session, agent, model, provider, serviceTier, geo, tokens, requests, at } = record;
      if (session === '') {
        skipped += requests;
        return;
      }
      const priced = book.price(record);
      const cost = priced.priced ? priced.total : priced.lowerBound;
      const sums = sessions.get(session) ?? { requests: 0, tokens: 0, cost: 0n, byAgent: new Map<string, bigint>() };
      sessions.set(session, sums);
      sums.requests += requests;
      sums.tokens += totalTokens(tokens);
      sums.cost += cost;
      sums.byAgent.set(agent, (sums.byAgent.get(agent) ?? 0n) + cost);
      if (requests !== 1 || inputOf(tokens) === 0) return;
      const kind = JSON.stringify([agent, model, provider, serviceTier, geo]);
      const like = likes.get(kind) ?? record;
      likes.set(kind, like);
      const key = JSON.stringify([session, agent, model]);
      const steps = conversations.get(key) ?? [];
      conversations.set(key, steps);
      const { input, cacheRead, cacheWrite5m, cacheWrite1h } = tokens;
      steps.push({ at, input, cacheRead, cacheWrite5m, cacheWrite1h, like });
    },
    conversations: () => [...conversations.values()].map((steps) => steps.sort((a, b) => a.at - b.at)),
    sessions: () =>
      [...sessions].map(([session, { byAgent, ...sums }]) => {
        const agents = [...byAgent].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1)).map(([agent]) => agent);
        return { session, ...sums, agent: agents[0] ?? '', agents };
      }),
    skipped: () => skipped,
  };
}
