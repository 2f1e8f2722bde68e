import type { UsageRecord } from '../../model/usage.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { batchAdvice } from './batch.ts';
import { cachingAdvice } from './caching.ts';
import { collectCells } from './cells.ts';
import type { Evaluation } from './evaluations.ts';
import { type AgentDay, promptSizeAdvice } from './prompt-size.ts';
import { groupOverlaps, type Recommendation } from './recommendation.ts';
import { runawayAdvice } from './runaway.ts';
import { collectSessions } from './sessions.ts';
import { type Comparison, compareModels, type SubstitutionSettings, substitutionAdvice } from './substitution.ts';

export interface AdviceInput {
  readonly book: PriceBook;
  readonly evaluations?: readonly Evaluation[];
  readonly substitution?: Partial<SubstitutionSettings>;
  /** Models to consider beside those that are used, were evaluated, or stand in the same line-up. */
  readonly alsoConsider?: readonly string[];
  /** Agents and tasks that nobody waits for. */
  readonly nonInteractive?: readonly string[];
  /** Daily rows by agent, for the growth of prompts; may reach back further than the records. */
  readonly agentDays?: readonly AgentDay[];
}

export interface Advice {
  /** What is measured or estimated first, then by saving; those of one group overlap and must not be added up. */
  readonly recommendations: readonly Recommendation[];
  readonly comparisons: readonly Comparison[];
  /** Requests without a session: advice on caching and sessions does not see them. */
  readonly withoutSession: number;
}

/** All advice on a period: hand it each record of the period once, in any order. */
export function collectAdvice(input: AdviceInput): { add(record: UsageRecord): void; result(): Advice } {
  const { book } = input;
  const cells = collectCells();
  const sessions = collectSessions();
  return {
    add(record) {
      const priced = book.price(record);
      cells.add(record, priced);
      sessions.add(record, priced);
    },
    result() {
      const all = cells.cells();
      const comparisons = compareModels({
        cells: all,
        evaluations: input.evaluations ?? [],
        book,
        ...(input.alsoConsider ? { alsoConsider: input.alsoConsider } : {}),
        ...(input.substitution ? { settings: input.substitution } : {}),
      });
      const drafts = [
        ...substitutionAdvice(comparisons, input.substitution),
        ...cachingAdvice(sessions.conversations(), book),
        ...batchAdvice(all, book, { nonInteractive: input.nonInteractive ?? [] }),
        ...promptSizeAdvice(input.agentDays ?? []),
        ...runawayAdvice(sessions.sessions()),
      ];
      return { recommendations: groupOverlaps(drafts), comparisons, withoutSession: sessions.skipped() };
    },
  };
}
