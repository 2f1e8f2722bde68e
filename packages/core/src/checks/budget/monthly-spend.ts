import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { judgeTotal } from './total.ts';

export const monthlySpend = defineCheck({
  meta: {
    id: 'budget/monthly-spend',
    category: 'budget',
    title: 'spend this month',
    why: 'What is left of the month must fit into what is left of the budget.',
    remedy: [
      'See which model and agent spend most with the command of the finding.',
      'Move what can be moved to a smaller model, set limits in the gateway, or raise budget.monthly.',
    ],
  },
  needs: [],
  uses: ['prometheus.spend', 'ledger.spend'],
  settings: thresholdSettings({ warn: 0.8, fail: 1 }, 'a share of budget.monthly (0.8 is 80 %)'),
  evaluate: (evidence, thresholds) =>
    judgeTotal(evidence, thresholds, {
      id: 'budget/monthly-spend',
      name: 'monthly',
      period: 'this month',
      piece: 'month',
      report: '--period month',
    }),
});
