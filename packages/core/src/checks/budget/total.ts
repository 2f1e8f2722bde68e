import type { Fact } from '../../model/finding.ts';
import { picoToNumber } from '../../model/money.ts';
import type { CheckOutcome } from '../check.ts';
import type { Thresholds } from '../threshold.ts';
import { dearest, judgeAmount } from './amount.ts';
import { type SpendEvidence, spendFrom } from './spend.ts';
import { amountText } from './text.ts';

export interface TotalQuestion {
  readonly id: string;
  readonly name: 'daily' | 'monthly';
  readonly period: string;
  readonly piece: 'today' | 'month';
  /** Arguments of `agentops cost report` that show it. */
  readonly report: string;
}

/** All spend of a period against one budget. Without a budget nothing is compared; the figure is shown. */
export function judgeTotal(evidence: SpendEvidence, thresholds: Thresholds, question: TotalQuestion): CheckOutcome {
  const { id, name, period, piece, report } = question;
  const noun = 'budget';
  const spend = spendFrom(evidence);
  if ('gaps' in spend) return { findings: [], gaps: spend.gaps, examined: { count: 0, noun } };
  const figure = spend[piece];
  const { amount, from } = figure;
  const facts: Fact[] = amount
    ? [
        {
          label: `spend ${period}`,
          text: `${amountText(amount)}${from === '' ? '' : ` (${from})`}`,
          measured: { value: picoToNumber(BigInt(amount.atLeast)), unit: '$' },
        },
      ]
    : [];
  const limit = spend.limits[name];
  if (limit === null) return { findings: [], facts, examined: { count: 0, noun }, note: `no ${name} budget is set (budget.${name})` };
  if (!amount) return { findings: [], gaps: figure.gaps, facts, examined: { count: 0, noun } };
  const resource = { kind: 'Budget', name };
  const next = dearest(spend, report);
  const { finding, gap } = judgeAmount({ id, resource, period, amount, limit: BigInt(limit), thresholds, figure, next });
  // A failed query has already taken the upper bound away; where the limit is exceeded anyway, it changes nothing.
  const gaps = gap ? [gap, ...figure.gaps] : [];
  return { findings: finding ? [finding] : [], gaps, facts, examined: { count: 1, noun } };
}
