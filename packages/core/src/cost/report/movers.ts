import type { CostReport } from '../../model/cost-report.ts';
import { parsePico, usdString } from '../../model/money.ts';
import { restName } from './tables.ts';

const shown = 4;
const cent = 10_000_000_000n;

/** The rows that changed most in dollars: at least a cent, and a tenth of what changed most; what is the same in two tables (one agent on one model) once. */
export function moversOf(tables: CostReport['tables']): CostReport['movers'] {
  const moved = tables.flatMap(({ by, rows }) =>
    rows.flatMap(({ name, spend, previous }) =>
      previous === null || name === restName ? [] : [{ by, name, spend, change: (parsePico(spend) ?? 0n) - (parsePico(previous) ?? 0n) }],
    ),
  );
  const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);
  const sorted = moved.sort((a, b) => (size(a.change) === size(b.change) ? 0 : size(a.change) > size(b.change) ? -1 : 1));
  const largest = size(sorted[0]?.change ?? 0n);
  return sorted
    .filter(({ change, spend }, index) => sorted.findIndex((other) => other.change === change && other.spend === spend) === index)
    .filter(({ change }) => size(change) >= cent && size(change) * 10n >= largest)
    .slice(0, shown)
    .map(({ by, name, spend, change }) => ({ by, name, change: usdString(change), spend }));
}
