import type { CostConfig } from '../../config/schema.ts';
import type { CostRecommendation } from '../../model/cost-report.ts';
import { usdString } from '../../model/money.ts';
import { type Advice, collectAdvice } from '../advice/advise.ts';
import type { Evaluation } from '../advice/evaluations.ts';
import { agentDays } from '../advice/prompt-size.ts';
import type { CostSession } from '../session.ts';
import { daysBetween, type Period } from './period.ts';

/** Recommendations that a report shows. */
const shown = 6;

/** All advice on the records of a period, within the limits of `cost.advice`. */
export async function adviseOn(
  { ledger, book, timeZone }: CostSession,
  period: Pick<Period, 'from' | 'to'>,
  evaluations: readonly Evaluation[],
  { qualityFloor, maxLatency, nonInteractive }: CostConfig['advice'],
): Promise<Advice> {
  const days = daysBetween(period.from, period.to, timeZone);
  const rows = await ledger.rows({ from: period.from, to: period.to, by: ['agent'], buckets: days });
  const substitution = { qualityFloor, maxLatencyMs: maxLatency ?? null };
  const advice = collectAdvice({ book, evaluations, substitution, nonInteractive, agentDays: agentDays(rows) });
  await ledger.records({ from: period.from, to: period.to }, (record) => advice.add(record));
  return advice.result();
}

/** Advice in the words of the report. Measured and estimated before what rests on the neutral catalogue alone. */
export function recommendationsOf({ recommendations }: Advice, limit = shown): CostRecommendation[] {
  return recommendations
    .filter(({ savingPico, confidence }) => savingPico === null || savingPico > 0n || confidence === 'measured')
    .slice(0, limit)
    .map(({ id, title, savingPico, basis, how, group, confidence }) => ({
      id,
      title: confidence === 'unmeasured' ? `${title} (try it first)` : title,
      saving: savingPico === null ? null : usdString(savingPico),
      basis,
      how: [...how],
      group,
    }));
}
