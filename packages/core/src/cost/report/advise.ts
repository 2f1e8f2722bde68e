import type { CostConfig } from '../../config/schema.ts';
import type { CostRecommendation } from '../../model/cost-report.ts';
import { usdString } from '../../model/money.ts';
import type { SourceKind } from '../../model/usage.ts';
import { type Advice, collectAdvice } from '../advice/advise.ts';
import type { Evaluation } from '../advice/evaluations.ts';
import { agentDays } from '../advice/prompt-size.ts';
import type { CostSession } from '../session.ts';
import { daysBetween, type Period } from './period.ts';

/** Recommendations that a report shows. */
const shown = 6;

/** More requests than this are not read one by one for a report: it would take longer than all the rest (about 5 µs each). */
const mostRequests = 100_000;

/** Sources whose records are buckets of many requests. */
const bucketed: ReadonlySet<string> = new Set<SourceKind>(['openai-usage', 'anthropic-usage', 'prometheus']);

/** The advice in a report; of a period with too many requests only a note that says where it is to be had. */
export async function adviceInReport(
  session: CostSession,
  period: Pick<Period, 'from' | 'to'>,
  evaluations: readonly Evaluation[],
  settings: CostConfig['advice'],
  limit = mostRequests,
): Promise<{ readonly recommendations: CostRecommendation[]; readonly note?: string }> {
  const rows = await session.ledger.rows({ from: period.from, to: period.to, by: ['source'] });
  const requests = rows.reduce((sum, row) => sum + (bucketed.has(row.group.source ?? '') ? 0 : row.requests), 0);
  // Counters of OpenTelemetry are buckets too: no more can be looked at than there are records.
  const many = requests > limit && (await session.ledger.state()).records > limit;
  if (!many) return { recommendations: recommendationsOf(await adviseOn(session, period, evaluations, settings)) };
  const note = `no advice: that takes a look at each of ${requests.toLocaleString('en')} requests; "agentops cost recommend" for this period does it`;
  return { recommendations: [], note };
}

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
