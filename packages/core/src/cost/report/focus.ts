import { focusCsv } from '../focus/csv.ts';
import { focusRows } from '../focus/focus.ts';
import type { CostSession } from '../session.ts';
import type { Period } from './period.ts';

/** A period as FOCUS 1.2 CSV, by day, model, token class, agent and session; its sum is the report's total, to the pico-dollar. */
export async function focusExport({ ledger, book, timeZone }: CostSession, period: Period, account = 'agentops'): Promise<string> {
  const rows = await ledger.rows({ from: period.from, to: period.to, by: ['model', 'agent', 'session'], buckets: period.days });
  const providerOf = (model: string): string | undefined => book.facts(model, period.seenTo - 1)?.provider;
  return focusCsv(focusRows(rows, period.days, { timeZone, account, providerOf }));
}
