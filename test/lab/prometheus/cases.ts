import { type Answer, askInstant, askRange, difference } from './answers.ts';
import { elsewhere, failures, type Instant, instantOnly, orderedQueries, queries, rangeVectors, syntaxErrors } from './queries.ts';

/** One question and how its answer is compared. */
export interface Case {
  /** `instant round: up`, the key in the fixture. */
  readonly name: string;
  readonly ask: (url: string) => Promise<Answer>;
  readonly ordered: boolean;
  readonly words: boolean;
}

function instant(at: Instant, query: string, words = true): Case {
  return { name: `${at}: ${query}`, ask: (url) => askInstant(url, at, query), ordered: orderedQueries.has(query), words };
}

function overRange(query: string): Case {
  // A range result is ordered by labels: always compared in order.
  return { name: `range: ${query}`, ask: (url) => askRange(url, query), ordered: true, words: true };
}

/** Every question of the differential test. */
export const cases: readonly Case[] = [
  ...queries.flatMap((query) => [instant('round', query), instant('odd', query), overRange(query)]),
  ...instantOnly.flatMap((query) => [instant('round', query), instant('odd', query)]),
  ...elsewhere.map(([at, query]) => instant(at, query)),
  ...rangeVectors.map(overRange),
  ...failures.flatMap((query) => [instant('round', query), overRange(query)]),
  ...syntaxErrors.map((query) => instant('round', query, false)),
];

/** How the answer differs from the expected one, in words. */
export function compareCase({ ordered, words }: Case, expected: Answer, actual: Answer): string | undefined {
  return difference(expected, actual, { ordered, words });
}
