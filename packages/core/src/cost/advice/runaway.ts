import { median, medianAbsoluteDeviation } from 'simple-statistics';
import { plural } from '../../model/format.ts';
import { formatPico, picoFromDollars, picoToNumber } from '../../model/money.ts';
import { idOf, nameOf, type RecommendationDraft } from './recommendation.ts';
import type { SessionCost } from './sessions.ts';

export interface RunawayResult {
  /** Pico-dollars from which a session is far outside; null: too few sessions to say. */
  readonly threshold: bigint | null;
  readonly usual: bigint | null;
  readonly sessions: readonly SessionCost[];
}

const fewestSessions = 20;
/** MAD of a normal distribution × this is its standard deviation. */
const madScale = 1.4826;
const deviations = 3.5;
/** However alike all sessions are: three times the usual is the least that is called a runaway. */
const leastFactor = 3;

/**
 * Sessions that cost far more than the others. Session costs are skewed, so the
 * threshold is robust on their logarithms: median + 3.5 × 1.4826 MAD, and at
 * least three times the median.
 */
export function runawaySessions(sessions: readonly SessionCost[]): RunawayResult {
  const paid = sessions.filter(({ cost }) => cost > 0n);
  if (paid.length < fewestSessions) return { threshold: null, usual: null, sessions: [] };
  const logs = paid.map(({ cost }) => Math.log(picoToNumber(cost)));
  const middle = median(logs);
  const width = Math.max(Math.log(leastFactor), deviations * madScale * medianAbsoluteDeviation(logs));
  const threshold = picoFromDollars(Number(Math.exp(middle + width).toPrecision(12)));
  const usual = picoFromDollars(Number(Math.exp(middle).toPrecision(12)));
  const above = paid.filter(({ cost }) => cost > threshold);
  return {
    threshold,
    usual,
    sessions: above.sort((a, b) => (a.cost === b.cost ? (a.session < b.session ? -1 : 1) : a.cost > b.cost ? -1 : 1)),
  };
}

/** A limit at the threshold, by agent: what the sessions cost beyond it. */
export function runawayAdvice(sessions: readonly SessionCost[]): RecommendationDraft[] {
  const found = runawaySessions(sessions);
  const { threshold, usual } = found;
  if (threshold === null || usual === null || found.sessions.length === 0) return [];
  return [...Map.groupBy(found.sessions, ({ agent }) => agent)].map(([agent, own]) => {
    const [worst] = own;
    const excess = own.reduce((sum, { cost }) => sum + cost - threshold, 0n);
    return {
      id: idOf('runaway-session', agent),
      kind: 'runaway-session' as const,
      title: `${nameOf(agent)}: ${plural(own.length, 'session')} over ${formatPico(threshold)}, a usual one costs ${formatPico(usual)}`,
      savingPico: excess,
      confidence: 'estimated' as const,
      basis: `${plural(sessions.length, 'session')}; the saving is what these cost beyond ${formatPico(threshold)}, had they been stopped there`,
      evidence: [
        { label: 'dearest session', value: picoToNumber(worst?.cost ?? 0n), unit: '$' },
        { label: 'sessions over the limit', value: own.length, unit: 'sessions' },
      ],
      how: [
        `Look at session ${worst?.session ?? ''}: a loop shows as many requests with the same prompt length.`,
        `Set budget.perSession to about ${formatPico(threshold)}, and a limit of steps in the agent.`,
      ],
      touches: own.flatMap(({ session, agents }) => agents.map((one) => ({ agent: one, session }))),
    };
  });
}
