import type { CostReport } from '../../model/cost-report.ts';
import { divideRounded, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Period } from './period.ts';

/** How many sessions, what one costs, and the dearest; null where no source names its sessions. */
export async function sessionSummary(ledger: Ledger, period: Pick<Period, 'from' | 'to'>): Promise<CostReport['sessions']> {
  const rows = await ledger.rows({ from: period.from, to: period.to, by: ['session'] });
  const named = rows.filter((row) => (row.group.session ?? '') !== '');
  const [first, ...others] = named;
  if (!first) return null;
  const sum = named.reduce((all, row) => all + row.cost, 0n);
  const dearest = others.reduce(
    (most, row) =>
      row.cost > most.cost || (row.cost === most.cost && (row.group.session ?? '') < (most.group.session ?? '')) ? row : most,
    first,
  );
  return {
    count: named.length,
    mean: usdString(divideRounded(sum, BigInt(named.length))),
    dearest: { name: dearest.group.session ?? '', spend: usdString(dearest.cost) },
  };
}
