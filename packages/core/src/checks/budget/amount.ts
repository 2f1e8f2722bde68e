import type { Unavailable } from '../../model/evidence.ts';
import type { Resource } from '../../model/finding.ts';
import { formatPico, picoToNumber, ratioOf } from '../../model/money.ts';
import type { Amount, SpendMetrics, SpendPiece } from '../../model/prometheus.ts';
import type { FindingDraft } from '../check.ts';
import { promtool } from '../promtool.ts';
import { judge, type Thresholds } from '../threshold.ts';

/** `$12.40`, `at least $12.40`, `$12.40 to $18.00`. */
export function amountText({ atLeast, atMost }: Amount): string {
  if (atMost === null) return `at least ${formatPico(BigInt(atLeast))}`;
  if (atLeast === atMost) return formatPico(BigInt(atLeast));
  return `${formatPico(BigInt(atLeast))} to ${formatPico(BigInt(atMost))}`;
}

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
  readonly spend: SpendMetrics;
  /** Share of the period that was seen, where that bounds the figure. */
  readonly coverage: number | null;
}

/** An amount against its budget: a finding, a gap where the limit lies between the bounds, or neither. */
export function judgeAmount(question: BudgetQuestion): { readonly finding?: FindingDraft; readonly gap?: Unavailable } {
  const { id, resource, period, amount, limit, thresholds, spend } = question;
  const shares = sharesOf(amount, limit);
  const judgement = judge(shares, thresholds, 'above');
  if (judgement.verdict === 'fine') return {};
  const share = `${Math.round(judgement.threshold * 100)} % of ${formatPico(limit)}`;
  if (judgement.verdict === 'open') {
    const detail = `${amountText(amount)} ${period}, over ${share} or not can’t be said: ${whyOpen(question)}`;
    return { gap: { ok: false, reason: 'absent', source: `prometheus ${spend.url}`, detail } };
  }
  return {
    finding: {
      severity: judgement.severity,
      resource,
      seen: `${amountText(amount)} ${period}`,
      expected: `over ${share}`,
      measured: { value: picoToNumber(BigInt(amount.atLeast)), unit: '$' },
      threshold: { value: picoToNumber(limit) * judgement.threshold, unit: '$' },
      detail: spend.notes.join('; '),
      next: [...dearest(spend), `agentops explain ${id}`],
    },
  };
}

/** What keeps the figure from being exact. */
function whyOpen({ spend, coverage, amount }: BudgetQuestion): string {
  const reasons: string[] = [];
  if (spend.unpriced.length > 0) reasons.push(`no price is known for ${spend.unpriced.map(({ model }) => `"${model}"`).join(', ')}`);
  if (coverage !== null && coverage < 0.995) reasons.push(`Prometheus has samples of ${Math.floor(coverage * 100)} % of that time`);
  if (spend.sources.length > 1) reasons.push('several counters may count the same requests');
  if (spend.sources.some(({ basis }) => basis === 'estimated')) reasons.push('the figure is estimated from tokens');
  return reasons.join('; ') || (amount.atMost === null ? 'a part of it could not be seen' : 'it is not known exactly');
}

/** What costs most, by model, as a query to copy; `increase()` is near enough to look at. */
function dearest({ url, sources }: SpendMetrics): string[] {
  const counter = sources.find(({ basis }) => basis === 'counter');
  return counter ? [promtool(url, `topk(10, sum by (model) (increase(${counter.metric}[1d])))`)] : [];
}

/** Why a piece of the spend could not be seen. */
export function gapsOf(spend: SpendMetrics, piece: SpendPiece): Unavailable[] {
  return spend.gaps.filter((gap) => gap.piece === piece).map(({ unavailable }) => unavailable);
}
