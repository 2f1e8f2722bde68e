import type { Fact } from '../../model/finding.ts';
import { picoToNumber } from '../../model/money.ts';
import type { Amount, PicoString, SpendMetrics, SpendPiece } from '../../model/prometheus.ts';
import type { CheckOutcome } from '../check.ts';
import type { Thresholds } from '../threshold.ts';
import { amountText, gapsOf, judgeAmount } from './amount.ts';

export interface TotalQuestion {
  readonly id: string;
  /** `daily`: the key under `budget`. */
  readonly name: string;
  readonly period: string;
  readonly piece: SpendPiece;
  readonly amount: Amount | null;
  readonly limit: PicoString | null;
  readonly coverage: number | null;
}

/** All spend of a period against one budget. Without a budget nothing is compared; the figure is shown. */
export function judgeTotal(spend: SpendMetrics, thresholds: Thresholds, question: TotalQuestion): CheckOutcome {
  const { id, name, period, amount, limit, coverage } = question;
  const estimates = spend.sources.filter(({ basis }) => basis === 'estimated').length;
  const estimated = estimates === 0 ? '' : estimates === spend.sources.length ? ' (estimated)' : ' (partly estimated)';
  const facts: Fact[] = amount
    ? [
        {
          label: `spend ${period}`,
          text: `${amountText(amount)}${estimated}`,
          measured: { value: picoToNumber(BigInt(amount.atLeast)), unit: '$' },
        },
      ]
    : [];
  if (limit === null) {
    return { findings: [], facts, examined: { count: 0, noun: 'budget' }, note: `no ${name} budget is set (budget.${name})` };
  }
  if (!amount) return { findings: [], gaps: gapsOf(spend, question.piece), facts, examined: { count: 0, noun: 'budget' } };
  const resource = { kind: 'Budget', name };
  const { finding, gap } = judgeAmount({ id, resource, period, amount, limit: BigInt(limit), thresholds, spend, coverage });
  // A failed query has already taken the upper bound away; where the limit is exceeded anyway, it changes nothing.
  const gaps = gap ? [gap, ...gapsOf(spend, question.piece)] : [];
  return { findings: finding ? [finding] : [], gaps, facts, examined: { count: 1, noun: 'budget' } };
}
