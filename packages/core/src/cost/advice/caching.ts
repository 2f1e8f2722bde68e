import { count, percent, plural } from '../../model/format.ts';
import type { TokenClass } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { idOf, nameOf, type RecommendationDraft } from './recommendation.ts';
import { type Like, promptOf, type Step } from './sessions.ts';
import { times, unitPrices } from './unit-price.ts';

const fiveMinutes = 5 * 60_000;
const oneHour = 60 * 60_000;
/** Shorter prompts are not cached by Anthropic and OpenAI (1,024 tokens; some models need more). */
const shortestCached = 1024;
/** Below a cent nobody changes anything. */
const leastSaving = 10_000_000_000n;

/** Sums over all conversations of one agent on one model. */
interface Usage {
  readonly agent: string;
  readonly model: string;
  requests: number;
  reads: number;
  writes5m: number;
  writes1h: number;
  /** Reads more than five minutes after the request before: only an hour's cache still holds those. */
  lateReads: number;
  /** Written again five minutes to an hour after the request before: an hour's cache would have held those. */
  rewritten: number;
  /** Sent again in full within five minutes, and not from a cache. */
  repeated: number;
  /** First or new parts of those prompts: what a cache would have to write. */
  fresh: number;
  /** What each of these options would cost, less what it costs now; pico-dollars, negative saves. */
  noCache: bigint;
  only5m: bigint;
  only1h: bigint;
  cached: bigint;
  /** Whether every price was known. */
  priced: boolean;
}

/**
 * Advice on prompt caching from the order of requests within conversations:
 * writes that nobody reads, the wrong time to live, long prompts sent again and
 * again. At most one of each for an agent on a model: they exclude each other.
 */
export function cachingAdvice(conversations: readonly (readonly Step[])[], book: PriceBook): RecommendationDraft[] {
  const usages = new Map<string, Usage>();
  const pricesOf = pricesByKind(book);
  for (const steps of conversations) {
    const [first] = steps;
    if (!first) continue;
    const { agent, model } = first.like.record;
    const key = JSON.stringify([agent, model]);
    const usage = usages.get(key) ?? emptyUsage(agent, model);
    usages.set(key, usage);
    measure(steps, usage, pricesOf);
  }
  return [...usages.values()].flatMap((usage) => (usage.priced ? adviceOn(usage) : []));
}

function emptyUsage(agent: string, model: string): Usage {
  const tokens = { requests: 0, reads: 0, writes5m: 0, writes1h: 0, lateReads: 0, rewritten: 0, repeated: 0, fresh: 0 };
  return { agent, model, ...tokens, noCache: 0n, only5m: 0n, only1h: 0n, cached: 0n, priced: true };
}

type UnitPrices = Readonly<Record<TokenClass, bigint>>;

/** Prices for requests like that step, looked up once for each kind. */
function pricesByKind(book: PriceBook): (step: Step) => UnitPrices | undefined {
  const known = { short: new Map<Like, UnitPrices | undefined>(), long: new Map<Like, UnitPrices | undefined>() };
  return (step) => {
    const longContext = promptOf(step) > 200_000;
    const prices = longContext ? known.long : known.short;
    if (!prices.has(step.like)) prices.set(step.like, unitPrices(book, { ...step.like.record, longContext }));
    return prices.get(step.like);
  };
}

function measure(steps: readonly Step[], usage: Usage, pricesOf: (step: Step) => UnitPrices | undefined): void {
  let before: Step | undefined;
  for (const step of steps) {
    const prices = pricesOf(step);
    if (prices) weigh(step, before, usage, prices);
    else usage.priced = false;
    before = step;
  }
}

