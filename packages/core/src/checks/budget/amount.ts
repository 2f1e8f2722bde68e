import type { Unavailable } from '../../model/evidence.ts';
import type { Resource } from '../../model/finding.ts';
import { formatPico, picoToNumber, ratioOf } from '../../model/money.ts';
import type { Amount } from '../../model/prometheus.ts';
import type { FindingDraft } from '../check.ts';
import { promtool } from '../promtool.ts';
import { judge, type Thresholds } from '../threshold.ts';
import type { Figure, Spend } from './spend.ts';
import { amountText } from './text.ts';

/** The amount as shares of a limit; a limit of 0 is exceeded by anything. */
export function sharesOf({ atLeast, atMost }: Amount, limit: bigint): { low: number; high: number } {
  const share = (amount: bigint): number => (limit > 0n ? ratioOf(amount, limit) : amount > 0n ? Number.POSITIVE_INFINITY : 0);
  return { low: share(BigInt(atLeast)), high: atMost === null ? Number.POSITIVE_INFINITY : share(BigInt(atMost)) };
}

export interface BudgetQuestion {
  readonly id: string;
  readonly resource: Resource;
  /** `today`, `this month`, `in this session`. */
  readonly period: string;
  readonly amount: Amount;
  readonly limit: bigint;
  readonly thresholds: Thresholds;
  /** What the amount is a part of: where it comes from, what keeps it from being exact. */
  readonly figure: Figure;
  /** A command that shows what costs most. */
  readonly next: readonly string[];
}

/** An amount against its budget: a finding, a gap where the limit lies between the bounds, or neither. */
export function judgeAmount(question: BudgetQuestion): { readonly finding?: FindingDraft; readonly gap?: Unavailable } {
  const { id, resource, period, amount, limit, thresholds, figure, next } = question;
  const shares = sharesOf(amount, limit);
  const judgement = judge(shares, thresholds, 'above');
  if (judgement.verdict === 'fine') return {};
  const share = `${Math.round(judgement.threshold * 100)} % of ${formatPico(limit)}`;
  if (judgement.verdict === 'open') {
    const detail = `${amountText(amount)} ${period}, over ${share} or not can’t be said: ${whyOpen(question)}`;
    return { gap: { ok: false, reason: 'absent', source: figure.source, detail } };
  }
  return {
    finding: {
      severity: judgement.severity,
      resource,
      seen: `${amountText(amount)} ${period}`,
      expected: `over ${share}`,
      measured: { value: picoToNumber(BigInt(amount.atLeast)), unit: '$' },
      threshold: { value: picoToNumber(limit) * judgement.threshold, unit: '$' },
      detail: figure.notes.join('; '),
      next: [...next, `agentops explain ${id}`],
    },
  };
}

/** What keeps the figure from being exact. */
function whyOpen({ figure, amount }: BudgetQuestion): string {
  return figure.doubts.join('; ') || (amount.atMost === null ? 'a part of it could not be seen' : 'it is not known exactly');
}

/** What costs most, as a command to copy: the ledger's report, or a query (`increase()` is near enough to look at). */
export function dearest({ counters, url, examined }: Spend, report: string): string[] {
  const counter = counters.find(({ basis }) => basis === 'counter');
  if (counter) return [promtool(url, `topk(10, sum by (model) (increase(${counter.metric}[1d])))`)];
  return examined.noun === 'ledger' ? [`agentops cost report ${report}`] : [];
}
