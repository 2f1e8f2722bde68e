import type { CostConfig } from '../../config/schema.ts';
import type { CounterFamily } from '../../model/usage.ts';

/**
 * Which families are counted where several may count the same requests.
 * Families that are named are all counted. Else:
 *
 * - a gateway sees the requests of every agent behind it: where LiteLLM's
 *   counters are, the others are left out;
 * - a job that exports several families counts the same requests in each: the
 *   one that tells most of its tokens is read;
 * - what another source of the configuration counts is left out here.
 */
export interface CountingRule {
  /** undefined: all, by the rules above. */
  readonly named?: ReadonlySet<CounterFamily>;
  /** Families that another source counts, and which. */
  readonly elsewhere: ReadonlyMap<CounterFamily, string>;
}

export function countingRule({ prometheus, litellm, codingAgents }: CostConfig): CountingRule {
  if (Array.isArray(prometheus)) return { named: new Set(prometheus), elsewhere: new Map() };
  return {
    elsewhere: new Map<CounterFamily, string>([
      ...(litellm === undefined ? [] : [['litellm', 'its spend table is read (cost.litellm)'] as const]),
      ...(codingAgents ? [['claude-code', 'its logs are read (cost.codingAgents)'] as const] : []),
    ]),
  };
}

/** Jobs that export a family, at one time. */
export type Presence = ReadonlyMap<CounterFamily, ReadonlySet<string>>;

/** From the one that tells most of its tokens to the one that tells least. */
const byDetail: readonly CounterFamily[] = ['gen-ai', 'ai-agent', 'agent'];

/** Why a family of a job is not counted; undefined: it is. */
export function leftOut(family: CounterFamily, job: string, present: Presence, rule: CountingRule): string | undefined {
  if (rule.named) return rule.named.has(family) ? undefined : 'it is not among cost.prometheus';
  if (family !== 'litellm' && present.has('litellm')) return 'LiteLLM’s count the same requests';
  const elsewhere = rule.elsewhere.get(family);
  if (elsewhere !== undefined) return elsewhere;
  const better = byDetail.slice(0, Math.max(0, byDetail.indexOf(family))).find((other) => present.get(other)?.has(job));
  return better === undefined ? undefined : `those of ${better} count the same requests of the same job`;
}