function weigh(step: Step, before: Step | undefined, usage: Usage, prices: UnitPrices): void {
  const gap = before ? step.at - before.at : Number.POSITIVE_INFINITY;
  const writes = step.cacheWrite5m + step.cacheWrite1h;
  const late = gap > fiveMinutes ? step.cacheRead : 0;
  // What the request before had in its cache is what an hour's cache would still hold.
  const held = before ? before.cacheRead + before.cacheWrite5m + before.cacheWrite1h : 0;
  const rewritten = gap > fiveMinutes && gap <= oneHour ? Math.min(step.cacheWrite5m, Math.max(0, held - step.cacheRead)) : 0;
  const uncached = step.cacheRead + writes === 0 && promptOf(step) >= shortestCached;
  const beforeUncached = before !== undefined && before.cacheRead + before.cacheWrite5m + before.cacheWrite1h === 0;
  const repeated = uncached && beforeUncached && gap <= fiveMinutes ? Math.min(before.input, step.input) : 0;

  usage.requests += 1;
  usage.reads += step.cacheRead;
  usage.writes5m += step.cacheWrite5m;
  usage.writes1h += step.cacheWrite1h;
  usage.lateReads += late;
  usage.rewritten += rewritten;
  usage.repeated += repeated;
  if (uncached) usage.fresh += step.input - repeated;

  const { input, cacheRead, cacheWrite5m, cacheWrite1h } = prices;
  usage.noCache +=
    times(step.cacheRead, input - cacheRead) -
    times(step.cacheWrite5m, cacheWrite5m - input) -
    times(step.cacheWrite1h, cacheWrite1h - input);
  usage.only5m += times(late, cacheWrite5m - cacheRead) - times(step.cacheWrite1h, cacheWrite1h - cacheWrite5m);
  usage.only1h += times(step.cacheWrite5m - rewritten, cacheWrite1h - cacheWrite5m) - times(rewritten, cacheWrite5m - cacheRead);
  if (uncached) usage.cached += times(step.input - repeated, cacheWrite5m - input) - times(repeated, input - cacheRead);
}

function adviceOn(usage: Usage): RecommendationDraft[] {
  const { agent, model, requests, reads, writes5m, writes1h } = usage;
  const who = nameOf(agent);
  const written = writes5m + writes1h;
  const hits = reads / Math.max(1, reads + written);
  const order = `the order of ${plural(requests, 'request')} in their conversations`;
  const common = {
    evidence: [
      { label: 'cache reads', value: reads, unit: 'tokens' },
      { label: 'cache writes', value: written, unit: 'tokens' },
    ],
    touches: [{ agent, model }],
  };
  const drafts: RecommendationDraft[] = [];
  const propose = (draft: Omit<RecommendationDraft, keyof typeof common> & Partial<RecommendationDraft>): void => {
    if (draft.savingPico !== null && draft.savingPico >= leastSaving) drafts.push({ ...common, ...draft });
  };
  propose({
    id: idOf('cache-unread', agent, model),
    kind: 'cache-unread',
    title: `${who}: cache writes hardly read (${percent(hits)} hits) → no cache`,
    savingPico: -usage.noCache,
    confidence: 'measured',
    basis: `${count(written)} tokens written to and ${count(reads)} read from the cache in ${plural(requests, 'request')}, all priced as plain input instead`,
    how: ['Leave cache_control out of these prompts, or move what changes behind what stays the same.'],
  });
  propose({
    id: idOf('cache-ttl', agent, model, '5m'),
    kind: 'cache-ttl',
    title: `${who}: 1 h cache${usage.lateReads === 0 ? ', never read after 5 min' : ''} (${percent(hits)} hits) → 5 min cache`,
    savingPico: writes1h > 0 ? -usage.only5m : 0n,
    confidence: 'estimated',
    basis: `${order}: ${count(usage.lateReads)} tokens were read more than 5 min after the request before and would be written again`,
    how: ['Set cache_control to {"type": "ephemeral"} without "ttl": "1h".'],
  });
  propose({
    id: idOf('cache-ttl', agent, model, '1h'),
    kind: 'cache-ttl',
    title: `${who}: the 5 min cache runs out between requests → 1 h cache`,
    savingPico: usage.rewritten > 0 ? -usage.only1h : 0n,
    confidence: 'estimated',
    basis: `${order}: ${count(usage.rewritten)} tokens were written again 5 to 60 min after the request before; assumes that they were the same`,
    how: ['Set cache_control to {"type": "ephemeral", "ttl": "1h"}.'],
  });
  propose({
    id: idOf('cache-missing', agent, model),
    kind: 'cache-missing',
    title: `${who}: long prompts sent again without a cache → cache them`,
    savingPico: usage.repeated > 0 ? -usage.cached : 0n,
    confidence: 'estimated',
    basis: `${order}: at most ${count(usage.repeated)} tokens were sent again within 5 min; assumes that each prompt begins with the one before`,
    evidence: [
      { label: 'sent again', value: usage.repeated, unit: 'tokens' },
      { label: 'sent for the first time', value: usage.fresh, unit: 'tokens' },
    ],
    how: [
      'Put what stays the same (instructions, tools, documents) first and what changes last.',
      'Anthropic: mark the end of it with cache_control. OpenAI caches by itself as soon as the beginning is the same.',
    ],
  });
  return drafts;
}
