import type { CostReport, CostRow } from '../../model/cost-report.ts';
import type { Dimension, Ledger, LedgerRow } from '../ledger/ledger.ts';
import type { Period } from './period.ts';
import { addRow, costRowOf, emptySums, type Sums } from './row.ts';

/** A table shows this many rows; the rest is one row, so that the parts still add up. */
export const shownRows = 12;
/** Name of the row that stands for the rest. */
export const restName = '(others)';

export interface TableInput {
  readonly ledger: Ledger;
  readonly period: Period;
  /** Bounds of the buckets of the series. */
  readonly buckets: readonly number[];
  /** False where records do not reach back to the period before. */
  readonly comparable: boolean;
  readonly limit: number;
}

interface Group {
  readonly name: string;
  readonly sums: Sums;
  readonly series: bigint[];
}

/** Spend by one dimension, dearest first; the total is the sum of the rows. */
export async function costTable(by: Dimension | undefined, input: TableInput): Promise<CostReport['tables'][number]> {
  const { ledger, period, buckets, comparable } = input;
  const dims = by === undefined ? [] : [by];
  const [now, before] = await Promise.all([
    ledger.rows({ from: period.from, to: period.to, by: dims, buckets }),
    comparable ? ledger.rows({ from: period.previous.from, to: period.previous.to, by: dims }) : [],
  ]);
  const groups = grouped(now, by, buckets.length - 1);
  const previous = new Map(before.map((row) => [nameOf(row, by), row.cost]));
  // What was spent before and not now belongs into the comparison too.
  for (const name of previous.keys())
    if (!groups.has(name)) groups.set(name, { name, sums: emptySums(), series: Array.from({ length: buckets.length - 1 }, () => 0n) });
  const sorted = [...groups.values()].sort((a, b) =>
    a.sums.cost === b.sums.cost
      ? b.sums.unpricedTokens - a.sums.unpricedTokens || a.name.localeCompare(b.name)
      : a.sums.cost > b.sums.cost
        ? -1
        : 1,
  );
  const kept =
    sorted.length > input.limit ? [...sorted.slice(0, input.limit - 1), merged(restName, sorted.slice(input.limit - 1))] : sorted;
  if (sorted.length > input.limit) {
    const rest = sorted.slice(input.limit - 1).reduce((sum, { name }) => sum + (previous.get(name) ?? 0n), 0n);
    previous.set(restName, rest);
  }
  const whole = merged('total', sorted);
  const allBefore = before.reduce((sum, row) => sum + row.cost, 0n);
  const future = buckets.slice(0, -1).map((start) => start >= period.seenTo && start > period.from);
  const row = (group: Group, was: bigint | undefined): CostRow =>
    costRowOf(group.name, group.sums, {
      total: whole.sums.cost,
      previous: was,
      series: group.series.map((value, index) => (future[index] ? undefined : value)),
    });
  return {
    by: by ?? 'total',
    rows: by === undefined ? [] : kept.map((group) => row(group, comparable ? (previous.get(group.name) ?? 0n) : undefined)),
    total: row(whole, comparable ? allBefore : undefined),
  };
}

function grouped(rows: readonly LedgerRow[], by: Dimension | undefined, buckets: number): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const name = nameOf(row, by);
    const group = groups.get(name) ?? { name, sums: emptySums(), series: Array.from({ length: buckets }, () => 0n) };
    groups.set(name, group);
    addRow(group.sums, row);
    group.series[row.bucket] = (group.series[row.bucket] ?? 0n) + row.cost;
  }
  return groups;
}

function nameOf(row: LedgerRow, by: Dimension | undefined): string {
  return by === undefined ? 'total' : (row.group[by] ?? '');
}

function merged(name: string, groups: readonly Group[]): Group {
  const sums = emptySums();
  const series = Array.from({ length: groups[0]?.series.length ?? 0 }, () => 0n);
  for (const group of groups) {
    for (const key of ['requests', 'errors', 'input', 'output', 'cacheRead', 'cacheWrite', 'unpricedTokens'] as const)
      sums[key] += group.sums[key];
    sums.cost += group.sums.cost;
    group.series.forEach((value, index) => {
      series[index] = (series[index] ?? 0n) + value;
    });
  }
  return { name, sums, series };
}
