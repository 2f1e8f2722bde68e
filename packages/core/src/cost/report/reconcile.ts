import { AgentOpsError } from '../../errors.ts';
import { type BilledExport, readAnthropicCosts, readOpenAiCosts } from '../reconcile/exports.ts';
import { ownSpend } from '../reconcile/own.ts';
import { type Reconciliation, reconcile } from '../reconcile/reconcile.ts';
import type { CostSession } from '../session.ts';
import { daysBetween } from './period.ts';

/** Our spend on the days of a provider's cost export against what it bills. Throws `usage` for a document that is none. */
export async function reconcileWith({ ledger, book }: CostSession, document: unknown): Promise<Reconciliation> {
  const { bill, provider } = billOf(document);
  const [first, last] = [bill.days[0], bill.days.at(-1)];
  if (first === undefined || last === undefined) throw new AgentOpsError('usage', 'the export holds no day');
  const from = Date.parse(`${first}T00:00:00Z`);
  const to = Date.parse(`${last}T00:00:00Z`) + 86_400_000;
  const days = daysBetween(from, to, 'UTC');
  const rows = await ledger.rows({ from, to, by: ['model'], buckets: days });
  // Only what this provider bills: a model of nobody known may be its, and stays.
  const own = rows.filter((row) => (book.facts(row.group.model ?? '', from)?.provider ?? provider) === provider);
  return reconcile(ownSpend(own, days), bill);
}

function billOf(document: unknown): { bill: BilledExport; provider: string } {
  const openAi = readOpenAiCosts(document);
  const anthropic = readAnthropicCosts(document);
  const [bill, provider] = openAi.days.length >= anthropic.days.length ? [openAi, 'openai'] : [anthropic, 'anthropic'];
  if (bill.days.length === 0)
    throw new AgentOpsError('usage', 'not a cost export of OpenAI or Anthropic', {
      hint: 'JSON of /v1/organization/costs or /v1/organizations/cost_report',
    });
  return { bill, provider };
}
