import { z } from 'zod';
import { picoToNumber } from '../../model/money.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { spendFrom } from './spend.ts';

const id = 'budget/unpriced';

export const unpriced = defineCheck({
  meta: {
    id,
    category: 'budget',
    title: 'usage without a price',
    why: 'Tokens whose price nobody knows are spent all the same: every figure in dollars is a lower bound while there are some.',
    remedy: [
      'Set cost.prices.<model> in agentops.yaml for the ledger, budget.prices.<model> for counters of tokens; 0 for a model that costs nothing, such as one that you host.',
      'LiteLLM counts a model that is not in its price map as $0: add it to model_info there.',
    ],
  },
  needs: [],
  uses: ['prometheus.spend', 'ledger.spend'],
  settings: z.strictObject({}),
  evaluate: (evidence) => {
    const spend = spendFrom(evidence);
    if ('gaps' in spend) return { findings: [], gaps: spend.gaps, examined: { count: 0, noun: 'model' } };
    const { daily, monthly, perSession, perAgent } = spend.limits;
    const budgeted = daily !== null || monthly !== null || perSession !== null || Object.keys(perAgent).length > 0;
    const findings = [...spend.unpriced]
      .sort((a, b) => (BigInt(a.tokens) < BigInt(b.tokens) ? 1 : -1))
      .map(({ model, tokens, counted }): FindingDraft => {
        const count = Math.round(picoToNumber(BigInt(tokens)));
        return {
          // Without a budget in dollars nothing is compared with the figure that this makes too low.
          severity: budgeted ? 'warning' : 'info',
          resource: { kind: 'Model', name: model },
          seen: `${count.toLocaleString('en-US')} tokens today without a price`,
          expected: 'every model priced',
          measured: { value: count, unit: 'tokens' },
          detail: `counted by ${counted}`,
          next: [`agentops explain ${id}`],
          key: counted,
        };
      });
    const { examined, today } = spend;
    if (examined.count === 0 && !budgeted) {
      return { findings, examined: { count: 0, noun: 'model' }, note: 'no spend or token counters, and no budget in dollars is set' };
    }
    return { findings, gaps: today.amount ? [] : today.gaps, examined };
  },
});
