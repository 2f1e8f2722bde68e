import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { judgeTotal } from './total.ts';

export const dailySpend = defineCheck({
  meta: {
    id: 'budget/daily-spend',
    category: 'budget',
    title: 'spend today',
    why: 'A budget that is only looked at when the invoice comes is no budget.',
    remedy: [
      'See which model and agent spend most with the command of the finding.',
      'Move what can be moved to a smaller model, set limits in the gateway, or raise budget.daily.',
    ],
  },
  needs: [],
  uses: ['prometheus.spend', 'ledger.spend'],
  settings: thresholdSettings({ warn: 0.8, fail: 1 }, 'a share of budget.daily (0.8 is 80 %)'),
  evaluate: (evidence, thresholds) =>
    judgeTotal(evidence, thresholds, {
      id: 'budget/daily-spend',
      name: 'daily',
      period: 'today',
      piece: 'today',
      report: '--period day',
    }),
});
