import { firstLabel } from '../../evidence/prometheus/profiles/profile.ts';
import { picoPerDollar } from '../../model/money.ts';
import { type CounterFamily, type Tokens, totalTokens, type UsageRecord, unsplitTier } from '../../model/usage.ts';
import { quarterMs } from '../ledger/fit.ts';
import { keyOf, Malformed, name } from '../sources/fields.ts';
import { noTokens, usageRecord } from '../sources/record.ts';
import type { Meaning, PresentCounter, UsageFamily } from './counters.ts';
import type { SeriesGrowth } from './growth.ts';
import { type CountingRule, leftOut, type Presence } from './rule.ts';

/** A counter of a family with its growth. */
export interface GrownCounter {
  readonly family: UsageFamily;
  readonly counter: PresentCounter;
  readonly series: readonly SeriesGrowth[];
}

export interface BucketRecords {
  readonly records: readonly UsageRecord[];
  readonly rejects: readonly { readonly end: number; readonly reason: Malformed['reason']; readonly detail: string }[];
  /** Families with growth that are not counted, and why. */
  readonly leftOut: ReadonlyMap<CounterFamily, string>;
  /** Counters that do not tell input from output. */
  readonly unsplit: ReadonlySet<string>;
}

/** Whom tokens belong to, in one quarter hour. */
interface Owner {
  readonly family: UsageFamily;
  readonly end: number;
  readonly model: string;
  readonly provider: string;
  readonly agent: string;
  readonly session: string;
  readonly project: string;
}

interface Bucket {
  readonly owner: Owner;
  readonly grown: Map<Meaning, bigint>;
}

/** One record a quarter hour, model, agent, session and project (two where some tokens are split and some are not). `server` tells servers apart. */
export function recordsOf(counters: readonly GrownCounter[], rule: CountingRule, server: string): BucketRecords {
  const presence = presenceByEnd(counters);
  const buckets = new Map<string, Bucket>();
  const excluded = new Map<CounterFamily, string>();
  const unsplit = new Set<string>();
  const rejects: BucketRecords['rejects'][number][] = [];
  for (const { family, counter, series } of counters) {
    for (const { labels, grown } of series) {
      const meaning = counter.meaningOf(labels);
      if (meaning === 'ignored') continue;
      for (const [end, amount] of grown) {
        if (amount === 0n) continue;
        const why = leftOut(family.id, labels.job ?? '', presence.get(end) ?? new Map(), rule);
        if (why !== undefined) {
          excluded.set(family.id, why);
          continue;
        }
        if (meaning === 'unsplit') unsplit.add(counter.metric);
        try {
          const owner = ownerOf(family, labels, end);
          const key = JSON.stringify({ ...owner, family: family.id });
          const bucket = buckets.get(key) ?? { owner, grown: new Map<Meaning, bigint>() };
          buckets.set(key, bucket);
          bucket.grown.set(meaning, (bucket.grown.get(meaning) ?? 0n) + amount);
        } catch (error) {
          if (!(error instanceof Malformed)) throw error;
          rejects.push({ end, reason: error.reason, detail: error.message });
        }
      }
    }
  }
  const records: UsageRecord[] = [];
  for (const bucket of buckets.values()) {
    try {
      records.push(...recordsIn(bucket, server));
      if (cacheOf(bucket.grown) > whole(bucket.grown.get('input'), 'tokens'))
        rejects.push({
          end: bucket.owner.end,
          reason: 'bad-number',
          detail: `more cached tokens than input in a quarter hour of ${bucket.owner.family.spend.name}`,
        });
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      rejects.push({ end: bucket.owner.end, reason: error.reason, detail: error.message });
    }
  }
  records.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  return { records, rejects, leftOut: excluded, unsplit };
}

function presenceByEnd(counters: readonly GrownCounter[]): ReadonlyMap<number, Presence> {
  const all = new Map<number, Map<CounterFamily, Set<string>>>();
  for (const { family, series } of counters) {
    for (const { labels, grown } of series) {
      for (const end of grown.keys()) {
        const families = all.get(end) ?? new Map<CounterFamily, Set<string>>();
        all.set(end, families);
        const jobs = families.get(family.id) ?? new Set<string>();
        families.set(family.id, jobs.add(labels.job ?? ''));
      }
    }
  }
  return all;
}

function ownerOf(family: UsageFamily, labels: Readonly<Record<string, string>>, end: number): Owner {
  const { spend } = family;
  const named = (names: readonly string[]): string => name(firstLabel(labels, names), names[0] ?? '');
  return {
    family,
    end,
    model: named(spend.modelLabels),
    provider: family.provider || named(family.providerLabels),
    agent: named(spend.agentLabels),
    session: named(spend.sessionLabels),
    project: named(family.projectLabels),
  };
}

function recordsIn({ owner, grown }: Bucket, server: string): UsageRecord[] {
  const { family, end, ...names } = owner;
  const at = end - quarterMs;
  const tokens = tokensOf(grown);
  const unsplit = whole(grown.get('unsplit'), 'tokens');
  const key = (tier: string): string =>
    keyOf([server, family.id, at, names.model, names.provider, names.agent, names.session, names.project, tier]);
  const common = { source: 'prometheus', at, ...names } as const;
  const requests = whole(grown.get('requests'), 'requests');
  const claimed = grown.get('dollars');
  const split = totalTokens(tokens) > 0;
  const records: UsageRecord[] = [];
  if (split)
    records.push(
      usageRecord({
        ...common,
        key: key(''),
        tokens,
        reasoning: Math.min(tokens.output, whole(grown.get('reasoning'), 'reasoning tokens')),
        requests,
        claimedPico: claimed ?? null,
      }),
    );
  if (unsplit > 0)
    records.push(
      usageRecord({
        ...common,
        key: key(unsplitTier),
        tokens: { ...noTokens, input: unsplit },
        serviceTier: unsplitTier,
        // Calls and dollars are told once.
        requests: split ? 0 : requests,
        claimedPico: split ? null : (claimed ?? null),
      }),
    );
  return records;
}

/**
 * A scrape between two counters of one call leaves more in the cache than there
 * is input: no class holds more than the input then, so that the sum stays.
 */
function tokensOf(grown: ReadonlyMap<Meaning, bigint>): Tokens {
  const of = (meaning: Meaning): number => whole(grown.get(meaning), 'tokens');
  const all = of('input');
  const cacheRead = Math.min(all, of('cacheReadOfInput'));
  const cacheWrite = Math.min(all - cacheRead, of('cacheWriteOfInput'));
  return {
    input: all - cacheRead - cacheWrite,
    output: of('output'),
    cacheRead: of('cacheRead') + cacheRead,
    // Nobody says for how long: the default of providers is five minutes.
    cacheWrite5m: of('cacheWrite') + cacheWrite,
    cacheWrite1h: 0,
  };
}

function cacheOf(grown: ReadonlyMap<Meaning, bigint>): number {
  return whole(grown.get('cacheReadOfInput'), 'tokens') + whole(grown.get('cacheWriteOfInput'), 'tokens');
}

/** A counter of things that is no whole number was averaged or extrapolated on its way: it cannot be counted. */
function whole(scaled: bigint | undefined, what: string): number {
  if (scaled === undefined) return 0;
  if (scaled % picoPerDollar !== 0n || scaled / picoPerDollar > BigInt(Number.MAX_SAFE_INTEGER))
    throw new Malformed('bad-number', `${what} are not a whole count`);
  return Number(scaled / picoPerDollar);
}
