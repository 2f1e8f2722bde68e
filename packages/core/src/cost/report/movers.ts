import type { CostReport } from '../../model/cost-report.ts';
import { parsePico, usdString } from '../../model/money.ts';
import { restName } from './tables.ts';

const shown = 4;
const cent = 10_000_000_000n;

interface Mover {
  readonly by: string;
  readonly name: string;
  readonly spend: bigint;
  readonly change: bigint;
}

/** The rows that changed most in dollars: at least a cent, and a tenth of what changed most; one agent on one model is told once. */
export function moversOf(tables: CostReport['tables']): CostReport['movers'] {
  const moved = tables.flatMap(({ by, rows }) =>
    rows.flatMap((row): Mover[] => {
      if (row.previous === null || row.name === restName) return [];
      const spend = parsePico(row.spend) ?? 0n;
      return [{ by, name: row.name, spend, change: spend - (parsePico(row.previous) ?? 0n) }];
    }),
  );
  const sorted = moved.sort((a, b) => (size(a.change) === size(b.change) ? 0 : size(a.change) > size(b.change) ? -1 : 1));
  const largest = size(sorted[0]?.change ?? 0n);
  return sorted
    .filter((one, index) => !sorted.slice(0, index).some((earlier) => isSame(one, earlier)))
    .filter(({ change }) => size(change) >= cent && size(change) * 10n >= largest)
    .slice(0, shown)
    .map(({ by, name, spend, change }) => ({ by, name, change: usdString(change), spend: usdString(spend) }));
}

/** The same spend under another table's name, within a hundredth. */
function isSame(a: Mover, b: Mover): boolean {
  const near = (one: bigint, other: bigint): boolean => size(one - other) * 100n <= size(other);
  return a.by !== b.by && near(a.change, b.change) && near(a.spend, b.spend);
}

function size(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
