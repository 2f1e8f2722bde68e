import { divideRounded } from '../../model/money.ts';
import type { BilledExport, BilledLine } from './exports.ts';
import { creditsRow, type OwnSpend, otherRow, type Pair, type ReconcileSettings, type Verdict } from './pair.ts';
import { type Reason, reasonsFor } from './reasons.ts';

export interface VarianceRow {
  readonly day: string;
  /** Empty: the export does not say the model on that day, so all models are compared at once. */
  readonly model: string;
  readonly ours: bigint;
  readonly billed: bigint;
  /** billed − ours. */
  readonly difference: bigint;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

export interface Reconciliation {
  /** By day, then model; they add up exactly to the totals. */
  readonly rows: readonly VarianceRow[];
  readonly byModel: readonly Omit<VarianceRow, 'day' | 'reasons'>[];
  readonly ours: bigint;
  readonly billed: bigint;
  readonly difference: bigint;
  /** Of the billed amount: credits, and what no token of ours stands for. Part of it, in rows of their own. */
  readonly credits: bigint;
  readonly other: bigint;
  /** Every row is within tolerance, credits aside, and the whole export could be read. */
  readonly agrees: boolean;
  readonly notes: readonly string[];
}

/** A cent and a thousandth: providers round each line. */
const defaults = { tolerancePico: 10_000_000_000n, toleranceShare: 0.001 } as const;

/** `gpt-5-2025-08-07`, `claude-sonnet-4-5-20250929` → without the date. */
export function withoutDate(model: string): string {
  return model.replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2})$/, '').toLowerCase();
}

/**
 * Ours against a provider's bill, for the days that the export covers. `ours`
 * must hold only what that provider bills. Exact; only verdicts know a
 * tolerance.
 */
export function reconcile(ours: readonly OwnSpend[], bill: BilledExport, settings: ReconcileSettings = {}): Reconciliation {
  const canonical = settings.canonical ?? withoutDate;
  const days = new Set(bill.days);
  const own = ours.filter(({ day }) => days.has(day));
  const tokens = bill.lines.filter(({ kind }) => kind === 'tokens');
  // A day on which a single line does not say its model can only be compared as a whole.
  const whole = new Set(tokens.filter(({ model, pico }) => model === '' && pico !== 0n).map(({ day }) => day));
  const nameOf = (day: string, model: string): string => (whole.has(day) ? '' : canonical(model));

  const pairs = new Map<string, Pair>();
  const pairOf = (day: string, model: string): Pair => {
    const key = `${day} ${model}`;
    const pair = pairs.get(key) ?? { day, model, ours: 0n, billed: 0n, own: [], lines: [] };
    pairs.set(key, pair);
    return pair;
  };
  for (const spend of own) {
    const pair = pairOf(spend.day, nameOf(spend.day, spend.model));
    pair.ours += spend.pico;
    pair.own.push(spend);
    if (spend.costWebSearch !== 0n) pairOf(spend.day, otherRow).ours += spend.costWebSearch;
  }
  for (const line of tokens) {
    const pair = pairOf(line.day, nameOf(line.day, line.model));
    pair.billed += line.pico;
    pair.lines.push(line);
  }
  const special = bill.lines.filter(({ kind }) => kind !== 'tokens');
  for (const line of special) {
    const pair = pairOf(line.day, line.kind === 'credit' ? creditsRow : otherRow);
    pair.billed += line.pico;
    pair.lines.push(line);
  }

  const sorted = [...pairs.values()].sort((a, b) => (a.day === b.day ? (a.model < b.model ? -1 : 1) : a.day < b.day ? -1 : 1));
  const rows = sorted.map((pair) => {
    const verdict = judge(pair, settings);
    const reasons = verdict === 'equal' ? [] : reasonsFor(pair, sorted, verdict, { ...settings, lastDay: bill.days.at(-1) ?? '' });
    return {
      day: pair.day,
      model: pair.model,
      ours: pair.ours,
      billed: pair.billed,
      difference: pair.billed - pair.ours,
      verdict,
      reasons,
    };
  });
  const sums = { ours: sum(rows.map((row) => row.ours)), billed: sum(rows.map((row) => row.billed)) };
  const of = (kind: BilledLine['kind']): bigint => sum(special.filter((line) => line.kind === kind).map(({ pico }) => pico));
  return {
    rows,
    byModel: byModel(rows, settings),
    ...sums,
    difference: sums.billed - sums.ours,
    credits: of('credit'),
    other: of('other'),
    agrees: bill.days.length > 0 && bill.rejects.length === 0 && rows.every(accepted),
    notes: notesOf(ours, own, bill, whole),
  };
}

function accepted({ model, verdict }: VarianceRow): boolean {
  return verdict === 'equal' || verdict === 'within tolerance' || model === creditsRow;
}

function judge({ ours, billed }: { ours: bigint; billed: bigint }, settings: ReconcileSettings): Verdict {
  if (ours === billed) return 'equal';
  const gap = magnitude(billed - ours);
  const share = settings.toleranceShare ?? defaults.toleranceShare;
  const relative = divideRounded(magnitude(billed) * BigInt(Math.round(share * 1e9)), 1_000_000_000n);
  const absolute = settings.tolerancePico ?? defaults.tolerancePico;
  if (gap <= (relative > absolute ? relative : absolute)) return 'within tolerance';
  return billed > ours ? 'billed more' : 'billed less';
}

function byModel(rows: readonly VarianceRow[], settings: ReconcileSettings): Reconciliation['byModel'] {
  return [...Map.groupBy(rows, ({ model }) => model)]
    .map(([model, own]) => {
      const ours = sum(own.map((row) => row.ours));
      const billed = sum(own.map((row) => row.billed));
      return { model, ours, billed, difference: billed - ours, verdict: judge({ ours, billed }, settings) };
    })
    .sort((a, b) => (a.model < b.model ? -1 : 1));
}

function notesOf(ours: readonly OwnSpend[], own: readonly OwnSpend[], bill: BilledExport, whole: ReadonlySet<string>): string[] {
  const notes: string[] = [];
  if (bill.days.length === 0) notes.push('the export holds no day: nothing was compared');
  const outside = ours.length - own.length;
  if (outside > 0) notes.push('days that the export has no bucket for are left out');
  if (whole.size > 0) notes.push(`the export does not say the model on ${[...whole].sort().join(', ')}: only the day is compared`);
  if (bill.rejects.length > 0) notes.push(`${bill.rejects.length} lines of the export could not be read: what they bill is missing here`);
  return notes;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
